import type { Identity } from '../identity/audience.ts';
import { judgeCondition, readOperator } from './conditions.ts';
import { stripScheme } from './oidc-provider.ts';
import { readPatterns } from './pattern-list.ts';
import type { Condition } from './statement.ts';
import type { PolicyVersion, TrustPolicy } from './trust-policy.ts';

/** The conditions of a policy on the subjects of one provider. */
interface SubjectLines {
  readonly lines: readonly Condition[];
  /** The texts that they compare with, character by character. */
  readonly named: ReadonlySet<string>;
  /** Whether these texts alone make a difference to them. */
  readonly isClosed: boolean;
}

const known = new WeakMap<TrustPolicy, Map<string, SubjectLines>>();

/**
 * Returns the class of an identity: a policy judges all identities of a class alike. Tokens of one issuer differ in their
 * subject alone, so that a policy tells them apart only by its conditions on the subject.
 *
 * It does not promise that identities of two classes are judged differently.
 */
export function classifyIdentity(
  policy: TrustPolicy,
  { issuerUrl, subject }: Pick<Identity, 'issuerUrl' | 'subject'>,
): string {
  const { lines, named, isClosed } = findSubjectLines(policy, issuerUrl);
  if (isClosed && !named.has(subject) && subject !== '') return issuerUrl;
  return `${issuerUrl} ${lines.map(line => judgeCondition(line, () => [subject], policy.version).holds).join()}`;
}

/**
 * Returns the subjects of an issuer that a policy's conditions name character by character: it judges all others alike.
 * Undefined if it has conditions that compare subjects in another way.
 */
export function listNamedTexts(policy: TrustPolicy, issuerUrl: string): ReadonlySet<string> | undefined {
  const { named, isClosed } = findSubjectLines(policy, issuerUrl);
  return isClosed ? named : undefined;
}

function findSubjectLines(policy: TrustPolicy, issuerUrl: string): SubjectLines {
  const issuers = known.get(policy) ?? new Map<string, SubjectLines>();
  const found = issuers.get(issuerUrl);
  if (found !== undefined) return found;
  const lines = readSubjectLines(policy, issuerUrl);
  known.set(policy, issuers.set(issuerUrl, lines));
  return lines;
}

function readSubjectLines({ statements, version }: TrustPolicy, issuerUrl: string): SubjectLines {
  const key = `${stripScheme(issuerUrl).toLowerCase()}:sub`;
  const lines = statements.flatMap(({ conditions }) => conditions.filter(one => one.key.toLowerCase() === key));
  const texts = lines.map(line => listTexts(line, version));
  return {
    lines,
    named: new Set(texts.flatMap(one => one ?? [])),
    isClosed: texts.every(one => one !== undefined),
  };
}

/** The texts that make a difference to a condition; undefined if others may. */
function listTexts({ operator: text, values }: Condition, version: PolicyVersion): readonly string[] | undefined {
  const operator = readOperator(text);
  if (operator === undefined || operator.name === 'Null') return [];
  if (operator.name !== 'StringEquals' && operator.name !== 'StringLike') return undefined;
  const { literals, others } = readPatterns(values, { wildcards: operator.name === 'StringLike', version });
  return others.length === 0 ? [...literals] : undefined;
}

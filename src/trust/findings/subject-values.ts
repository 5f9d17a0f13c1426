import { formatIssuer, type KnownIssuer } from '../../identity/issuer.ts';
import { parseSubject } from '../../identity/subject.ts';
import { stripScheme } from '../oidc-provider.ts';
import { hasWildcards } from '../pattern.ts';
import { narrowStatement } from './corrections.ts';
import type { Finding } from './finding.ts';
import { isExact, readValuePatterns, showPattern } from './operators.ts';
import { findPositive, found, type NamedProvider, type Scene } from './scene.ts';

/** An exact subject: as it stands in the policy, what it stands for, and whether it has a star or a question mark. */
interface Literal {
  readonly value: string;
  readonly text: string;
  readonly isStarred: boolean;
}

/** Returns what is wrong with exact subjects: a star taken literally, a kind that this issuer never gives, or names. */
export function findLiterals(scene: Scene, provider: NamedProvider): readonly Finding[] {
  const literals = listLiterals(scene, provider);
  const starred = literals.filter(({ isStarred }) => isStarred);
  const plain = literals.filter(({ isStarred }) => !isStarred).map(({ text }) => text);
  const issuer = provider.meant?.issuer;
  const foreign = plain.filter(text => issuer !== undefined && !isOf(issuer, text));
  const named = plain.filter(text => issuer?.kind === 'azure-devops' && isOf(issuer, text));
  return [
    ...starred.map(({ value }) => reportStar(scene, provider, value)),
    ...foreign.map(text => reportForeign(scene, provider, text)),
    ...named.map(text => reportNamed(scene, text)),
  ];
}

/** Of connections that are known to be named so a star is no mistake, nor is one that was escaped. */
function listLiterals(scene: Scene, provider: NamedProvider): readonly Literal[] {
  const { version } = scene.policy;
  const conditions = findPositive(scene, provider, 'sub').map(({ condition }) => condition);
  const exact = conditions.flatMap(one => readValuePatterns(one, version).filter(isExact));
  return exact.map(pattern => {
    const text = showPattern(pattern);
    const isKnown = scene.known.identities.some(({ subject }) => subject === text);
    return { value: pattern.value, text, isStarred: !isKnown && hasWildcards(pattern.value, version) };
  });
}

function isOf(issuer: KnownIssuer, value: string): boolean {
  const subject = parseSubject(value);
  if (issuer.kind === 'azure-devops') return subject.kind === 'connection-name';
  // The issuer writes GUIDs in lower case, and StringEquals compares letter by letter.
  return (
    subject.kind === 'connection-id' &&
    subject.tenantId === issuer.tenantId &&
    value.endsWith(`/sc/${subject.organizationId}/${subject.connectionId}`.toLowerCase())
  );
}

function reportForeign(scene: Scene, provider: NamedProvider, value: string): Finding {
  const issuer = provider.meant === undefined ? provider.arn.url : stripScheme(formatIssuer(provider.meant.issuer));
  return found(
    scene,
    {
      code: 'SubjectOfOtherIssuer',
      severity: 'medium',
      means: `The subject "${value}" is none that ${issuer} gives a service connection: it lets nobody in who should get in.`,
      remedy: 'Take the subject from the connection itself (aws-wif connection); the two issuers write different ones.',
    },
    narrowStatement(scene, provider),
  );
}

/** @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_String */
function reportStar(scene: Scene, provider: NamedProvider, value: string): Finding {
  return found(
    scene,
    {
      code: 'WildcardInStringEquals',
      severity: 'medium',
      means: `The subject "${value}" is compared letter by letter, * and ? too, which stand for others with StringLike only: it lets nobody in but a connection of just that name.`,
      remedy: 'Write the subjects of the connections that may assume the role in full.',
    },
    narrowStatement(scene, provider),
  );
}

function reportNamed(scene: Scene, value: string): Finding {
  return found(scene, {
    code: 'NameSubject',
    severity: 'low',
    means: `The subject "${value}" is made of names: a rename of organization, project or connection locks the pipeline out, and whoever can make a connection of that name in the project gets the role.`,
    remedy: 'Convert the connection to the Entra issuer, whose subjects hold ids; trust both until then.',
  });
}

import { WifError } from '../../errors.ts';
import { parsePolicyText, readArrayOrOne, readObject, readTexts } from '../policy-json.ts';
import { parseTrustPolicy, type TrustPolicy } from '../trust-policy.ts';
import type { ControlPolicyType } from './control-policy.ts';

/** What a statement is about, by the ARNs of resources. */
export interface ResourceList {
  /** Written as NotResource. */
  readonly negated: boolean;
  readonly patterns: readonly string[];
}

/** A control policy that was read, in one shape for those who judge it. */
export interface KnownControlPolicy {
  /** What it is called where it came from: a file, or a name in AWS Organizations. */
  readonly name: string;
  /** By its form: statements of a resource control policy have a principal, those of a service control policy have none. */
  readonly type: ControlPolicyType;
  /** Its statements without their resources; one without a principal is for everyone. */
  readonly policy: TrustPolicy;
  /** The resources of each statement, in their order. */
  readonly resources: readonly ResourceList[];
}

/**
 * Returns a control policy from its JSON text or from a value that was parsed already. It accepts the document, and what `aws
 * organizations describe-policy` prints. Throws `ControlPolicyUnreadable`, with the place, for what is neither.
 *
 * It does not check all that AWS Organizations asks of a control policy: that it denies only, for one.
 */
export function readControlPolicy(source: unknown, name: string): KnownControlPolicy {
  try {
    return readDocument(unwrap(typeof source === 'string' ? parsePolicyText(source) : source), name);
  } catch (thrown) {
    throw thrown instanceof WifError ? rename(thrown, name) : thrown;
  }
}

/** The AWS CLI prints the document as a text, inside of what else is known of the policy. */
function unwrap(value: unknown): unknown {
  const record = readObject(value, '$');
  const { Content: content } = 'Policy' in record ? readObject(record['Policy'], '$.Policy') : record;
  if (content === undefined) return value;
  return typeof content === 'string' ? parsePolicyText(content) : content;
}

function readDocument(value: unknown, name: string): KnownControlPolicy {
  const document = readObject(value, '$');
  const list = document['Statement'] === undefined ? [] : readArrayOrOne(document['Statement']);
  const statements = list.map((one, index) => readObject(one, `$.Statement[${index}]`));
  const hasPrincipal = statements.some(namesPrincipal);
  return {
    name,
    type: hasPrincipal ? 'RESOURCE_CONTROL_POLICY' : 'SERVICE_CONTROL_POLICY',
    policy: parseTrustPolicy(list.length === 0 ? document : { ...document, Statement: statements.map(asTrust) }),
    resources: statements.map(readResources),
  };
}

type StatementObject = Readonly<Record<string, unknown>>;

function namesPrincipal(statement: StatementObject): boolean {
  return 'Principal' in statement || 'NotPrincipal' in statement;
}

/** Returns a statement as it would be in a trust policy: without resources, and with a principal. */
function asTrust(statement: StatementObject): StatementObject {
  const rest = Object.entries(statement).filter(([name]) => name !== 'Resource' && name !== 'NotResource');
  return { ...(namesPrincipal(statement) ? {} : { Principal: '*' }), ...Object.fromEntries(rest) };
}

/** Without any the statement is for all: AWS Organizations demands one, so that nothing else is known of such a policy. */
function readResources(statement: StatementObject, index: number): ResourceList {
  const negated = statement['NotResource'] !== undefined;
  const name = negated ? 'NotResource' : 'Resource';
  return { negated, patterns: readTexts(statement[name] ?? '*', `$.Statement[${index}].${name}`) };
}

/** The parser's words are those for trust policies. */
function rename(thrown: WifError, name: string): WifError {
  const [fault] = thrown.faults;
  const place = (fault?.found ?? thrown.message).replace(/^The trust policy cannot be read at /, '');
  return new WifError(
    {
      code: 'ControlPolicyUnreadable',
      found: `The control policy ${name} cannot be read at ${place}`,
      expected: fault?.expected ?? 'a control policy in JSON.',
      remedy: 'Use the policy document, or the output of: aws organizations describe-policy --policy-id ID',
    },
    { cause: thrown },
  );
}

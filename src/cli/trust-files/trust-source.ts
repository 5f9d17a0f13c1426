import { isRoleArn, parseRoleArn } from '../../session/role-arn.ts';
import type { Account } from '../../trust/oidc-provider.ts';
import { faulty } from '../../trust/policy-json.ts';
import { refuseIntricate } from '../../trust/intricate.ts';
import { parseTrustPolicy, type TrustPolicy } from '../../trust/trust-policy.ts';
import type { RolePolicies } from '../../account/iam.ts';
import { CliFailure } from '../terminal/failure.ts';

/** A trust policy in a file, and whose it is as far as the file says. */
export interface TrustSource {
  readonly role: { readonly arn: string | undefined; readonly name: string } | undefined;
  /** Where in the file, like `Resources.DeployRole`. */
  readonly where: string;
  /** The same as names of members and places in lists: where the document is. */
  readonly path: FilePath;
  /** The policy as a value, or as JSON text; undefined if the file does not have it. */
  readonly document: unknown;
  /** Why the document cannot be judged: values that only CloudFormation or Terraform knows. */
  readonly unresolved: readonly string[];
  /** The role's policies by name, where the file lists them. */
  readonly policies?: RolePolicies;
}

/** Returns the account that a role of a file belongs to: the file's word counts before what else is known. */
export function findAccount({ role }: TrustSource, known: Account | undefined): Account | undefined {
  const arn = role?.arn === undefined ? undefined : parseRoleArn(role.arn);
  const own = arn !== undefined && isRoleArn(arn) ? arn : known;
  return own === undefined ? undefined : { accountId: own.accountId, partition: own.partition };
}

/** Where a value is in a file, from the outermost member on. */
export type FilePath = readonly (string | number)[];

/** No trust policy needs more; deeper ones are made to overflow a stack. */
export const maxDepth = 100;

/** Roles of an account: IAM's quota is 5,000. */
export const maxRoles = 10_000;

/**
 * Characters of one policy, written without spaces. IAM accepts 4,096 at most; the costliest of twenty thousand are judged in
 * seconds, those of a hundred thousand are not: how long that takes grows with the square.
 */
const maxPolicyCharacters = 20_000;

/** Returns the policy of a source, which may be a text in the file. Throws `TrustPolicyUnreadable` for one that cannot be judged. */
export function parseSource({ document }: TrustSource): TrustPolicy {
  const text = typeof document === 'string' ? document.replaceAll(/\s/g, '') : JSON.stringify(document ?? null);
  if (text.length > maxPolicyCharacters)
    throw faulty(
      '$',
      `${text.length} characters`,
      `at most ${maxPolicyCharacters} characters; IAM accepts at most 4096`,
    );
  const policy = parseTrustPolicy(document);
  refuseIntricate(policy.statements);
  return policy;
}

/** Returns the failure of a file from which no trust policy can be read. It shows nothing of the file. */
export function unreadableFile(found: string, remedy: string, expected = anyFormat): CliFailure {
  return new CliFailure(2, [{ code: 'TrustPolicyUnreadable', found, expected, remedy }]);
}

const anyFormat =
  'a trust policy in JSON; the output of aws iam get-role, list-roles or get-account-authorization-details; a CloudFormation ' +
  'template in JSON or YAML; or the output of terraform show -json.';

export type JsonRecord = Readonly<Record<string, unknown>>;

/** Returns a value as an object; undefined if it is none. */
export function asRecord(value: unknown): JsonRecord | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonRecord) : undefined;
}

/** Returns a value as a list; an empty one where it is none. */
export function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as readonly unknown[]) : [];
}

export function asText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

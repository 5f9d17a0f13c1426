// What is asked of IAM, and what is changed there. Every change is a value first: a plan is a list of these, a dry run
// prints them, and one method of an adapter carries them out.

/** A role as IAM lists it. */
export interface ListedRole {
  readonly arn: string;
  readonly name: string;
  /** With a slash at both ends. */
  readonly path: string;
  /** JSON, as IAM has it. */
  readonly trustPolicy: string;
}

/** A role as IAM shows it on its own. */
export interface RoleState extends ListedRole {
  readonly description: string | undefined;
  readonly maxSessionSeconds: number;
  readonly boundaryArn: string | undefined;
  readonly tags: Readonly<Record<string, string>>;
}

/** An OIDC provider as IAM has it. */
export interface ProviderState {
  readonly arn: string;
  /** Without `https://`. */
  readonly url: string;
  readonly clientIds: readonly string[];
  /** IAM may have filled these in on its own. */
  readonly thumbprints: readonly string[];
  readonly tags: Readonly<Record<string, string>>;
}

/** Reads roles. All reject with an error that names the action; a role that does not exist is undefined. */
export interface RoleReader {
  readonly listRoles: () => Promise<readonly ListedRole[]>;
  readonly readRole: (name: string) => Promise<RoleState | undefined>;
  /** ARNs of the managed policies, and the names of the inline ones. */
  readonly listPolicies: (roleName: string) => Promise<RolePolicies>;
}

export interface RolePolicies {
  readonly attachedArns: readonly string[];
  readonly inlineNames: readonly string[];
}

/**
 * What IAM says of a managed policy before it is attached to a role, or bounds one. `unknown`: the credentials may not read
 * policies, so that only attaching it shows.
 */
export type PolicyState = 'attachable' | 'not-attachable' | 'absent' | 'unknown';

/** Reads managed policies. Rejects with an error that names the action. */
export interface PolicyReader {
  readonly readPolicy: (arn: string) => Promise<PolicyState>;
}

/** Reads OIDC providers; one that does not exist is undefined. */
export interface ProviderReader {
  readonly listProviderArns: () => Promise<readonly string[]>;
  readonly readProvider: (arn: string) => Promise<ProviderState | undefined>;
}

/** Reads all that is asked of an account's IAM. */
export type IamReader = RoleReader & PolicyReader & ProviderReader;

/** Who the credentials are (GetCallerIdentity). */
export interface Caller {
  readonly accountId: string;
  readonly partition: string;
  readonly arn: string;
}

/** One change in IAM: exactly one API call each. */
export type IamChange =
  | {
      readonly kind: 'create-provider';
      readonly arn: string;
      /** With `https://`. */
      readonly issuerUrl: string;
      readonly clientIds: readonly string[];
      readonly tags: Readonly<Record<string, string>>;
    }
  | { readonly kind: 'add-client-id'; readonly arn: string; readonly clientId: string }
  | { readonly kind: 'remove-client-id'; readonly arn: string; readonly clientId: string }
  | { readonly kind: 'tag-provider'; readonly arn: string; readonly tags: Readonly<Record<string, string>> }
  | { readonly kind: 'set-thumbprints'; readonly arn: string; readonly thumbprints: readonly string[] }
  | { readonly kind: 'delete-provider'; readonly arn: string }
  | {
      readonly kind: 'create-role';
      readonly arn: string;
      readonly name: string;
      readonly path: string;
      readonly trustPolicy: string;
      readonly maxSessionSeconds: number;
      readonly boundaryArn: string | undefined;
      readonly description: string | undefined;
      readonly tags: Readonly<Record<string, string>>;
    }
  | { readonly kind: 'set-trust-policy'; readonly roleName: string; readonly trustPolicy: string }
  | { readonly kind: 'set-session-length'; readonly roleName: string; readonly maxSessionSeconds: number }
  | { readonly kind: 'set-boundary'; readonly roleName: string; readonly boundaryArn: string }
  | { readonly kind: 'attach-policy'; readonly roleName: string; readonly policyArn: string }
  | { readonly kind: 'tag-role'; readonly roleName: string; readonly tags: Readonly<Record<string, string>> };

/** A change of an OIDC provider. */
export type ProviderChange = Exclude<Extract<IamChange, { readonly arn: string }>, { readonly kind: 'create-role' }>;

/** A change of a role. */
export type RoleChange = Exclude<IamChange, ProviderChange>;

/** Returns whether a change is one of an OIDC provider. */
export function isOfProvider(change: IamChange): change is ProviderChange {
  return 'arn' in change && change.kind !== 'create-role';
}

/** Returns what a change is about: the ARN of a provider, or the name of a role. */
export function nameTarget(change: IamChange): string {
  if (isOfProvider(change)) return change.arn;
  return change.kind === 'create-role' ? change.name : change.roleName;
}

/** Carries one change out. */
export interface IamWriter {
  readonly apply: (change: IamChange) => Promise<void>;
}

/** The tags of a role or of an OIDC provider. */
export type Tags = Readonly<Record<string, string>>;

/** The tag on what aws-wif created: what has it may be changed without a further word, and a provider be deleted. */
export const ownTag = { key: 'managed-by', value: 'aws-wif' } as const;

/** Returns whether tags say that aws-wif created what has them. */
export function isOwn(tags: Tags): boolean {
  return tags[ownTag.key] === ownTag.value;
}

/** Returns tags with that of aws-wif. */
export function addOwnTag(tags: Tags): Tags {
  return { ...tags, [ownTag.key]: ownTag.value };
}

/** Returns the tags that an OIDC provider lacks, or has with another value. */
export function findOtherTags(wanted: Tags, found: Tags): Tags {
  return Object.fromEntries(Object.entries(wanted).filter(([key, value]) => found[key] !== value));
}

/**
 * Returns the key under which a role has a tag, in the letter case of the role. Roles have no two keys that differ only in
 * it; OIDC providers may.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html#id_tags_rules_creating
 */
export function findRoleTag(tags: Tags, key: string): string | undefined {
  return Object.keys(tags).find(one => one.toLowerCase() === key.toLowerCase());
}

/** Returns the tags that a role lacks, or has with another value. */
export function findOtherRoleTags(wanted: Tags, found: Tags): Tags {
  return Object.fromEntries(Object.entries(wanted).filter(([key, value]) => readRoleTag(found, key) !== value));
}

/** Returns the value of a role's tag, whatever the letter case of its key; undefined if there is none. */
export function readRoleTag(tags: Tags, key: string): string | undefined {
  const found = findRoleTag(tags, key);
  return found === undefined ? undefined : tags[found];
}

/** Returns the tags of a role that gets others besides: one with the same key, in any letter case, is replaced. */
export function mergeRoleTags(tags: Tags, added: Tags): Tags {
  const kept = Object.entries(tags).filter(([key]) => findRoleTag(added, key) === undefined);
  return { ...Object.fromEntries(kept), ...added };
}

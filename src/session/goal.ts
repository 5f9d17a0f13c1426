import type { RoleArn } from './match-role-arn.ts';

/** One session to obtain: the roles on the way, the last of which it is for, and the profile that will hold it. */
export interface Goal {
  /** Undefined where the session goes into no profile. */
  readonly profile: string | undefined;
  /** The first is assumed with the ID token, each further one with the credentials of the one before. */
  readonly hops: readonly [RoleArn, ...RoleArn[]];
  readonly region: string;
  readonly endpoint: URL;
}

/** What applies to every goal of a step. */
export interface SessionTerms {
  readonly roleSessionName: string;
  readonly durationSeconds: number;
  readonly policy: string | undefined;
  readonly policyArns: readonly string[];
  readonly externalId: string | undefined;
  readonly tags: Readonly<Record<string, string>>;
  readonly transitiveTagKeys: readonly string[];
}

/** What one hop is asked with: the terms as far as they are its own. */
export interface HopTerms extends SessionTerms {
  readonly role: RoleArn;
}

/** A session on the way is used once, at once: it lives as short as STS allows. */
const passingSeconds = 900;

/** AWS caps sessions of chained roles at an hour, whatever the role's own maximum. */
export const maxChainedSeconds = 3600;

/**
 * Returns what each hop of a goal is asked with, in order. Duration and session policies are the last hop's, the external
 * id the last chained hop's; session tags go with the first chained hop, since STS accepts them with no web identity,
 * and transitive ones travel on from there.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html
 */
export function planHops(goal: Goal, terms: SessionTerms): readonly [HopTerms, ...HopTerms[]] {
  const last = goal.hops.length - 1;
  const plan = (role: RoleArn, place: number): HopTerms => ({
    role,
    roleSessionName: terms.roleSessionName,
    durationSeconds: place === last ? terms.durationSeconds : passingSeconds,
    policy: place === last ? terms.policy : undefined,
    policyArns: place === last ? terms.policyArns : [],
    externalId: place === last && place > 0 ? terms.externalId : undefined,
    tags: place === 1 ? terms.tags : {},
    transitiveTagKeys: place === 1 ? terms.transitiveTagKeys : [],
  });
  const [first, ...rest] = goal.hops;
  return [plan(first, 0), ...rest.map((role, index) => plan(role, index + 1))];
}

/** Returns the role that a goal ends at. */
export function finalRole(goal: Goal): RoleArn {
  return goal.hops.at(-1) ?? goal.hops[0];
}

/** Returns a goal in words: its profile if it has one, and the roles on the way. */
export function describeGoal(goal: Goal): string {
  const roles = goal.hops.map(({ text }) => text).join(' > ');
  return goal.profile === undefined ? roles : `profile ${goal.profile} (${roles})`;
}

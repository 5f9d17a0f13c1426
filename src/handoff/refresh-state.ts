import { WifError } from '../errors.ts';
import type { ExpectedIdentity } from '../identity/check-id-token.ts';
import { Secret } from '../secret.ts';
import type { Goal, SessionTerms } from '../session/goal.ts';
import { matchRoleArn, type RoleArn } from '../session/match-role-arn.ts';

/** All that a later process needs to open the same sessions again, as the step opened them. */
export interface RefreshState {
  readonly requestUrl: URL;
  readonly jobToken: Secret;
  readonly identity: ExpectedIdentity;
  readonly terms: SessionTerms;
  /** By the generated id that is in the profile's command line. */
  readonly goals: Readonly<Record<string, Goal>>;
  readonly maxAttempts: number;
  /** For Azure DevOps alone. */
  readonly skipCertValidation: boolean;
  /** Proxy and certificates, in the form of the network settings' own encoding. */
  readonly network: unknown;
}

/** Returns the text of a state file. It holds the job's token: only for a private file. */
export function encodeState(state: RefreshState): string {
  const goals = Object.entries(state.goals).map(([id, goal]) => [id, encodeGoal(goal)] as const);
  return JSON.stringify({
    requestUrl: state.requestUrl.href,
    jobToken: state.jobToken.reveal(),
    identity: state.identity,
    terms: state.terms,
    goals: Object.fromEntries(goals),
    maxAttempts: state.maxAttempts,
    skipCertValidation: state.skipCertValidation,
    network: state.network,
  });
}

/** Returns the state of a file that was written here; throws `RefreshStateUnreadable` if it is not whole. */
export function decodeState(text: string): RefreshState {
  try {
    const state = JSON.parse(text) as Encoded;
    if (typeof state.jobToken !== 'string' || typeof state.identity !== 'object' || typeof state.terms !== 'object') {
      throw unreadableState();
    }
    const goals = Object.entries(state.goals).map(([id, goal]) => [id, decodeGoal(goal)] as const);
    return {
      ...state,
      requestUrl: new URL(state.requestUrl),
      jobToken: new Secret(state.jobToken),
      goals: Object.fromEntries(goals),
    };
  } catch {
    // The parser's own message quotes the text, which holds the job's token.
    throw unreadableState();
  }
}

interface EncodedGoal {
  readonly profile?: string;
  readonly hops: readonly string[];
  readonly region: string;
  readonly endpoint: string;
}

/** The file is ours, 0600 and written whole or not at all; only what has to become an object is looked at again. */
type Encoded = Omit<RefreshState, 'requestUrl' | 'jobToken' | 'goals'> & {
  readonly requestUrl: string;
  readonly jobToken: string;
  readonly goals: Readonly<Record<string, EncodedGoal>>;
};

function encodeGoal({ profile, hops, region, endpoint }: Goal): EncodedGoal {
  const named = profile === undefined ? {} : { profile };
  return { ...named, hops: hops.map(({ text }) => text), region, endpoint: endpoint.href };
}

function decodeGoal({ profile, hops, region, endpoint }: EncodedGoal): Goal {
  const [first, ...rest] = hops.map(readRole);
  if (first === undefined) throw unreadableState();
  return { profile, hops: [first, ...rest], region, endpoint: new URL(endpoint) };
}

function readRole(text: string): RoleArn {
  const role = matchRoleArn(text);
  if (role === undefined) throw unreadableState();
  return role;
}

/** Returns the error of a state that is missing or not whole. */
export function unreadableState(): WifError {
  return new WifError({
    code: 'RefreshStateUnreadable',
    found: 'The file with the data needed to refresh credentials is missing or incomplete.',
    expected: 'the file that AWSAssumeRoleWIF wrote in this job.',
    remedy: 'Run the task in the job that uses the profile; profiles do not outlive their job.',
  });
}

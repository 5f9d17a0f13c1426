import { asWifError, type Fault, type WifError } from './errors.ts';
import type { Claims } from './identity/claims.ts';
import type { Retirement } from './identity/retirement.ts';
import { describeGoal, type Goal, type HopTerms } from './session/goal.ts';
import type { RoleArn } from './session/match-role-arn.ts';
import type { Sts } from './session/credentials.ts';

/** A call that ended in no session, the last one for its goal. */
export interface RefusedHop {
  readonly goal: Goal;
  readonly hop: HopTerms;
  /** The role whose session made the call; undefined if the ID token did. */
  readonly caller: RoleArn | undefined;
  readonly error: WifError;
}

/** A run that failed once its ID token was known. */
export interface RefusedRun {
  readonly error: WifError;
  readonly claims: Claims;
  readonly retirement: Retirement | undefined;
  readonly refused: readonly RefusedHop[];
  /** All that the step asked for. */
  readonly goals: readonly Goal[];
}

/** A goal that failed, with its fault in words that leave the goal out; `refused` if STS was asked and gave no session. */
export interface FailedGoal {
  readonly goal: Goal;
  readonly fault: Fault;
  readonly refused: RefusedHop | undefined;
}

/** Returns the goals that a run's error is about; none if it is about something else, such as files. */
export function listFailedGoals({ error, goals, refused }: RefusedRun): readonly FailedGoal[] {
  const find = (goal: Goal) => refused.find(one => one.goal === goal);
  const [only, ...others] = goals;
  const [fault] = error.faults;
  if (only !== undefined && others.length === 0) {
    const hop = find(only);
    return hop === undefined || fault === undefined ? [] : [{ goal: only, fault, refused: hop }];
  }
  return goals.flatMap(goal => {
    const name = `${describeGoal(goal)}: `;
    const own = error.faults.filter(({ found }) => found.startsWith(name));
    return own.map(one => ({ goal, fault: { ...one, found: one.found.slice(name.length) }, refused: find(goal) }));
  });
}

/** Stands between a run and STS, and knows what it refused. */
export interface StsWatch {
  readonly openSts: (goal: Goal) => Sts;
  /** Returns the calls that the run's error is about, goal by goal. */
  readonly listRefused: (error: WifError) => readonly RefusedHop[];
}

/** Returns STS as it was, watched: a call that was tried again and went well is forgotten. */
export function watchSts(openSts: (goal: Goal) => Sts, goals: readonly Goal[]): StsWatch {
  const last = new Map<Goal, RefusedHop>();
  return {
    openSts: goal =>
      watchGoal(openSts(goal), refused => {
        if (refused === undefined) last.delete(goal);
        else last.set(goal, { goal, ...refused });
      }),
    // Tries may have ended with something else than a refusal, such as an ID token that could not be renewed.
    listRefused: ({ faults }) =>
      goals.flatMap(goal => last.get(goal) ?? []).filter(({ error }) => faults.some(({ code }) => code === error.code)),
  };
}

function watchGoal(sts: Sts, note: (refused: Omit<RefusedHop, 'goal'> | undefined) => void): Sts {
  let session: RoleArn | undefined;
  const watch = async <T>(hop: HopTerms, caller: RoleArn | undefined, call: Promise<T>): Promise<T> => {
    try {
      const answer = await call;
      session = hop.role;
      note(undefined);
      return answer;
    } catch (thrown) {
      note({ hop, caller, error: asWifError(thrown) });
      throw thrown;
    }
  };
  return {
    assumeRoleWithWebIdentity: (hop, idToken) => watch(hop, undefined, sts.assumeRoleWithWebIdentity(hop, idToken)),
    assumeRole: (hop, credentials) => watch(hop, session, sts.assumeRole(hop, credentials)),
  };
}

import pMap from 'p-map';
import { asWifError, WifError, type Fault } from '../errors.ts';
import type { Retry } from '../identity/keep-id-token.ts';
import type { Secret } from '../secret.ts';
import { judgeSession, listAnswerSecrets, type Session, type StsAnswer, type Sts } from './credentials.ts';
import { describeGoal, planHops, type Goal, type HopTerms, type SessionTerms } from './goal.ts';
import type { Clock, Moment } from './life.ts';

export interface SessionPorts {
  /** Called with the keys of each answer before anything in it is judged, and thus before it could be shown. */
  readonly protect: (secrets: readonly Secret[]) => void;
  readonly openSts: (goal: Goal) => Sts;
  readonly retry: Retry;
  /** Read before each request: a session's life is counted from there. */
  readonly clock: Clock;
}

/** Most goals that are worked on at the same time. */
export const maxAtOnce = 20;

/**
 * Opens the session of a goal: the first role with the ID token, each further one with the credentials of the one
 * before, which are kept nowhere.
 */
export async function openSession(
  goal: Goal,
  terms: SessionTerms,
  idToken: () => Promise<Secret>,
  ports: SessionPorts,
): Promise<Session> {
  const sts = ports.openSts(goal);
  const [first, ...chained] = planHops(goal, terms);
  let session = await ports.retry(async () => {
    const token = await idToken();
    const opened = ports.clock.now();
    return judge(await sts.assumeRoleWithWebIdentity(first, token), first, opened, ports);
  });
  for (const hop of chained) {
    const { credentials } = session;
    session = await ports.retry(async () => {
      const opened = ports.clock.now();
      return judge(await sts.assumeRole(hop, credentials), hop, opened, ports);
    });
  }
  return session;
}

function judge(answer: StsAnswer, hop: HopTerms, opened: Moment, { protect }: SessionPorts): Session {
  protect(listAnswerSecrets(answer));
  return judgeSession(answer, hop, opened);
}

/** Opens the sessions of all goals, in their order, twenty at a time; all or none: the error names every goal that failed. */
export async function openSessions(
  goals: readonly Goal[],
  terms: SessionTerms,
  idToken: () => Promise<Secret>,
  ports: SessionPorts,
): Promise<readonly Session[]> {
  const opened = await pMap(goals, goal => settle(openSession(goal, terms, idToken, ports)), {
    concurrency: maxAtOnce,
  });
  const failed = opened.flatMap((result, place) =>
    result instanceof WifError ? [{ error: result, goal: goals[place] }] : [],
  );
  const [first] = failed;
  if (first !== undefined) throw goals.length === 1 ? first.error : nameAll(failed);
  return opened.filter(isSession);
}

async function settle(opening: Promise<Session>): Promise<Session | WifError> {
  try {
    return await opening;
  } catch (thrown) {
    return asWifError(thrown);
  }
}

function isSession(result: Session | WifError): result is Session {
  return !(result instanceof WifError);
}

interface Failure {
  readonly error: WifError;
  readonly goal: Goal | undefined;
}

function nameAll(failed: readonly Failure[]): WifError {
  const canceled = failed.find(({ error }) => error.code === 'Canceled');
  if (canceled !== undefined) return canceled.error;
  const [first, ...rest] = failed.flatMap(({ error, goal }) => error.faults.map(fault => nameGoal(fault, goal)));
  return first === undefined
    ? asWifError(undefined)
    : new WifError([first, ...rest], { cause: failed.map(({ error }) => error) });
}

function nameGoal(fault: Fault, goal: Goal | undefined): Fault {
  return goal === undefined ? fault : { ...fault, found: `${describeGoal(goal)}: ${fault.found}` };
}

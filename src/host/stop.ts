import { WifError, type Fault } from '../errors.ts';

/** Why a step has to end before it is done. */
export type StopReason =
  | { readonly kind: 'deadline'; readonly seconds: number; readonly of?: 'helper' }
  | { readonly kind: 'canceled'; readonly signal: 'SIGINT' | 'SIGTERM' };

/** A step's time: aborted when its deadline passes or the agent cancels it, with a StopReason as the reason. */
export interface Stop {
  readonly signal: AbortSignal;
  /** Milliseconds until the deadline; not below 0. */
  readonly remainingMs: () => number;
  /** Stops watching, so that the process can end. */
  readonly close: () => void;
}

/** Starts a deadline, a step's or the refresh helper's, and listens for SIGINT and SIGTERM: the agent's cancel. */
export function watchStop(seconds: number, of?: 'helper'): Stop {
  const controller = new AbortController();
  const stop = (reason: StopReason): void => {
    controller.abort(reason);
  };
  const onSignal = (signal: NodeJS.Signals): void => {
    stop({ kind: 'canceled', signal: signal === 'SIGTERM' ? 'SIGTERM' : 'SIGINT' });
  };
  const endsAt = performance.now() + seconds * 1000;
  const timer = setTimeout(stop, seconds * 1000, { kind: 'deadline', seconds, ...(of === undefined ? {} : { of }) });
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  return {
    signal: controller.signal,
    remainingMs: () => Math.max(0, endsAt - performance.now()),
    close: () => {
      clearTimeout(timer);
      process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
    },
  };
}

/** Returns the error of a step that was stopped while it was busy with something: "waiting for AWS STS at …". */
export function stopError(signal: AbortSignal, busyWith: string, cause?: unknown): WifError {
  return new WifError(describeStop(signal.reason as StopReason, busyWith), { cause });
}

/** Returns the error of a step that was stopped while it waited for a program of this machine. */
export function programStopError(signal: AbortSignal, file: string, cause?: unknown): WifError {
  const reason = signal.reason as StopReason;
  const fault = describeStop(reason, `waiting for the program ${file}`);
  if (reason.kind === 'canceled') return new WifError(fault, { cause });
  const expected = 'the program to end within a few seconds.';
  return new WifError({ ...fault, expected, remedy: slowProgramRemedy }, { cause });
}

const slowProgramRemedy =
  "Start the program yourself as the agent's user. If a virus scanner, a policy or a busy machine slows it down, exempt it; raise timeoutSeconds if it is merely slow.";

function describeStop(reason: StopReason, busyWith: string): Fault {
  if (reason.kind === 'canceled') {
    return {
      code: 'Canceled',
      found: `The step was canceled (${reason.signal}) while ${busyWith}. No credentials were published.`,
      expected: 'the step to run to completion.',
      remedy: 'Nothing to fix; run the job again when you are ready.',
    };
  }
  if (reason.of === 'helper') {
    return {
      code: 'DeadlineExceeded',
      found: `The time limit of ${reason.seconds} s was reached while ${busyWith}.`,
      expected: 'new credentials well before an AWS SDK stops waiting for the command that fetches them.',
      remedy: 'Check that the agent can reach that host on that port (firewall, proxy, private endpoint).',
    };
  }
  return {
    code: 'DeadlineExceeded',
    found: `The step's ${reason.seconds} s time limit was reached while ${busyWith}. No credentials were published.`,
    expected: 'all responses within timeoutSeconds.',
    remedy:
      'Check that the agent can reach that host on that port (firewall, proxy, private endpoint); raise timeoutSeconds if it is merely slow.',
  };
}

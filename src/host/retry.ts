import { setTimeout as sleep } from 'node:timers/promises';
import pRetry from 'p-retry';
import { asWifError, WifError } from '../errors.ts';
import type { Retry } from '../identity/keep-id-token.ts';
import { chooseDelay } from '../session/back-off.ts';
import { stopError, type Stop } from './stop.ts';

export interface RetryOptions {
  readonly maxAttempts: number;
  readonly stop: Stop;
  /** Told before each wait. */
  readonly tell: (line: string) => void;
}

/**
 * Returns a Retry that waits between attempts and gives up where an error may not be retried, the attempts are used up,
 * or the wait would pass the step's deadline. The error it throws then is not retriable any more.
 */
export function openRetry(options: RetryOptions): Retry {
  return async operation => {
    let attempts = 0;
    const attempt = async (count: number): ReturnType<typeof operation> => {
      attempts = count;
      return operation();
    };
    try {
      return await pRetry(attempt, {
        retries: options.maxAttempts - 1,
        minTimeout: 0,
        shouldRetry: ({ error, attemptNumber }) => waitForNext(error, attemptNumber, options),
      });
    } catch (thrown) {
      throw asWifError(thrown).afterAttempts(attempts);
    }
  };
}

async function waitForNext(error: Error, attempt: number, { stop, tell, maxAttempts }: RetryOptions): Promise<boolean> {
  if (!(error instanceof WifError) || error.retriable === undefined) return false;
  const delay = chooseDelay(attempt, error.retriable, Math.random());
  if (delay >= stop.remainingMs()) throw noTimeLeft(error, delay, stop.remainingMs());
  const found = error.faults[0]?.found ?? '';
  tell(`${found} Trying again in ${(delay / 1000).toFixed(1)} s (attempt ${attempt + 1} of ${maxAttempts}).`);
  try {
    await sleep(delay, undefined, { signal: stop.signal });
    return true;
  } catch {
    throw stopError(stop.signal, `waiting to try again after: ${found}`, error);
  }
}

/** The failure itself, with why it is not tried again although it may pass. */
function noTimeLeft(error: WifError, delayMs: number, remainingMs: number): WifError {
  const [first, ...rest] = error.faults.map(fault => ({
    ...fault,
    found: `${fault.found} The next attempt was due in ${Math.ceil(delayMs / 1000)} s, but only ${Math.floor(remainingMs / 1000)} s were left.`,
  }));
  return first === undefined ? error : new WifError([first, ...rest], { cause: error });
}

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { WifError } from '../../../src/errors.ts';
import { CliFailure } from '../../../src/cli/terminal/failure.ts';

/** Runs of each property: 40, or what FUZZ_RUNS says. */
export const runs = Number(process.env['FUZZ_RUNS'] ?? 40);

/** Milliseconds after which a property that held so far is left: FUZZ_MS, else none is left. */
const enoughMs = process.env['FUZZ_MS'];
export const parameters = {
  numRuns: runs,
  ...(enoughMs === undefined ? {} : { interruptAfterTimeLimit: Number(enoughMs) }),
};

/** The parameters of a property of a unit, whose single run is quick: so many times the runs of others. */
export function scaleRuns(times: number): typeof parameters {
  return { ...parameters, numRuns: Math.ceil(runs * times) };
}

/** What anybody would call a hang, on a busy machine, too. */
const maxMs = 30_000;

/** Milliseconds for all runs of one property. */
export const timeout = 120_000 + runs * 20;

/** Asserts that a property holds for all that the arbitrary makes, without a hang. */
export function check<T>(arbitrary: fc.Arbitrary<T>, judge: (value: T) => void): void {
  fc.assert(
    fc.property(arbitrary, value => {
      const began = performance.now();
      judge(value);
      checkTime(began);
    }),
    parameters,
  );
}

/** The same for what takes a while, at a share of the runs. */
export async function checkLater<T>(
  arbitrary: fc.Arbitrary<T>,
  judge: (value: T) => Promise<void>,
  share = 1,
): Promise<void> {
  const property = fc.asyncProperty(arbitrary, async value => {
    const began = performance.now();
    await judge(value);
    checkTime(began);
  });
  await fc.assert(property, { ...parameters, numRuns: Math.ceil(runs * share) });
}

function checkTime(began: number): void {
  assert.ok(performance.now() - began < maxMs, `took ${performance.now() - began} ms`);
}

/** Returns what the action gives, or the error of ours that it throws; anything else thrown is a crash. */
export function attempt<T>(action: () => T): T | WifError | CliFailure {
  try {
    return action();
  } catch (thrown) {
    return judgeThrown(thrown);
  }
}

/** The same for what comes later. */
export async function attemptLater<T>(action: () => Promise<T>): Promise<T | WifError | CliFailure> {
  try {
    return await action();
  } catch (thrown) {
    return judgeThrown(thrown);
  }
}

/** Whatever an error says can be printed: no command, no control characters, no defect of ours. */
function judgeThrown(thrown: unknown): WifError | CliFailure {
  if (thrown instanceof WifError || thrown instanceof CliFailure) {
    checkPrintable(thrown.message);
    assert.doesNotMatch(thrown.message, /InternalError/);
    return thrown;
  }
  throw thrown;
}

/** Asserts that each line of a text of ours can be printed: the agent executes no part of it. */
export function checkPrintable(text: string): void {
  assert.doesNotMatch(text, /##vso\[|##\[/i);
  assert.doesNotMatch(text, unprintable);
}

/** But for a line's end, which is ours. */
// eslint-disable-next-line no-control-regex
const unprintable = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/;

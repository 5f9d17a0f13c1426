import assert from 'node:assert/strict';
import { WifError, type ErrorCode, type Retriable } from '../../src/errors.ts';
import { openRetry } from '../../src/host/retry.ts';
import type { Stop } from '../../src/host/stop.ts';

function failure(attempt: number, retriable: Retriable | undefined, code: ErrorCode = 'StsUnavailable'): WifError {
  const fault = { code, found: `failure of attempt ${attempt}.`, expected: 'none.', remedy: 'wait.' };
  return new WifError(fault, { retriable, cause: new Error('below') });
}

/** An operation that fails so many times, then says at which attempt it succeeded. */
function succeedAfter(failures: number, retriable: Retriable = {}): () => Promise<string> {
  let attempt = 0;
  return () => {
    attempt += 1;
    return attempt <= failures ? Promise.reject(failure(attempt, retriable)) : Promise.resolve(`attempt ${attempt}`);
  };
}

function open(change: {
  maxAttempts?: number;
  signal?: AbortSignal;
  remainingMs?: number;
  tell?: (line: string) => void;
}) {
  const told: string[] = [];
  const stop: Stop = {
    signal: change.signal ?? new AbortController().signal,
    remainingMs: () => change.remainingMs ?? 60_000,
    close: () => undefined,
  };
  const tell = (line: string): void => {
    told.push(line);
    change.tell?.(line);
  };
  return { told, retry: openRetry({ maxAttempts: change.maxAttempts ?? 5, stop, tell }) };
}

describe('host/retry', () => {
  const random = Math.random;

  before(() => {
    // No jitter, so that no test waits.
    Math.random = () => 0;
  });

  after(() => {
    Math.random = random;
  });

  it('returns what succeeds at once, and tells nothing', async () => {
    const { retry, told } = open({});
    assert.equal(await retry(succeedAfter(0)), 'attempt 1');
    assert.deepEqual(told, []);
  });

  for (const failures of [1, 2, 4]) {
    it(`returns what succeeds after ${failures} failures, and tells each of them`, async () => {
      const { retry, told } = open({});
      assert.equal(await retry(succeedAfter(failures)), `attempt ${failures + 1}`);
      assert.deepEqual(
        told,
        Array.from(
          { length: failures },
          (_, index) => `failure of attempt ${index + 1}. Trying again in 0.0 s (attempt ${index + 2} of 5).`,
        ),
      );
    });
  }

  for (const maxAttempts of [1, 2, 5, 10]) {
    it(`gives up after ${maxAttempts} attempts, and says how many there were`, async () => {
      const { retry, told } = open({ maxAttempts });
      const suffix = maxAttempts === 1 ? '' : ` (${maxAttempts} attempts)`;
      await assert.rejects(retry(succeedAfter(20)), (error: WifError) => {
        assert.equal(error.code, 'StsUnavailable');
        assert.equal(error.faults[0]?.found, `failure of attempt ${maxAttempts}.${suffix}`);
        assert.equal(error.retriable, undefined);
        return true;
      });
      assert.equal(told.length, maxAttempts - 1);
    });
  }

  it('does not try again what is not retriable', async () => {
    const { retry, told } = open({});
    await assert.rejects(
      retry(() => Promise.reject(failure(1, undefined))),
      { code: 'StsUnavailable', message: /failure of attempt 1\.\n/ },
    );
    assert.deepEqual(told, []);
  });

  it('stops at the first failure that is not retriable, and says how many attempts there were', async () => {
    let attempt = 0;
    const operation = () => {
      attempt += 1;
      return Promise.reject(attempt < 3 ? failure(attempt, {}) : failure(attempt, undefined, 'StsAccessDenied'));
    };
    await assert.rejects(open({}).retry(operation), {
      code: 'StsAccessDenied',
      message: /failure of attempt 3\. \(3 attempts\)/,
    });
  });

  const defects = [
    { name: 'a TypeError', thrown: new TypeError('x is not a function'), message: /TypeError: x is not a function/ },
    { name: "a TypeError that reads like fetch's", thrown: new TypeError('fetch failed'), message: /fetch failed/ },
    { name: 'an Error', thrown: new Error('oops'), message: /Error: oops/ },
    { name: 'a RangeError', thrown: new RangeError('oops'), message: /RangeError: oops/ },
  ];
  for (const { name, thrown, message } of defects) {
    it(`does not try ${name} again, and calls it a defect`, async () => {
      const { retry, told } = open({});
      const operation = () => Promise.resolve().then(() => assert.fail(thrown));
      await assert.rejects(retry(operation), { code: 'InternalError', message });
      assert.deepEqual(told, []);
    });
  }

  it('waits as long as it is asked to', async () => {
    const begun = performance.now();
    const { retry, told } = open({});
    assert.equal(await retry(succeedAfter(1, { afterMs: 120 })), 'attempt 2');
    assert.ok(performance.now() - begun >= 110);
    assert.match(told[0] ?? '', /Trying again in 0\.1 s/);
  });

  for (const { afterMs, remainingMs } of [
    { afterMs: 30_000, remainingMs: 20_000 },
    { afterMs: 20_000, remainingMs: 20_000 },
    { afterMs: 0, remainingMs: 0 },
  ]) {
    it(`does not begin to wait ${afterMs} ms with ${remainingMs} ms left of the step's time`, async () => {
      const { retry, told } = open({ remainingMs });
      const begun = performance.now();
      await assert.rejects(retry(succeedAfter(1, { afterMs })), {
        code: 'StsUnavailable',
        message: new RegExp(
          `failure of attempt 1\\. The next attempt was due in ${afterMs / 1000} s, but only ${remainingMs / 1000} s were left\\.\n`,
        ),
        retriable: undefined,
      });
      assert.ok(performance.now() - begun < 5000);
      assert.deepEqual(told, []);
    });
  }

  const reasons = [
    { reason: { kind: 'canceled', signal: 'SIGINT' }, code: 'Canceled' },
    { reason: { kind: 'deadline', seconds: 60 }, code: 'DeadlineExceeded' },
  ] as const;
  for (const { reason, code } of reasons) {
    it(`ends with ${code} when it is stopped while it waits, and says what it waited for`, async () => {
      const controller = new AbortController();
      const abort = (): void => {
        controller.abort(reason);
      };
      const { retry } = open({ signal: controller.signal, tell: () => setTimeout(abort, 10) });
      const begun = performance.now();
      await assert.rejects(retry(succeedAfter(1, { afterMs: 30_000 })), {
        code,
        message: /while waiting to try again after: failure of attempt 1\./,
        retriable: undefined,
      });
      assert.ok(performance.now() - begun < 5000);
    });

    it(`ends with ${code} when it is stopped before it waits`, async () => {
      const { retry } = open({ signal: AbortSignal.abort(reason) });
      await assert.rejects(retry(succeedAfter(1, { afterMs: 30_000 })), { code, message: /waiting to try again/ });
    });
  }
});

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { stopError, watchStop, type Stop } from '../../src/host/stop.ts';

type Listener = (signal: NodeJS.Signals) => void;

/** What watching adds to the process' own listeners; others (the test runner's) are left alone. */
function listenersOf(signal: NodeJS.Signals): readonly Listener[] {
  return process.listeners(signal);
}

describe('host/stop', () => {
  describe('watchStop', () => {
    let stop: Stop;
    let before: Readonly<Record<'SIGINT' | 'SIGTERM', readonly Listener[]>>;

    beforeEach(() => {
      before = { SIGINT: listenersOf('SIGINT'), SIGTERM: listenersOf('SIGTERM') };
    });

    afterEach(() => {
      stop.close();
    });

    function send(signal: 'SIGINT' | 'SIGTERM'): void {
      for (const listener of listenersOf(signal)) if (!before[signal].includes(listener)) listener(signal);
    }

    it('is not stopped at first, and counts down', () => {
      stop = watchStop(60);
      assert.equal(stop.signal.aborted, false);
      assert.ok(stop.remainingMs() > 59_000 && stop.remainingMs() <= 60_000);
    });

    it('is stopped at its deadline, with nothing left', async () => {
      stop = watchStop(0.02);
      await once(stop.signal, 'abort');
      assert.deepEqual(stop.signal.reason, { kind: 'deadline', seconds: 0.02 });
      await new Promise(resolve => setTimeout(resolve, 5));
      assert.equal(stop.remainingMs(), 0);
    });

    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      it(`is stopped by ${signal}`, () => {
        stop = watchStop(60);
        send(signal);
        assert.deepEqual(stop.signal.reason, { kind: 'canceled', signal });
      });
    }

    it('keeps its first reason', () => {
      stop = watchStop(60);
      send('SIGINT');
      send('SIGTERM');
      assert.deepEqual(stop.signal.reason, { kind: 'canceled', signal: 'SIGINT' });
    });

    it('leaves nothing behind that would hold the process', () => {
      stop = watchStop(60);
      assert.notDeepEqual(listenersOf('SIGTERM'), before.SIGTERM);
      stop.close();
      assert.deepEqual(listenersOf('SIGINT'), before.SIGINT);
      assert.deepEqual(listenersOf('SIGTERM'), before.SIGTERM);
    });

    it('is not stopped any more once it is closed', async () => {
      stop = watchStop(0.01);
      stop.close();
      await new Promise(resolve => setTimeout(resolve, 30));
      assert.equal(stop.signal.aborted, false);
    });
  });

  const reasons = [
    {
      reason: { kind: 'canceled', signal: 'SIGINT' },
      code: 'Canceled',
      message: /canceled \(SIGINT\) while waiting for AWS STS/,
    },
    {
      reason: { kind: 'canceled', signal: 'SIGTERM' },
      code: 'Canceled',
      message: /canceled \(SIGTERM\) while waiting/,
    },
    {
      reason: { kind: 'deadline', seconds: 60 },
      code: 'DeadlineExceeded',
      message: /60 s time limit was reached while waiting for AWS STS/,
    },
  ] as const;
  for (const { reason, code, message } of reasons) {
    it(`says what was going on when ${JSON.stringify(reason)} came, and that nothing was handed on`, () => {
      const cause = new Error('below');
      const error = stopError(AbortSignal.abort(reason), 'waiting for AWS STS', cause);
      assert.equal(error.code, code);
      assert.match(error.message, message);
      assert.match(error.message, /No credentials were published/);
      assert.equal(error.cause, cause);
      assert.equal(error.retriable, undefined);
    });
  }
});

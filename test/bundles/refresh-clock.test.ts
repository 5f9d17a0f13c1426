import assert from 'node:assert/strict';
import { createClock } from '../fakes/clock.ts';
import { seesShift, shiftClock } from '../harness/shifted-clock.ts';
import { turnClock, turnUptime } from '../hardness/preloads.ts';
import { unpackTask } from './packed-task.ts';
import { readAnswer, startRefreshing, type HelperRun } from './refresh-scene.ts';
import { openScene, type Scene } from './scene.ts';
import { agentEnvironment } from './secure-servers.ts';
import { countRequests, listIssues, resetScene } from './task-run.ts';

const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;

/**
 * Every skew and moment is in test/handoff/skewed-clocks.test.ts. When the helper is called, in minutes of true time after
 * the step, and whether it has to open a new session then.
 */
const calls = {
  900: [
    { at: 0, renews: false },
    { at: 14, renews: true },
    { at: 70, renews: true },
  ],
  3600: [
    { at: 20, renews: false },
    { at: 55, renews: true },
    { at: 70, renews: false },
  ],
} as const;

const skews = [
  { name: '2 hours behind', seconds: -2 * hour, life: 900 },
  { name: '2 hours ahead', seconds: 2 * hour, life: 3600 },
  { name: '400 days ahead', seconds: 400 * day, life: 900 },
] as const;

/**
 * What the helper printed is a session that AWS accepts at that true time, and an end that the host's clock will see.
 */
function checkAnswer(run: HelperRun, scene: Scene, trueMs: number, skewSeconds: number): void {
  assert.deepEqual([run.exitCode, run.stderr], [0, '']);
  const { AccessKeyId, Expiration } = readAnswer(run);
  const session = scene.sts.sessions.find(({ accessKeyId }) => accessKeyId === AccessKeyId);
  assert.ok(session !== undefined, 'a session of AWS STS');
  const leftMs = session.expiration.getTime() - trueMs;
  assert.ok(leftMs > 0, `the session was over ${-leftMs / 1000} s ago`);
  const printedMs = Date.parse(Expiration) - (trueMs + skewSeconds * 1000);
  const marginMs = leftMs > 5 * minute * 1000 ? 5 * minute * 1000 : 0;
  // Not later than AWS's end but by the granularity of a Date header; earlier by what a slow machine spends.
  const earlyMs = leftMs - marginMs - printedMs;
  assert.ok(printedMs > 0 && earlyMs > -2100 && earlyMs < 30_000, `the end is ${earlyMs / 1000} s early`);
}

describe('bundles/refresh-clock', function () {
  let scene: Scene | undefined;
  before(unpackTask);
  afterEach(async () => {
    await scene?.close();
    scene = undefined;
  });

  for (const { name, seconds, life } of skews) {
    it(`an agent whose clock is ${name}, sessions of ${life} s: never one that is over, renewed when it is due`, async function () {
      const shift = shiftClock(seconds);
      if (shift === undefined || !seesShift(seconds, shift)) {
        console.log(`*** SKIPPED: a clock ${name}: no libfaketime that Node sees; see .ci/run ***`);
        this.skip();
      }
      const clock = createClock();
      scene = await openScene({ clock: clock.now });
      const inheritedEnvironment = { ...agentEnvironment, ...shift };
      const inputs = { durationSeconds: String(life) };
      const { job, step, run } = await startRefreshing(scene, { inputs, job: { inheritedEnvironment } });
      const [warning = '', ...more] = listIssues(step, 'warning').filter(text => text.includes('clock'));
      assert.ok(warning.includes(`clock is ${name} `) && more.length === 0, warning);
      assert.match(step.log.join('\n'), / \S+Z \(in \d+ minutes; by this machine's clock \S+Z\)/);
      const end = Date.parse(job.variable('aws.AWS_CREDENTIAL_EXPIRATION') ?? '') - seconds * 1000;
      assert.ok(Math.abs(end - (scene.sts.sessions[0]?.expiration.getTime() ?? 0)) < 30_000);
      let nowMinutes = 0;
      for (const { at, renews } of calls[life]) {
        clock.advance((at - nowMinutes) * minute);
        nowMinutes = at;
        resetScene(scene);
        const later = { ...shiftClock(seconds + at * minute), ...turnUptime(at * minute) };
        const called = await run(undefined, { ...agentEnvironment, ...later });
        checkAnswer(called, scene, clock.now(), seconds);
        assert.deepEqual(countRequests(scene), renews ? [1, 1] : [0, 0], `after ${at} minutes`);
      }
    });
  }

  it('opens one session for callers at the same instant, whatever the clock', async function () {
    const shift = shiftClock(2 * hour);
    if (shift === undefined || !seesShift(2 * hour, shift)) {
      console.log('*** SKIPPED: callers at the same instant under a shifted clock: no libfaketime; see .ci/run ***');
      this.skip();
    }
    scene = await openScene();
    const { run } = await startRefreshing(scene);
    resetScene(scene);
    scene.sts.failNext({ kind: 'delay', ms: 3000 });
    const runs = await Promise.all(Array.from({ length: 4 }, () => run(undefined, { ...agentEnvironment, ...shift })));
    for (const called of runs) checkAnswer(called, scene, Date.now(), 2 * hour);
    assert.deepEqual(countRequests(scene), [1, 1]);
  });

  for (const hours of [-2, 2]) {
    it(`a clock that was ${hours} hours ahead and is set right in the middle of the job: a new session`, async () => {
      scene = await openScene();
      const inheritedEnvironment = { ...agentEnvironment, ...turnClock(hours) };
      const { run } = await startRefreshing(scene, { job: { inheritedEnvironment } });
      resetScene(scene);
      const called = await run();
      checkAnswer(called, scene, Date.now(), 0);
      assert.deepEqual(countRequests(scene), [1, 1]);
    });
  }

  it('time that only the clock since boot has seen pass counts, too', async () => {
    scene = await openScene();
    const { run } = await startRefreshing(scene);
    resetScene(scene);
    const called = await run(undefined, { ...agentEnvironment, ...turnUptime(50 * minute) });
    checkAnswer(called, scene, Date.now(), 0);
    assert.deepEqual(countRequests(scene), [1, 1]);
  });
});

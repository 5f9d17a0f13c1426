import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { cpSync, existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parseProfiles, type ProfileFileKind } from '../../src/handoff/profile-text.ts';
import { findLeaks } from '../harness/canaries.ts';
import type { StepResult } from '../harness/types.ts';
import { unpackTask } from '../bundles/packed-task.ts';
import { cleanUp } from '../bundles/post-job.ts';
import { addProfiles, writeProfiles, type ProfileRow } from '../bundles/roles.ts';
import { openScene, type Scene } from '../bundles/scene.ts';
import { listSecrets, runTask } from '../bundles/task-run.ts';
import { finishCleanly, packFirst } from '../bundles/temp-files.ts';

type Environment = Readonly<Record<string, string>>;

interface Ended {
  readonly printed: string;
  readonly killed: boolean;
  readonly durationMs: number;
}

/** FUZZ_RUNS asks for more than is needed to meet each moment. */
const minRuns = process.env['FUZZ_RUNS'] === undefined ? 8 : 200;
const maxRuns = 400;
const kinds: readonly ProfileFileKind[] = ['config', 'credentials'];

describe('hardness/task-crash', () => {
  let scene: Scene;
  let rows: readonly ProfileRow[];
  let step: StepResult;
  let work = '';
  let temp = '';

  before(async () => {
    packFirst();
    scene = await openScene();
    rows = addProfiles(scene, 6);
    const run = await runTask(scene, { inputs: { profiles: writeProfiles(rows), refreshCredentials: 'true' } });
    assert.equal(run.step.result, 'Succeeded', run.step.log.join('\n'));
    ({ step } = run);
    await finishCleanly(run.job);
  });

  beforeEach(() => {
    work = mkdtempSync(join(tmpdir(), 'aws-assume-role-wif-crash-'));
    temp = openAgent(work);
  });

  afterEach(() => {
    rmSync(work, { recursive: true, force: true });
  });

  after(() => scene.close());

  /** The environment of the step, in a temp directory and perhaps a job of its own. */
  function describeStep(jobId: string, folder = temp): Environment {
    return { ...step.environment, AGENT_TEMPDIRECTORY: folder, SYSTEM_JOBID: jobId };
  }

  /** Every file is the step's user's alone, and each profile file is whole, of the step that wrote it last. */
  function checkFolder(jobId: string, parent = temp): number {
    const folder = join(parent, `aws-${jobId}`);
    if (!existsSync(folder)) return 0;
    for (const name of readdirSync(folder)) {
      if (process.platform !== 'win32') assert.equal(lstatSync(join(folder, name)).mode & 0o777, 0o600, name);
    }
    const found = kinds.map(kind => {
      const path = join(folder, kind);
      return existsSync(path) ? parseProfiles(readFileSync(path, 'utf8'), kind).sections.length : 0;
    });
    for (const count of found) assert.ok(count === 0 || count === rows.length + 1, found.join());
    return Math.max(...found);
  }

  it('killed at any moment: no file torn or open to others, nothing shown, the next run works, cleanup clears it', async () => {
    const jobIds = [randomUUID(), randomUUID()];
    const first = await runMain(describeStep(randomUUID()));
    assert.match(first.printed, /task\.complete result=Succeeded/, first.printed);
    let usualMs = first.durationMs;
    const uses: string[] = [];
    const tally = { runs: 0, killed: 0, killedInUse: 0 };
    const isEnough = () => tally.runs >= minRuns && tally.killed > minRuns / 4 && tally.killedInUse > minRuns / 10;
    const lanes = jobIds.map(async jobId => {
      for (let round = 1; tally.runs < maxRuns && !isEnough(); round += 1) {
        // One in eight is spared, and tells how long a run takes on a machine that got busier or quieter since.
        const spared = round % 8 === 0;
        const run = await runMain(describeStep(jobId), spared ? undefined : Math.random() * usualMs * 1.4);
        const found = readUses(run.printed);
        tally.runs += 1;
        if (spared) usualMs = run.durationMs;
        if (run.killed) tally.killed += 1;
        if (run.killed && found.length > 0) tally.killedInUse += 1;
        uses.push(...found.map(use => `${jobId} ${use}`));
        assert.deepEqual(findLeaks(run.printed.split('\n'), listSecrets(scene)), []);
        checkFolder(jobId);
      }
    });
    await Promise.all(lanes);
    assert.ok(isEnough(), JSON.stringify(tally));
    for (const jobId of jobIds) {
      const last = await runMain(describeStep(jobId));
      assert.match(last.printed, /task\.complete result=Succeeded/, last.printed);
      assert.equal(checkFolder(jobId), rows.length + 1);
      const own = uses.filter(use => use.startsWith(jobId)).map(use => use.split(' ')[1] ?? '');
      for (const use of [...own, ...readUses(last.printed)]) {
        await cleanUp({ findTask: () => findTask(temp) }, { ...step, environment: describeStep(jobId) }, use);
      }
      assert.ok(!existsSync(join(temp, `aws-${jobId}`)), readdirSync(temp).join());
    }
  });

  it('several jobs at once, each on an agent of its own: each has its folder, and cleanup takes no other', async () => {
    const agents = Array.from({ length: 3 }, () => ({
      jobId: randomUUID(),
      own: openAgent(mkdtempSync(join(work, 'agent-'))),
    }));
    const runs = await Promise.all(agents.map(({ jobId, own }) => runMain(describeStep(jobId, own))));
    runs.forEach(({ printed }, place) => {
      assert.match(printed, /task\.complete result=Succeeded/, printed);
      assert.equal(checkFolder(agents[place]?.jobId ?? '', agents[place]?.own), rows.length + 1);
    });
    const keys = agents.map(({ jobId, own }) => readFileSync(join(own, `aws-${jobId}`, 'credentials'), 'utf8'));
    assert.equal(new Set(keys).size, keys.length);
    const [first, ...others] = agents;
    assert.ok(first !== undefined, 'no agent');
    for (const use of readUses(runs[0]?.printed ?? '')) {
      await cleanUp(
        { findTask: () => findTask(first.own) },
        { ...step, environment: describeStep(first.jobId, first.own) },
        use,
      );
    }
    assert.ok(!existsSync(join(first.own, `aws-${first.jobId}`)), readdirSync(first.own).join());
    for (const { jobId, own } of others) assert.equal(checkFolder(jobId, own), rows.length + 1);
  });

  it('several runs in one temp directory at the same instant: each succeeds, and the files are whole', async () => {
    const jobId = randomUUID();
    const runs = await Promise.all([1, 2, 3, 4].map(() => runMain(describeStep(jobId))));
    for (const { printed } of runs) {
      assert.match(printed, /##vso\[task\.complete result=Succeeded;\]/);
      assert.deepEqual(findLeaks(printed.split('\n'), listSecrets(scene)), []);
    }
    assert.equal(checkFolder(jobId), rows.length + 1);
  });

  /** Runs the packed task, killed after so many milliseconds where it still runs then. */
  async function runMain(environment: Environment, killAfterMs?: number): Promise<Ended> {
    const began = performance.now();
    const script = join(findTask(environment['AGENT_TEMPDIRECTORY'] ?? ''), 'main.js');
    const child = spawn(process.execPath, [script], {
      env: { ...environment },
      cwd: temp,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let printed = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => (printed += text));
    }
    const ended = new Promise<boolean>(resolve => {
      child.once('close', (_, signal) => {
        resolve(signal === 'SIGKILL');
      });
    });
    if (killAfterMs !== undefined) {
      await Promise.race([ended, wait(killAfterMs)]);
      child.kill('SIGKILL');
    }
    return { killed: await ended, printed, durationMs: performance.now() - began };
  }
});

/** Lays an agent's work folder out, with the task in it, and returns its temp directory. */
function openAgent(work: string): string {
  const temp = join(work, '_temp');
  mkdirSync(temp);
  cpSync(unpackTask(), findTask(temp), { recursive: true });
  return temp;
}

function findTask(temp: string): string {
  return join(dirname(temp), '_tasks', 'AWSAssumeRoleWIF_id', '1.0.0');
}

function readUses(printed: string): readonly string[] {
  return [...printed.matchAll(/variable=AWS_PROFILE_USE;[^\]]*\]([0-9a-f]{16})/g)].map(([, use = '']) => use);
}

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

import { createLineSplitter } from './line-splitter.ts';
import { inJob, printing, removeThrowaways, runOnce, writeTask } from './throwaway-task.ts';
import type { JobOptions } from './types.ts';
import { waitUntil } from './wait-until.ts';

const quick: JobOptions = { timings: { sigintWaitMs: 300, sigtermWaitMs: 300, openStreamsWaitMs: 300 } };
/** With room for a process on a busy machine to say which signal it got. */
const patient: JobOptions = { timings: { sigintWaitMs: 700, sigtermWaitMs: 1500 } };
const ready = (line: string) => line === 'ready';

describe('harness: splitting lines', () => {
  const rows = [
    ['a\nb\r\nc\rd', ['a', 'b', 'c', 'd']],
    ['a\n\nb\n', ['a', '', 'b']],
    ['a\r\r\nb', ['a', '', 'b']],
    ['', []],
  ] as const;
  for (const [text, lines] of rows)
    it(`splits ${JSON.stringify(text)}, in one piece or byte by byte`, () => {
      const whole = createLineSplitter();
      assert.deepEqual([...whole.push(Buffer.from(text)), ...whole.end()], lines);
      const bytes = createLineSplitter();
      const pieces = [...Buffer.from(text)].flatMap(byte => bytes.push(Buffer.from([byte])));
      assert.deepEqual([...pieces, ...bytes.end()], lines);
    });

  it('keeps characters whole', () => {
    const splitter = createLineSplitter();
    const lines = [...Buffer.from('ü€\n')].flatMap(byte => splitter.push(Buffer.from([byte])));
    assert.deepEqual(lines, ['ü€']);
  });
});

describe('harness: results', () => {
  after(removeThrowaways);

  const rows = [
    ['nothing said', '', 'Succeeded'],
    ['SucceededWithIssues', printing('##vso[task.complete result=SucceededWithIssues]'), 'SucceededWithIssues'],
    [
      'the worse of two',
      printing('##vso[task.complete result=Failed]', '##vso[task.complete result=Succeeded]'),
      'Failed',
    ],
    [
      'Skipped, which stays',
      printing('##vso[task.complete result=Skipped]', '##vso[task.complete result=Failed]'),
      'Skipped',
    ],
    ['an exit code', 'process.exitCode = 3;', 'Failed'],
    ['an exit code over Skipped', `${printing('##vso[task.complete result=Skipped]')}process.exitCode = 3;`, 'Failed'],
    ['stderr alone', 'console.error("bad")', 'Succeeded'],
  ] as const;
  for (const [what, main, result] of rows)
    it(`is ${result} for ${what}`, async () => {
      assert.equal((await runOnce(main)).result, result);
    });

  it("says the exit code in the agent's words", async () => {
    const step = await runOnce('process.exit(3)');
    assert.equal(step.exitCode, 3);
    assert.match(
      step.issues[0]?.message ?? '',
      /^Exit code 3 returned from process: file name '.*', arguments '".*main\.js"'\.$/,
    );
  });

  it('fails for a script that is not there, and for a command that does not start', async () => {
    await inJob({}, async job => {
      const json = { execution: { Node20_1: { target: 'gone.js' } } };
      assert.match(
        (await job.runTask({ taskDirectory: writeTask({ json }) })).issues[0]?.message ?? '',
        /^File not found/,
      );
      const script = await job.runScript({ command: '/no/such/command', condition: 'always' });
      assert.deepEqual([script.result, script.exitCode], ['Failed', undefined]);
    });
  });

  it('turns into SucceededWithIssues where the step continues on error', async () => {
    assert.equal((await runOnce('process.exit(1)', { continueOnError: true })).result, 'SucceededWithIssues');
  });
});

describe('harness: stopping a process', () => {
  after(removeThrowaways);

  it('cancels with SIGINT, and is canceled even if the task then exits with 0', async () => {
    const main = `process.on('SIGINT', () => { console.log('got SIGINT'); process.exit(0); });
      setInterval(() => {}, 1000); console.log('ready');`;
    const step = await runOnce(main, { cancelWhen: ready });
    assert.deepEqual([step.result, step.exitCode, step.rawLines], ['Canceled', 0, ['ready', 'got SIGINT']]);
    assert.deepEqual(
      step.issues.map(({ message }) => message),
      ['The Operation will be canceled. The next steps may not contain expected logs.', 'The operation was canceled.'],
    );
  });

  it('goes on with SIGTERM, then with SIGKILL', async () => {
    const main = `for (const name of ['SIGINT', 'SIGTERM']) process.on(name, () => console.log(name));
      setInterval(() => {}, 1000); console.log('ready');`;
    const step = await runOnce(main, { cancelWhen: ready }, patient);
    assert.deepEqual(step.rawLines, ['ready', 'SIGINT', 'SIGTERM']);
    assert.deepEqual([step.result, step.signal, step.exitCode], ['Canceled', 'SIGKILL', 137]);
    assert.ok(step.durationMs >= 2100, String(step.durationMs));
  });

  it('does not wait for a child that keeps the outputs open, and ends it with the job', async () => {
    const main = `const { spawn } = require('node:child_process');
      const child = spawn('sleep', ['60'], { stdio: 'inherit', detached: true });
      child.unref(); console.log(child.pid);`;
    const started = Date.now();
    const pid = await inJob(quick, async job => {
      const step = await job.runTask({ taskDirectory: writeTask({ main }) });
      assert.equal(step.result, 'Succeeded');
      const child = Number(step.rawLines[0]);
      if (process.platform === 'linux') assert.equal(isRunning(child), true);
      return child;
    });
    assert.ok(Date.now() - started < 10_000);
    if (process.platform === 'linux') await waitUntil('the end of the child', () => !isRunning(pid));
  });
});

/** A killed process may stay in the table as a zombie if nobody asks for its end. */
function isRunning(pid: number): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch (thrown) {
    // ESRCH: it went between opening and reading.
    if (['ENOENT', 'ESRCH'].includes((thrown as NodeJS.ErrnoException).code ?? '')) return false;
    throw thrown;
  }
}

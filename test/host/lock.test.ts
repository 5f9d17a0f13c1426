import assert from 'node:assert/strict';
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hostDisk, type LockDisk } from '../../src/host/lock-file.ts';
import { findOrWork } from '../../src/host/lock.ts';
import type { StopReason } from '../../src/host/stop.ts';
import { writeProgram, type ChildProgram } from '../harness/child-program.ts';

/**
 * What each process does: holds the lock so often and so long, and says so when it has it. Two that hold it at the same
 * time meet at a file that only one can make.
 */
const program = `
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findOrWork } from './src/host/lock.ts';

const { folder, times, holdMs, leavesResult, removesFolder } = JSON.parse(process.argv[2]);
const result = join(folder, 'result');
const find = () => (leavesResult && existsSync(result) ? readFileSync(result, 'utf8') : undefined);
const inside = join(folder, 'inside');

// Moved away first: one that waits may put a file into a folder that is being emptied.
function remove() {
  renameSync(folder, folder + '-gone');
  rmSync(folder + '-gone', { recursive: true, force: true });
}

async function work() {
  writeFileSync(inside, '', { flag: 'wx' });
  process.send('held');
  await sleep(holdMs);
  rmSync(inside);
  if (leavesResult) writeFileSync(result, 'result of ' + process.pid);
  if (removesFolder) remove();
  return 'worked';
}

const lock = { path: join(folder, 'lock'), find, signal: AbortSignal.timeout(60_000) };
try {
  for (let turn = 0; turn < times; turn += 1) process.send(await findOrWork(lock, work));
} catch (thrown) {
  process.send('failed: ' + thrown);
}
process.disconnect();
`;

interface Turn {
  readonly times?: number;
  readonly holdMs?: number;
  readonly leavesResult?: boolean;
  readonly removesFolder?: boolean;
}

/** A process that runs, what it said, and its end. */
interface Runner {
  readonly child: ChildProcess;
  readonly said: readonly string[];
  readonly ended: Promise<unknown>;
}

describe('host/lock', () => {
  let parent = '';
  let script: ChildProgram;
  let folders = 0;

  before(() => {
    parent = mkdtempSync(join(tmpdir(), 'lock-test-'));
    script = writeProgram(parent, program);
  });

  after(() => {
    rmSync(parent, { recursive: true, force: true });
  });

  function makeFolder(): string {
    folders += 1;
    const folder = join(parent, `folder-${folders}`);
    mkdirSync(folder);
    return folder;
  }

  function start(folder: string, { times = 1, holdMs = 0, leavesResult = false, removesFolder = false }: Turn): Runner {
    const argument = JSON.stringify({ folder, times, holdMs, leavesResult, removesFolder });
    const child = fork(script.path, [argument], { execArgv: [...script.execArgv] });
    const said: string[] = [];
    child.on('message', message => said.push(typeof message === 'string' ? message : 'no text'));
    return { child, said, ended: once(child, 'exit') };
  }

  function startMany(count: number, folder: string, turn: Turn): readonly Runner[] {
    return Array.from({ length: count }, () => start(folder, turn));
  }

  function endOf(runners: readonly Runner[]): Promise<unknown> {
    return Promise.all(runners.map(({ ended }) => ended));
  }

  function saidBy(runners: readonly Runner[]): readonly string[] {
    return runners.flatMap(({ said }) => said);
  }

  /** A lock whose holder was last seen so long ago. */
  function leaveLock(folder: string, ageMs: number): string {
    const path = join(folder, 'lock');
    writeFileSync(path, 'token of another');
    const seen = new Date(Date.now() - ageMs);
    utimesSync(path, seen, seen);
    return path;
  }

  describe('among processes', () => {
    it('one caller at a time holds it', async () => {
      const folder = makeFolder();
      const runners = startMany(6, folder, { times: 4, holdMs: 10 });
      await endOf(runners);
      const said = saidBy(runners);
      assert.deepEqual(
        said.filter(line => line.startsWith('failed')),
        [],
      );
      assert.equal(said.filter(line => line === 'worked').length, 24);
      assert.deepEqual(readdirSync(folder), []);
    });

    it('one works, and the others wait and read its result', async () => {
      const folder = makeFolder();
      const runners = startMany(6, folder, { holdMs: 100, leavesResult: true });
      await endOf(runners);
      const said = saidBy(runners);
      assert.deepEqual(
        said.filter(line => line === 'held'),
        ['held'],
      );
      assert.equal(said.filter(line => line === 'worked').length, 1);
      assert.equal(new Set(said.filter(line => line.startsWith('result of'))).size, 1);
      assert.equal(said.length, 7);
    });

    it('a holder that was killed is taken over within seconds, by one of those that wait', async () => {
      const folder = makeFolder();
      const holder = start(folder, { holdMs: 60_000, leavesResult: true });
      await once(holder.child, 'message');
      const waiting = startMany(3, folder, { holdMs: 50, leavesResult: true });
      holder.child.kill('SIGKILL');
      await holder.ended;
      // What the dead one was at is not what the lock is about.
      rmSync(join(folder, 'inside'));
      const begun = performance.now();
      await endOf(waiting);
      assert.ok(performance.now() - begun < 15_000, 'took too long');
      assert.deepEqual(
        saidBy(waiting).filter(line => line === 'held' || line.startsWith('failed')),
        ['held'],
      );
      assert.deepEqual(readdirSync(folder), ['result']);
    });

    it('a dead lock that many find at once is still taken over by one at a time', async () => {
      const folder = makeFolder();
      leaveLock(folder, 60_000);
      const runners = startMany(6, folder, { times: 3, holdMs: 5 });
      await endOf(runners);
      const said = saidBy(runners);
      assert.deepEqual(
        said.filter(line => line.startsWith('failed')),
        [],
      );
      assert.equal(said.filter(line => line === 'worked').length, 18);
      assert.deepEqual(readdirSync(folder), []);
    });

    it('a holder that lives keeps it, however long it works', async () => {
      const folder = makeFolder();
      const holder = start(folder, { holdMs: 4500 });
      await once(holder.child, 'message');
      const waiting = start(folder, { holdMs: 0 });
      await endOf([holder, waiting]);
      assert.deepEqual(holder.said, ['held', 'worked']);
      assert.deepEqual(waiting.said, ['held', 'worked']);
    });

    it('makes no folder: one that is removed while the lock is held stays away, and who waits fails', async () => {
      const folder = makeFolder();
      const holder = start(folder, { holdMs: 300, removesFolder: true });
      await once(holder.child, 'message');
      const waiting = start(folder, {});
      await endOf([holder, waiting]);
      assert.deepEqual(holder.said, ['held', 'worked']);
      assert.match(waiting.said.join(), /^failed: .*ENOENT/);
      assert.ok(!existsSync(folder));
    });
  });

  describe('in one process', () => {
    const nothing = () => undefined;
    const never = new AbortController().signal;

    it('gives what is found without looking at the lock', async () => {
      const folder = makeFolder();
      const path = leaveLock(folder, 0);
      const work = () => Promise.reject(new Error('nobody works'));
      assert.equal(await findOrWork({ path, find: () => 'found', signal: never }, work), 'found');
      assert.equal(readFileSync(path, 'utf8'), 'token of another');
    });

    it('looks again once it holds the lock, and does not work where another was quicker', async () => {
      const folder = makeFolder();
      let looks = 0;
      const find = () => ((looks += 1) > 1 ? 'found' : undefined);
      const work = () => Promise.reject(new Error('nobody works'));
      assert.equal(await findOrWork({ path: join(folder, 'lock'), find, signal: never }, work), 'found');
      assert.deepEqual(readdirSync(folder), []);
    });

    it('is free again after work that failed, whose error it passes on', async () => {
      const folder = makeFolder();
      const failure = new Error('work failed');
      const lock = { path: join(folder, 'lock'), find: nothing, signal: never };
      await assert.rejects(
        findOrWork(lock, () => Promise.reject(failure)),
        failure,
      );
      assert.deepEqual(readdirSync(folder), []);
      assert.equal(await findOrWork(lock, () => Promise.resolve('next')), 'next');
    });

    it('is a file of its user alone, gone when the work is done', async () => {
      const folder = makeFolder();
      const path = join(folder, 'lock');
      const mode = await findOrWork({ path, find: nothing, signal: never }, () =>
        Promise.resolve(statSync(path).mode & 0o777),
      );
      if (process.platform === 'win32') console.log('*** SKIPPED: Windows has no file modes to look at. ***');
      else assert.equal(mode, 0o600);
      assert.ok(!existsSync(path));
    });

    it('does not rest on a process id: its text names none', async () => {
      const path = join(makeFolder(), 'lock');
      const text = await findOrWork({ path, find: nothing, signal: never }, () =>
        Promise.resolve(readFileSync(path, 'utf8')),
      );
      assert.match(text, /^[0-9a-f]{32}$/);
    });

    it('leaves the lock of who has taken it over in the meantime', async () => {
      const path = join(makeFolder(), 'lock');
      await findOrWork({ path, find: nothing, signal: never }, () => {
        writeFileSync(path, 'token of another');
        return Promise.resolve('done');
      });
      assert.equal(readFileSync(path, 'utf8'), 'token of another');
    });

    for (const ageMs of [3500, -60_000]) {
      it(`takes over a lock at once whose holder was seen ${ageMs} ms ago: a clock that was set back is no life`, async () => {
        const path = leaveLock(makeFolder(), ageMs);
        const begun = performance.now();
        assert.equal(await findOrWork({ path, find: nothing, signal: never }, () => Promise.resolve('mine')), 'mine');
        assert.ok(performance.now() - begun < 1000);
      });
    }

    for (const ageMs of [0, 1000, -2000]) {
      it(`leaves a lock whose holder was seen ${ageMs} ms ago`, async () => {
        const path = leaveLock(makeFolder(), ageMs);
        const signal = abortAfter(150, { kind: 'deadline', seconds: 45 });
        await assert.rejects(
          findOrWork({ path, find: nothing, signal }, () => Promise.resolve('mine')),
          { code: 'DeadlineExceeded', message: /45 s time limit was reached while waiting for another process/ },
        );
        assert.equal(readFileSync(path, 'utf8'), 'token of another');
      });
    }

    for (const { reason, code } of [
      { reason: { kind: 'deadline', seconds: 45 }, code: 'DeadlineExceeded' },
      { reason: { kind: 'canceled', signal: 'SIGTERM' }, code: 'Canceled' },
    ] as const) {
      it(`ends a wait with ${code} when it is stopped, soon`, async () => {
        const path = leaveLock(makeFolder(), 0);
        const begun = performance.now();
        const wait = findOrWork({ path, find: nothing, signal: abortAfter(50, reason) }, () => Promise.resolve(''));
        await assert.rejects(wait, { code, message: /waiting for another process that renews the same credentials/ });
        assert.ok(performance.now() - begun < 1000);
      });
    }

    it('sees the result of who holds it, without holding it itself', async () => {
      const path = leaveLock(makeFolder(), 0);
      const until = performance.now() + 150;
      const find = () => (performance.now() > until ? 'found' : undefined);
      const work = () => Promise.reject(new Error('nobody works'));
      assert.equal(await findOrWork({ path, find, signal: never }, work), 'found');
      assert.equal(readFileSync(path, 'utf8'), 'token of another');
    });

    it('does not write through a link in its place', async () => {
      const folder = makeFolder();
      const [path, target] = [join(folder, 'lock'), join(folder, 'target')];
      writeFileSync(target, 'precious');
      symlinkSync(target, path);
      const signal = abortAfter(100, { kind: 'deadline', seconds: 45 });
      await assert.rejects(
        findOrWork({ path, find: nothing, signal }, () => Promise.resolve('')),
        { code: 'DeadlineExceeded', message: /waiting/ },
      );
      assert.equal(readFileSync(target, 'utf8'), 'precious');
    });

    const always = 1_000_000;
    const held: readonly { name: string; failures: Parameters<typeof holdLock>[0]; stays: boolean }[] = [
      { name: 'can be removed at the third try', failures: { remove: ['EBUSY', 2] }, stays: false },
      { name: 'can be read at the third try', failures: { read: ['EBUSY', 2] }, stays: false },
      { name: 'cannot be removed', failures: { remove: ['EBUSY', always] }, stays: true },
      { name: 'is about to go', failures: { remove: ['EPERM', always] }, stays: true },
      { name: 'cannot be read', failures: { read: ['EBUSY', always] }, stays: true },
      { name: 'cannot be made at first', failures: { create: ['EPERM', 3] }, stays: false },
      { name: 'cannot be touched', failures: { touch: ['EACCES', always] }, stays: false },
    ];
    for (const { name, failures, stays } of held) {
      it(`changes no outcome where the lock ${name}, and the next caller does not wait`, async () => {
        const folder = makeFolder();
        const lock = { path: join(folder, 'lock'), find: nothing, signal: never };
        assert.equal(
          await findOrWork({ ...lock, disk: holdLock(failures).disk }, () => Promise.resolve('mine')),
          'mine',
        );
        const denied = new Error('StsAccessDenied');
        const failing = findOrWork({ ...lock, disk: holdLock(failures).disk }, () => Promise.reject(denied));
        await assert.rejects(failing, denied);
        assert.deepEqual(existsSync(lock.path) ? statSync(lock.path).mtimeMs : 'gone', stays ? 0 : 'gone');
        assert.equal(
          await findOrWork({ ...lock, signal: AbortSignal.timeout(2000) }, () => Promise.resolve('next')),
          'next',
        );
        assert.ok(!existsSync(lock.path));
      });
    }

    it('works without the lock where nobody lives that holds it, but another program does', async () => {
      const path = leaveLock(makeFolder(), 60_000);
      const signal = AbortSignal.timeout(30_000);
      const rows = [{ move: ['EBUSY', always] }, { read: ['EBUSY', always] }, { create: ['EPERM', always] }] as const;
      const disks = rows.map(failures => holdLock(failures).disk);
      const works = disks.map(disk => findOrWork({ path, find: nothing, signal, disk }, () => Promise.resolve('done')));
      assert.deepEqual(await Promise.all(works), ['done', 'done', 'done']);
      assert.equal(readFileSync(path, 'utf8'), 'token of another');
    });

    it('is not opened by those that wait: on Windows that keeps its holder from removing it', async () => {
      const path = leaveLock(makeFolder(), 0);
      const { disk, calls } = holdLock({});
      const signal = abortAfter(150, { kind: 'deadline', seconds: 45 });
      await assert.rejects(
        findOrWork({ path, find: nothing, signal, disk }, () => Promise.resolve('')),
        { code: 'DeadlineExceeded' },
      );
      assert.deepEqual(
        calls.filter(call => !['create', 'touchedMs', 'remove'].includes(call)),
        [],
      );
    });

    it('fails where its folder does not exist, and does not make one', async () => {
      const folder = join(parent, 'missing');
      const wait = findOrWork({ path: join(folder, 'lock'), find: nothing, signal: never }, () => Promise.resolve(''));
      await assert.rejects(wait, { code: 'ENOENT' });
      assert.ok(!existsSync(folder));
    });
  });
});

/** A disk on which another program holds the lock file: the calls named fail so many times as Windows lets them fail. */
function holdLock(failures: Partial<Record<keyof LockDisk, readonly [code: string, times: number]>>) {
  const calls: string[] = [];
  const left = new Map(Object.entries(failures).map(([name, [, times]]) => [name, times]));
  const failing = <A extends readonly unknown[], R>(name: keyof LockDisk, act: (...args: A) => R) => {
    return (...args: A): R => {
      calls.push(name);
      const times = left.get(name) ?? 0;
      left.set(name, times - 1);
      if (times > 0) throw Object.assign(new Error('in use'), { code: failures[name]?.[0] });
      return act(...args);
    };
  };
  const disk: LockDisk = {
    create: failing('create', hostDisk.create),
    read: failing('read', hostDisk.read),
    touchedMs: failing('touchedMs', hostDisk.touchedMs),
    touch: failing('touch', hostDisk.touch),
    move: failing('move', hostDisk.move),
    link: failing('link', hostDisk.link),
    remove: failing('remove', hostDisk.remove),
  };
  return { disk, calls };
}

/** Stops after so many milliseconds, as a step's deadline or a cancel does. */
function abortAfter(delayMs: number, reason: StopReason): AbortSignal {
  const controller = new AbortController();
  setTimeout(() => {
    controller.abort(reason);
  }, delayMs);
  return controller.signal;
}

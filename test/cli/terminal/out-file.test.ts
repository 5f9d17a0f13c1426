import assert from 'node:assert/strict';
import {
  chmodSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { printToFile } from '../../../src/cli/terminal/out-file.ts';
import { offlineOld } from '../company.ts';
import { folder, run } from '../command-line.ts';

const command = ['trust-policy', '--account', '111111111111', ...offlineOld, '--issuer', 'azure-devops'];
const isWindows = process.platform === 'win32';

/** A folder of its own for each case. */
function makeFolder(name: string, mode = 0o755): string {
  const path = join(folder, `out-${name.replace(/\W+/g, '-')}`);
  mkdirSync(path);
  chmodSync(path, mode);
  return path;
}

describe('--out', () => {
  it('writes what would go to stdout, to a file for its owner alone, and names it', async () => {
    const file = join(makeFolder('plain'), 'policy.json');
    const { stdout: expected } = await run(command);
    const { status, stdout, stderr } = await run([...command, '--out', file]);
    assert.deepEqual([status, stdout], [0, '']);
    assert.equal(readFileSync(file, 'utf8'), expected);
    if (!isWindows) assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.ok(stderr.includes(`Written to ${file}: `), stderr);
  });

  it('takes a JSON document, and a path that begins where the command runs', async () => {
    const { stdout: expected } = await run([...command, '--json']);
    await run([...command, '--json', '--out', 'relative.json']);
    assert.equal(readFileSync(join(folder, 'relative.json'), 'utf8'), expected);
  });

  it('replaces a file of the user with --overwrite', async () => {
    const path = join(makeFolder('again'), 'policy.json');
    writeFileSync(path, 'old', { mode: 0o644 });
    const { status } = await run([...command, '--out', path, '--overwrite']);
    assert.equal(status, 0);
    assert.match(readFileSync(path, 'utf8'), /"Version"/);
    if (!isWindows) assert.equal(statSync(path).mode & 0o777, 0o600);
  });

  /** Each makes what stands in the way, and returns the path to give. */
  const refused: readonly { name: string; says: RegExp; posix?: boolean; make: (at: string) => string }[] = [
    {
      name: 'a file that is there',
      says: /the file already exists/,
      make: at => {
        writeFileSync(join(at, 'x'), 'precious');
        return join(at, 'x');
      },
    },
    { name: 'a folder', says: /it is a folder/, make: at => at },
    { name: 'a folder that is not there', says: /its folder does not exist/, make: at => join(at, 'none', 'x') },
    {
      name: 'a link',
      says: /it is a link/,
      posix: true,
      make: at => {
        writeFileSync(join(at, 'target'), 'precious');
        symlinkSync(join(at, 'target'), join(at, 'x'));
        return join(at, 'x');
      },
    },
    {
      name: 'a folder that is a link',
      says: /is a link, not a folder/,
      posix: true,
      make: at => {
        symlinkSync(at, `${at}-link`);
        return join(`${at}-link`, 'x');
      },
    },
    {
      name: 'a folder to which everybody may write',
      says: /others can write to its folder \(mode 0777\)/,
      posix: true,
      make: at => {
        chmodSync(at, 0o777);
        return join(at, 'x');
      },
    },
    {
      name: 'a file where a folder should be',
      says: /the system says ENOTDIR/,
      posix: true,
      make: at => {
        writeFileSync(join(at, 'x'), 'precious');
        return join(at, 'x', 'y', 'z');
      },
    },
    {
      name: 'a name that is too long',
      says: /the system says ENAMETOOLONG/,
      posix: true,
      make: at => join(at, 'x'.repeat(300)),
    },
    { name: 'a device', says: /it is a device/, posix: true, make: () => '/dev/null' },
  ];
  for (const { name, says, posix = false, make } of refused) {
    it(`refuses ${name}, before anything else, and changes nothing`, async function () {
      if (posix && isWindows) this.skip();
      const at = makeFolder(name);
      const path = make(at);
      const before = readdirSync(at);
      const { status, stdout, stderr } = await run([...command, '--out', path]);
      assert.deepEqual([status, stdout], [2, '']);
      assert.match(stderr, /^OutFileRefused: /);
      assert.match(stderr, says);
      assert.deepEqual(readdirSync(at), before);
      for (const one of before) assert.equal(readFileSync(join(at, one), 'utf8'), 'precious');
    });
  }

  it('takes a folder like /tmp, in which nobody replaces what is another user’s', async function () {
    if (isWindows) this.skip();
    const at = makeFolder('sticky', 0o1777);
    assert.equal((await run([...command, '--out', join(at, 'x')])).status, 0);
  });

  it('refuses, with --overwrite too, a file that has a second name', async () => {
    const at = makeFolder('links');
    writeFileSync(join(at, 'x'), 'precious');
    linkSync(join(at, 'x'), join(at, 'y'));
    const { status, stderr } = await run([...command, '--out', join(at, 'x'), '--overwrite']);
    assert.equal(status, 2);
    assert.match(stderr, /second name/);
    assert.equal(readFileSync(join(at, 'y'), 'utf8'), 'precious');
  });

  for (const text of ['', '-'])
    it(`refuses "${text}" as wrong usage`, async () => {
      const { status, stderr } = await run([...command, '--out', text]);
      assert.equal(status, 2);
      assert.match(stderr, /without --out the report goes to stdout/);
    });

  it('is one of the mistakes that are reported at once', async () => {
    const { status, stderr } = await run(['trust-policy', ...offlineOld, '--out', folder]);
    assert.equal(status, 2);
    assert.match(stderr, /OutFileRefused: [^]*--account is missing/);
  });

  it('leaves the file as it was where the command fails, whose failure is told as ever', async () => {
    const path = join(makeFolder('failure'), 'x');
    writeFileSync(path, 'precious');
    const { status, stdout } = await run(['trust-policy', '--json', '--out', path, '--overwrite']);
    assert.equal(status, 2);
    assert.equal((JSON.parse(stdout) as { status: string }).status, 'invalid');
    assert.equal(readFileSync(path, 'utf8'), 'precious');
  });

  it('prints the report where it cannot be written in the end, and says so with exit code 3', () => {
    const at = makeFolder('gone');
    rmSync(at, { recursive: true });
    const file = { path: join(at, 'x'), overwrite: false };
    const printed = printToFile(file, { exit: 0, stdout: 'report\n', stderr: 'Warning: w\n' });
    assert.deepEqual([printed.exit, printed.stdout], [3, 'report\n']);
    assert.match(printed.stderr, /^Warning: w\nOutFileRefused: The report cannot be written to /);
  });

  it('says what to know about the file, in a line without what a log would take for a command', () => {
    const path = join(makeFolder('caution'), '##vso[x]');
    const printed = printToFile({ path, overwrite: false }, { exit: 1, stdout: 'x', stderr: '' }, 'Keep it.');
    assert.deepEqual([printed.exit, printed.stdout], [1, '']);
    assert.match(printed.stderr, /^Written to .*# #vso\[x\]: .*\. Keep it\.\n$/);
  });
});

import assert from 'node:assert/strict';
import { WifError } from '../../../src/errors.ts';
import type { StopReason } from '../../../src/host/stop.ts';
import { findSystemFolder, runCommand, type Command } from '../../../src/host/windows/program.ts';

const usual = 'C:\\Windows\\System32';
const never = new AbortController().signal;

describe('Windows system folder', () => {
  const rows = [
    { name: 'the usual one', there: [`${usual}\\icacls.exe`], systemRoot: undefined, is: usual },
    {
      name: 'the usual one although SystemRoot says another',
      there: [`${usual}\\icacls.exe`, 'D:\\planted\\System32\\icacls.exe'],
      systemRoot: 'D:\\planted',
      is: usual,
    },
    {
      name: 'by SystemRoot where there is no usual one',
      there: ['D:\\WINNT\\System32\\icacls.exe'],
      systemRoot: 'D:\\WINNT',
      is: 'D:\\WINNT\\System32',
    },
  ];
  for (const { name, there, systemRoot, is } of rows) {
    it(`is ${name}`, () => {
      assert.equal(
        findSystemFolder(path => there.includes(path), systemRoot),
        is,
      );
    });
  }

  const refusedRoots = [undefined, '', 'WINNT', '\\\\server\\share', '.\\planted', 'D:\\empty'];
  for (const systemRoot of refusedRoots) {
    it(`is not looked for under SystemRoot ${JSON.stringify(systemRoot)}`, () => {
      const exists = (path: string): boolean => !path.startsWith('C:') && !path.startsWith('D:\\empty');
      assert.throws(() => findSystemFolder(exists, systemRoot), /icacls\.exe is neither in/);
    });
  }
});

describe('command', () => {
  const node = (script: string, ...args: readonly string[]): Command => ({
    file: process.execPath,
    args: ['-e', script, ...args],
    environment: { ONLY: 'this' },
  });

  const words = ['plain', 'with blanks', '$(id)', '; id', '"quoted"', "it's", '*', 'Bürgermeister'];
  it('takes each argument as it is, without a shell', async () => {
    const script = 'process.stdout.write(Buffer.from(JSON.stringify(process.argv.slice(1))))';
    assert.deepEqual(JSON.parse(String(await runCommand(node(script, ...words), never))), words);
  });

  it('gets none of our environment, and nothing to read', async () => {
    process.env['AWS_WIF_TEST_CANARY'] = 'canary';
    try {
      const script = 'process.stdout.write(JSON.stringify([process.env, require("fs").readFileSync(0, "utf8")]))';
      const printed = String(await runCommand(node(script), never));
      assert.match(printed, /"ONLY":"this".*,""\]$/);
      assert.doesNotMatch(printed, /canary/);
    } finally {
      delete process.env['AWS_WIF_TEST_CANARY'];
    }
  });

  const failures = [
    {
      name: 'what it said on stderr',
      command: node('console.error("Access is denied.\\nmore"); process.exit(5)'),
      says: `${process.execPath} failed with exit code 5: Access is denied.`,
    },
    {
      name: 'what it said on stdout, without characters of a code page',
      command: node(
        'process.stdout.write(Buffer.from("Zugriff verweigert: f\\x81r\\r\\n", "latin1")); process.exit(2)',
      ),
      says: `${process.execPath} failed with exit code 2: Zugriff verweigert: f?r`,
    },
    { name: 'its exit code', command: node('process.exit(3)'), says: `${process.execPath} failed with exit code 3` },
    {
      name: 'that it is not there',
      command: { ...node(''), file: '/nowhere/icacls.exe' },
      says: '/nowhere/icacls.exe could not be started: ENOENT',
    },
  ];
  for (const { name, command, says } of failures) {
    it(`fails with ${name}`, async () => {
      await assert.rejects(runCommand(command, never), { message: says });
    });
  }

  const ends: readonly { reason: StopReason; code: string; says: RegExp }[] = [
    {
      reason: { kind: 'deadline', seconds: 60 },
      code: 'DeadlineExceeded',
      says: /The step's 60 s time limit was reached while waiting for the program .*virus scanner.*raise timeoutSeconds/s,
    },
    { reason: { kind: 'canceled', signal: 'SIGINT' }, code: 'Canceled', says: /canceled \(SIGINT\) while waiting for/ },
  ];
  for (const { reason, code, says } of ends) {
    it(`ends with the step: ${code}`, async () => {
      const controller = new AbortController();
      const running = runCommand(node('setInterval(() => {}, 1000)'), controller.signal);
      controller.abort(reason);
      await assert.rejects(running, (thrown: unknown) => {
        assert.ok(thrown instanceof WifError);
        assert.equal(thrown.code, code);
        assert.match(thrown.message, says);
        return true;
      });
    });
  }
});

import assert from 'node:assert/strict';
import { WifError } from '../../../src/errors.ts';
import { isPlainWindowsPath } from '../../../src/handoff/credential-process.ts';
import { shortenPaths } from '../../../src/host/windows/short-path.ts';
import type { Command, WindowsPrograms } from '../../../src/host/windows/program.ts';

const long = 'C:\\Program Files\\nodejs\\node.exe';
const short = 'C:\\PROGRA~1\\nodejs\\node.exe';
const foreign = 'C:\\Büro-Ägent\\node.exe';
const utf16 = (text: string): Buffer => Buffer.from(text, 'utf16le');

/** What cmd.exe prints for one path, and what is to be written into the profile. */
const rows: readonly { name: string; path: string; answer: Buffer; expected: string }[] = [
  { name: 'blanks', path: long, answer: utf16(`${short}\r\n`), expected: short },
  { name: 'umlauts', path: foreign, answer: utf16('C:\\BRO-GE~1\\node.exe\r\n'), expected: 'C:\\BRO-GE~1\\node.exe' },
  { name: 'parentheses', path: 'C:\\agent(1)\\n', answer: utf16('C:\\AGENT_~1\\n\r\n'), expected: 'C:\\AGENT_~1\\n' },
  ...['%PATH%', '100%', 'a!b', 'a^b', 'a&b', "it's", 'a;b', 'a,b', 'a=b', '会社'].map(part => ({
    name: part,
    path: `C:\\${part}\\n`,
    answer: utf16('C:\\SHORT~1\\n\r\n'),
    expected: 'C:\\SHORT~1\\n',
  })),
  { name: 'blanks, by a cmd.exe that prints bytes', path: long, answer: Buffer.from(`${short}\r\n`), expected: short },
];

/** The path comes back as it was, for the caller to refuse it. */
const kept: readonly { name: string; path: string; answer: Buffer; isSame?: boolean }[] = [
  { name: 'the volume has no short names', path: long, answer: utf16(`${long}\r\n`) },
  { name: 'the short name has an umlaut, in UTF-16', path: foreign, answer: utf16('C:\\BÜRO-Ä~1\\node.exe\r\n') },
  { name: 'it has one, in UTF-8', path: foreign, answer: Buffer.from('C:\\BÜRO-Ä~1\\node.exe\r\n') },
  {
    name: 'it has one, in the OEM code page',
    path: foreign,
    answer: Buffer.from('C:\\B\x9aRO-\x8e~1\\n\r\n', 'latin1'),
  },
  { name: 'it has one, in the ANSI code page', path: foreign, answer: Buffer.from('C:\\BÜRO-Ä~1\\n\r\n', 'latin1') },
  {
    name: 'a code page had no letter for it',
    path: foreign,
    answer: Buffer.from('C:\\B?RO-?~1\\n\r\n'),
    isSame: false,
  },
  { name: 'the short name leads elsewhere', path: long, answer: utf16(`${short}\r\n`), isSame: false },
  { name: 'nothing is printed', path: long, answer: Buffer.alloc(0) },
  { name: 'a message is printed', path: long, answer: Buffer.from('Access is denied.\r\n') },
];

function answering(answer: Buffer, ran: Command[] = []): WindowsPrograms {
  return {
    locate: program => `C:\\Windows\\System32\\${program}`,
    run: command => {
      ran.push(command);
      return Promise.resolve(answer);
    },
  };
}

describe('host/windows/short-path', () => {
  for (const { name, path, answer, expected } of rows) {
    it(`is the short form of a path with ${name}`, async () => {
      assert.deepEqual(await shortenPaths([path], isPlainWindowsPath, answering(answer), () => true), [expected]);
    });
  }

  for (const { name, path, answer, isSame = true } of kept) {
    it(`is the path itself where ${name}`, async () => {
      assert.deepEqual(await shortenPaths([path], isPlainWindowsPath, answering(answer), () => isSame), [path]);
    });
  }

  it('runs nothing where all paths are plain', async () => {
    const ran: Command[] = [];
    const plain = ['C:\\agent\\node.exe', 'D:\\a\\_temp', '\\\\server\\share\\a'];
    assert.deepEqual(await shortenPaths(plain, isPlainWindowsPath, answering(Buffer.alloc(0), ran)), plain);
    assert.deepEqual(ran, []);
  });

  it('asks one cmd.exe for all paths, in quotes, and with a percent sign in its environment', async () => {
    const ran: Command[] = [];
    const answer = utf16(`${short}\r\nC:\\BRO-GE~1\r\n`);
    const paths = [long, 'C:\\plain', 'C:\\Büro & %PATH%'];
    const found = await shortenPaths(paths, isPlainWindowsPath, answering(answer, ran), () => true);
    assert.deepEqual(found, [short, 'C:\\plain', 'C:\\BRO-GE~1']);
    assert.deepEqual(ran, [
      {
        file: 'C:\\Windows\\System32\\cmd.exe',
        args: ['/d', '/u', '/e:on', '/v:off', '/c', `for %I in ("${long}" "%AWS_WIF_PATH_1%") do @echo %~sI`],
        environment: { AWS_WIF_PATH_1: 'C:\\Büro & %PATH%' },
        isVerbatim: true,
      },
    ]);
  });

  for (const character of ['"', '\n', '\0']) {
    it(`does not ask for a path with ${JSON.stringify(character)}`, async () => {
      const ran: Command[] = [];
      const path = `C:\\a ${character}b`;
      const found = await shortenPaths(
        [path],
        isPlainWindowsPath,
        answering(utf16('C:\\WRONG~1\r\n'), ran),
        () => true,
      );
      assert.deepEqual([found, ran], [[path], []]);
    });
  }

  it('says why cmd.exe could not be asked', async () => {
    const run = () => Promise.reject(new Error('C:\\Windows\\System32\\cmd.exe could not be started: EPERM'));
    const asked = shortenPaths([long], isPlainWindowsPath, { ...answering(Buffer.alloc(0)), run });
    await assert.rejects(asked, (thrown: unknown) => {
      assert.ok(thrown instanceof WifError);
      assert.equal(thrown.code, 'CommandLineRefused');
      assert.match(
        thrown.message,
        /Program Files.* but cmd\.exe could not provide it: .*could not be started: EPERM\./s,
      );
      return true;
    });
  });
});

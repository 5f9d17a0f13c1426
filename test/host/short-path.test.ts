import assert from 'node:assert/strict';
import { shortenPath } from '../../src/host/short-path.ts';

const short = 'C:\\PROGRA~1\\nodejs\\node.exe';
const long = 'C:\\Program Files\\nodejs\\node.exe';

const rows = [
  { name: 'a path with blanks is shortened', path: long, platform: 'win32', answer: `${short}\r\n`, expected: short },
  {
    name: 'a path without blanks is not asked for',
    path: 'C:\\agent\\node.exe',
    platform: 'win32',
    answer: 'wrong',
    expected: 'C:\\agent\\node.exe',
  },
  {
    name: 'nothing is shortened on Linux',
    path: '/opt/my agent/node',
    platform: 'linux',
    answer: 'wrong',
    expected: '/opt/my agent/node',
  },
  {
    name: 'nothing is shortened on macOS',
    path: '/Users/my agent/node',
    platform: 'darwin',
    answer: 'wrong',
    expected: '/Users/my agent/node',
  },
  {
    name: 'a volume without short names keeps the path',
    path: long,
    platform: 'win32',
    answer: `${long}\r\n`,
    expected: long,
  },
  { name: 'an empty answer keeps the path', path: long, platform: 'win32', answer: '', expected: long },
  {
    name: 'an answer that is no path keeps the path',
    path: long,
    platform: 'win32',
    answer: 'Access is denied.',
    expected: long,
  },
  ...['"', '%', '!', '^', '&', '|', '<', '>', '\n'].map(character => ({
    name: `a path with ${JSON.stringify(character)} is not handed to cmd.exe`,
    path: `C:\\my agent${character}\\node.exe`,
    platform: 'win32',
    answer: 'C:\\WRONG~1',
    expected: `C:\\my agent${character}\\node.exe`,
  })),
];

describe('host/short-path', () => {
  for (const { name, path, platform, answer, expected } of rows) {
    it(name, () => {
      assert.equal(
        shortenPath(path, platform, () => answer),
        expected,
      );
    });
  }

  it('asks the full path of cmd.exe, without delayed expansion or AutoRun', () => {
    const asked: unknown[] = [];
    shortenPath(long, 'win32', (file, args) => {
      asked.push(file, args);
      return short;
    });
    assert.deepEqual(asked, [
      'C:\\Windows\\System32\\cmd.exe',
      ['/d', '/v:off', '/c', `for %I in ("${long}") do @echo %~sI`],
    ]);
  });

  it('keeps the path where cmd.exe cannot be run', () => {
    const refuse = (): string => {
      throw new Error('ENOENT');
    };
    assert.equal(shortenPath(long, 'win32', refuse), long);
  });
});

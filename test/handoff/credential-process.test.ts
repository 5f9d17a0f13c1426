import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  isRenewed,
  judgeFreshness,
  printCredentials,
  writeCommandLine,
  type HelperCall,
} from '../../src/handoff/credential-process.ts';
import type { CachedSession } from '../../src/handoff/session-cache.ts';
import type { Moment } from '../../src/session/life.ts';
import type { WifError } from '../../src/errors.ts';
import { Secret } from '../../src/secret.ts';
import { scaleRuns } from '../hardness/fuzz/check.ts';

const id = '0123456789abcdef.12';

function callOf(path: string): HelperCall {
  return { node: path, script: path, state: path, id };
}

/** Written as they are. */
const plainPosixPaths = ['/usr/bin/node', '/home/agent/_work/_temp/aws-0123/refresh-0123', '/opt/a+b/node'];

/** Written as they are, in single quotes. */
const posixPaths = [
  '/opt/größe+1/node',
  '/opt/agents/a 1/node',
  '/opt/agents/a  1/node',
  '/Users/me/Azure Pipelines/externals/node24/bin/node',
  '/opt/"quoted"/node',
  '/opt/$HOME/node',
  '/opt/`id`/node',
  '/opt/$(id)/node',
  '/opt/a&b/node',
  '/opt/a|b/node',
  '/opt/a;b/node',
  '/opt/a#b/node',
  '/opt/a\\b/node',
  '/opt/a\\',
  '/opt/!1/node',
  '/opt/%PATH%/node',
  '/opt/*/node',
  '/opt/~/node',
  '/opt/{a,b}/node',
  '/opt/(x86)/node',
  '/opt/<a>/node',
  '/opt/größe/node',
  '/opt/会社/node',
  '/opt/=/node',
];

const noPosixPaths = [
  "'",
  "/opt/it's/node",
  "/opt/'; id; '/node",
  "/opt/a'",
  "'/opt/a",
  '/opt/a\nb/node',
  '/opt/a\n',
  '\n/opt/a',
  '/opt/a\rb/node',
  '/opt/a\r\nb/node',
  '/opt/a\u0000b/node',
  '/opt/a\tb/node',
  '/opt/a\u001b[31m/node',
  '/opt/a\u0007b/node',
  '/opt/a\u007fb/node',
  '/opt/a\u0085b/node',
  '/opt/a\u009bb/node',
  // AWS SDKs for JavaScript and Go see a comment begin in these.
  '/opt/agent #1/node',
  '/opt/agent ;1/node',
  '/opt/a #/node',
  '/opt/a ;/node',
];

const windowsPaths = [
  { path: 'C:\\agents\\a1\\node.exe', written: 'C:/agents/a1/node.exe' },
  { path: 'C:/agents/a1/node.exe', written: 'C:/agents/a1/node.exe' },
  { path: 'C:\\PROGRA~1\\nodejs\\node.exe', written: 'C:/PROGRA~1/nodejs/node.exe' },
  { path: 'D:\\a\\_temp\\aws-0123\\refresh-0123', written: 'D:/a/_temp/aws-0123/refresh-0123' },
  { path: 'D:\\a\\_tasks\\X_0123-4567\\1.0.0\\x.js', written: 'D:/a/_tasks/X_0123-4567/1.0.0/x.js' },
  { path: 'c:\\a\\b', written: 'c:/a/b' },
  { path: '\\\\server\\share\\node.exe', written: '//server/share/node.exe' },
  { path: 'C:\\a.b\\c', written: 'C:/a.b/c' },
  { path: 'C:\\a-b\\c', written: 'C:/a-b/c' },
  { path: 'C:\\a_b\\c', written: 'C:/a_b/c' },
  { path: 'C:\\a+b\\c', written: 'C:/a+b/c' },
  { path: 'C:\\a@b\\c', written: 'C:/a@b/c' },
  { path: 'C:\\a#b\\c', written: 'C:/a#b/c' },
  { path: 'C:\\a~b\\c', written: 'C:/a~b/c' },
  { path: 'C:\\a$b\\c', written: 'C:/a$b/c' },
  { path: 'C:\\a[b]\\c', written: 'C:/a[b]/c' },
  { path: 'C:\\a{b}\\c', written: 'C:/a{b}/c' },
  { path: 'C:\\a\\\\b', written: 'C:/a//b' },
  { path: 'E:\\', written: 'E:/' },
];

const noWindowsPaths = [
  'C:\\größe\\c',
  'C:\\Büro-Ägent\\node.exe',
  'C:\\会社\\c',
  'C:\\B\uFFFDRO-~1\\c',
  'C:\\Program Files\\nodejs\\node.exe',
  'C:\\Program Files (x86)\\node.exe',
  'C:\\agents\\a 1',
  'C:\\agents\\a\t1',
  'C:\\agents\\a\n1',
  'C:\\agents\\a\r1',
  'C:\\agents\\a\u00a01',
  'C:\\agents\\a\u30001',
  'C:\\%PATH%\\node.exe',
  'C:\\100%\\node.exe',
  'C:\\a!b\\node.exe',
  'C:\\a^b\\node.exe',
  'C:\\a&b\\node.exe',
  'C:\\a&calc&\\node.exe',
  'C:\\a|b\\node.exe',
  'C:\\a"b\\node.exe',
  '"C:\\a\\node.exe"',
  "C:\\a'b\\node.exe",
  'C:\\a<b\\node.exe',
  'C:\\a>b\\node.exe',
  'C:\\a(b\\node.exe',
  'C:\\a;b\\node.exe',
  'C:\\a,b\\node.exe',
  'C:\\a=b\\node.exe',
  'C:\\a\u0000b\\node.exe',
];

const noIds = [
  '',
  'network',
  '0123456789abcdef',
  '0123456789abcdef.',
  '0123456789abcdef.x',
  '0123456789ABCDEF.1',
  '0123456789abcdef.1 ; id',
  '0123456789abcdef.1\n',
  '0123456789abcdef.1000000',
  '../0123456789abcdef.1',
  '$(id).1',
];

const secrets = {
  accessKeyId: 'ASIACANARY0000000000',
  secretAccessKey: 'canary/secret+access"key\\',
  sessionToken: 'canary-session-token==',
};

const minute = 60_000;

function momentOf(hostMs: number, sinceBootMs = hostMs): Moment {
  return { hostMs, sinceBootMs };
}

/** A session that was asked for at that time and lives so many milliseconds. */
function sessionOf(lastsMs: number, hostMs = 0): CachedSession {
  return {
    keys: {
      accessKeyId: new Secret(secrets.accessKeyId),
      secretAccessKey: new Secret(secrets.secretAccessKey),
      sessionToken: new Secret(secrets.sessionToken),
    },
    life: { opened: momentOf(hostMs), lastsMs },
  };
}

/** An hour is printed as 55 minutes, and due 15 minutes before; a quarter of an hour as ten, and due five before. */
const windows = [
  { life: 60, at: 0, is: 'fresh' },
  { life: 60, at: 39.9, is: 'fresh' },
  { life: 60, at: 40, is: 'due' },
  { life: 60, at: 54, is: 'due' },
  { life: 60, at: 59.9, is: 'due' },
  { life: 60, at: 60, is: 'over' },
  { life: 60, at: 600, is: 'over' },
  { life: 720, at: 699.9, is: 'fresh' },
  { life: 720, at: 700, is: 'due' },
  { life: 45, at: 24.9, is: 'fresh' },
  { life: 45, at: 25, is: 'due' },
  { life: 30, at: 14.9, is: 'fresh' },
  { life: 30, at: 15, is: 'due' },
  { life: 15, at: 0, is: 'fresh' },
  { life: 15, at: 4.9, is: 'fresh' },
  { life: 15, at: 5, is: 'due' },
  { life: 15, at: 14.9, is: 'due' },
  { life: 15, at: 15, is: 'over' },
] as const;

const printed = [
  { life: 60, at: 0, end: 55 },
  { life: 60, at: 54.9, end: 55 },
  { life: 60, at: 55.1, end: 60 },
  { life: 60, at: 59.9, end: 60 },
  { life: 15, at: 0, end: 10 },
  { life: 15, at: 9.9, end: 10 },
  { life: 15, at: 12, end: 15 },
];

describe('handoff/credential-process', () => {
  describe('the command line holds only paths and a generated id', () => {
    for (const platform of ['linux', 'darwin']) {
      describe(`${platform}: each path as it is or in single quotes; one with a single quote or a newline is refused`, () => {
        for (const path of [...plainPosixPaths, ...posixPaths]) {
          it(`writes ${path}`, () => {
            const written = plainPosixPaths.includes(path) ? path : `'${path}'`;
            assert.equal(writeCommandLine(callOf(path), platform), `${written} ${written} ${written} ${id}`);
          });
        }

        for (const path of noPosixPaths) {
          it(`refuses ${JSON.stringify(path)}`, () => {
            assert.throws(() => writeCommandLine(callOf(path), platform), {
              code: 'CommandLineRefused',
              message: /no AWS SDK could run the helper.*refreshCredentials to false/s,
            });
          });
        }
      });
    }

    describe('win32: no quotes, forward slashes; whitespace and what cmd.exe takes apart are refused', () => {
      for (const { path, written } of windowsPaths) {
        it(`writes ${path} as ${written}`, () => {
          assert.equal(writeCommandLine(callOf(path), 'win32'), `${written} ${written} ${written} ${id}`);
        });
      }

      for (const path of noWindowsPaths) {
        it(`refuses ${JSON.stringify(path)}`, () => {
          assert.throws(() => writeCommandLine(callOf(path), 'win32'), {
            code: 'CommandLineRefused',
            message: /no AWS SDK could run the helper.*refreshCredentials to false/s,
          });
        });
      }
    });

    for (const part of ['node', 'script', 'state'] as const) {
      it(`refuses a wrong path in the place of ${part} alone`, () => {
        const call = { ...callOf('/opt/a'), [part]: "/opt/it's" };
        assert.throws(() => writeCommandLine(call, 'linux'), { code: 'CommandLineRefused', message: /it's/ });
      });
    }

    for (const wrong of noIds) {
      it(`takes no id that was not generated: ${JSON.stringify(wrong)}`, () => {
        for (const platform of ['linux', 'win32']) {
          assert.throws(() => writeCommandLine({ ...callOf('/opt/a'), id: wrong }, platform), {
            name: 'TypeError',
            message: /generated/,
          });
        }
      });
    }

    it('gives a shell back every path that it writes, whatever the path', () => {
      fc.assert(
        fc.property(
          fc.string({ minLength: 1, unit: 'grapheme' }).filter(path => !/^\/[\w./+-]+$/.test(path)),
          path => {
            try {
              const line = writeCommandLine(callOf(path), 'linux');
              const [, node, script, state, last, ...more] = /^'([^']*)' '([^']*)' '([^']*)' (\S+)$/.exec(line) ?? [];
              assert.deepEqual([node, script, state, last, more], [path, path, path, id, []]);
            } catch (thrown) {
              assert.match(String(thrown), /CommandLineRefused/);
            }
          },
        ),
        scaleRuns(3),
      );
    });
  });

  describe('a new session is opened when less than 15 minutes, or a third of a shorter session, remain before the printed end', () => {
    for (const { life, at, is } of windows) {
      for (const start of [0, 1_790_000_000_000]) {
        it(`takes a session of ${life} minutes for ${is} after ${at} (from ${start})`, () => {
          assert.equal(judgeFreshness(sessionOf(life * minute, start), momentOf(start + at * minute)), is);
        });
      }
    }

    it('is due where the clock was set back since, and over where the machine was started again', () => {
      const session = sessionOf(60 * minute, 120 * minute);
      assert.equal(judgeFreshness(session, momentOf(minute, 121 * minute)), 'due');
      assert.equal(judgeFreshness(session, momentOf(121 * minute, minute)), 'over');
    });
  });

  describe('a caller that waited has what another process opened', () => {
    const began = momentOf(100 * minute);
    const rows = [
      { name: 'one that is fresh', life: 60, opened: momentOf(90 * minute), is: true },
      { name: 'one that is due, opened since', life: 6, opened: momentOf(101 * minute), is: true },
      { name: 'one that is due, opened before', life: 40, opened: momentOf(80 * minute), is: false },
      { name: 'one that is over, opened since', life: 1, opened: momentOf(100 * minute), is: false },
      {
        name: 'one by a clock that was set back since',
        life: 60,
        opened: momentOf(200 * minute, 90 * minute),
        is: false,
      },
    ];
    for (const { name, life, opened, is } of rows) {
      it(`${is ? 'takes' : 'does not take'} ${name}`, () => {
        const cached = { ...sessionOf(life * minute), life: { opened, lastsMs: life * minute } };
        assert.equal(isRenewed(cached, began, momentOf(102 * minute)), is);
      });
    }
  });

  describe('credential_process JSON version 1', () => {
    for (const { life, at, end } of printed) {
      it(`prints an end after ${end} minutes for a session of ${life} after ${at}`, () => {
        assert.deepEqual(JSON.parse(printCredentials(sessionOf(life * minute), momentOf(at * minute))), {
          Version: 1,
          AccessKeyId: secrets.accessKeyId,
          SecretAccessKey: secrets.secretAccessKey,
          SessionToken: secrets.sessionToken,
          Expiration: new Date(end * minute).toISOString(),
        });
      });
    }

    it('counts the rest of a session from what the clock shows now, wherever that was set to', () => {
      const { Expiration } = JSON.parse(
        printCredentials(sessionOf(60 * minute, 600 * minute), momentOf(10 * minute, 620 * minute)),
      ) as { Expiration: string };
      assert.equal(Expiration, new Date((10 + 60 - 20 - 5) * minute).toISOString());
    });

    for (const at of [60, 61, 600]) {
      it(`prints no session of 60 minutes after ${at}, and no key in the error`, () => {
        assert.throws(
          () => printCredentials(sessionOf(60 * minute), momentOf(at * minute)),
          (error: WifError) => error.code === 'StsAnswerUnreadable' && !/canary/i.test(error.message),
        );
      });
    }

    it('is one line', () => {
      assert.doesNotMatch(printCredentials(sessionOf(minute), momentOf(0)), /\n/);
    });

    it('names the account, for account endpoints', () => {
      const cached = { ...sessionOf(60 * minute), accountId: '111111111111' };
      const printed = JSON.parse(printCredentials(cached, momentOf(0))) as { readonly AccountId?: string };
      assert.equal(printed.AccountId, '111111111111');
    });
  });
});

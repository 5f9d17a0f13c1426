import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findOwnProfiles } from '../../src/host/own-profiles.ts';
import { makeScratchFolder } from '../harness/scratch-folder.ts';

type Kind = Parameters<typeof findOwnProfiles>[0];

const texts: readonly (readonly [kind: Kind, text: string, found: boolean])[] = [
  ['config', '[default]\nregion = eu-west-1\n', true],
  ['config', '# ours\n\n  [profile legacy]\n', true],
  ['config', '\ufeff\n[ default ]\r\n', true],
  ['config', '\ufeff[default]\r\n', true],
  ['config', '', false],
  ['config', '[sso-session corp]\n[services local]\n[plugins]\n', false],
  ['config', '# [default]\n', false],
  ['config', 'x'.repeat(70_000) + '\n[default]\n', false],
  ['credentials', '[legacy]\naws_access_key_id = AKIA\n', true],
  ['credentials', '\ufeff[legacy]\n', true],
  ['credentials', '# [legacy]\n', false],
  ['credentials', '\u0000\u0001', false],
];

function makeHome(): string {
  const home = makeScratchFolder('home');
  mkdirSync(join(home, '.aws'));
  return home;
}

describe('host/own-profiles', () => {
  for (const [kind, text, found] of texts) {
    it(`${found ? 'finds' : 'finds no'} profiles in ${kind} ${JSON.stringify(text.slice(0, 30))}`, () => {
      const home = makeHome();
      writeFileSync(join(home, '.aws', kind), text);
      assert.equal(
        findOwnProfiles(kind, () => home),
        found ? join(home, '.aws', kind) : undefined,
      );
    });
  }

  const stands: readonly (readonly [string, (path: string) => void])[] = [
    ['nothing', () => undefined],
    [
      'a folder',
      path => {
        mkdirSync(path);
      },
    ],
    [
      'a link to nothing',
      path => {
        symlinkSync('/nowhere', path);
      },
    ],
    ['a pipe, without waiting for its other end', path => spawnSync('mkfifo', [path])],
    [
      'a device',
      path => {
        symlinkSync('/dev/zero', path);
      },
    ],
  ];
  for (const [name, put] of stands) {
    it(`finds none where there is ${name}`, function () {
      if (process.platform === 'win32') {
        console.log(`    *** SKIPPED: ${this.test?.title ?? ''}: Windows has no pipes and devices like these ***`);
        return this.skip();
      }
      const home = makeHome();
      put(join(home, '.aws', 'config'));
      assert.equal(
        findOwnProfiles('config', () => home),
        undefined,
      );
    });
  }

  it('finds none in a file that it may not read, and none without a home folder', function () {
    const home = makeHome();
    const path = join(home, '.aws', 'config');
    writeFileSync(path, '[default]\n');
    chmodSync(path, 0);
    assert.equal(
      findOwnProfiles('config', () => '/nowhere'),
      undefined,
    );
    // The superuser and Windows read it all the same.
    if (process.getuid?.() !== 0 && process.platform !== 'win32') {
      assert.equal(
        findOwnProfiles('config', () => home),
        undefined,
      );
    }
  });

  it('finds none for a user without a home folder, where Node throws', () => {
    const throwing = () => {
      throw new Error('uv_os_homedir returned ENOENT');
    };
    assert.equal(findOwnProfiles('config', throwing), undefined);
  });
});

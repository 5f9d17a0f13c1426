import assert from 'node:assert/strict';
import { chownSync, linkSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { openScene, type Scene } from './scene.ts';
import { resetScene } from './task-run.ts';
import { packFirst } from './temp-files.ts';

/** Somebody's folder with a file, which nothing may write to, read through or remove by way of a link. */
export interface Victim {
  readonly folder: string;
  readonly file: string;
  readonly checkUntouched: () => void;
  readonly remove: () => void;
}

const text = '[default]\naws_access_key_id = AKIAPRECIOUSPRECIOUS\n';

export function makeVictim(): Victim {
  const folder = mkdtempSync(join(tmpdir(), 'aws-assume-role-wif-victim-'));
  const file = join(folder, 'credentials');
  writeFileSync(file, text, { mode: 0o600 });
  return {
    folder,
    file,
    checkUntouched: () => {
      assert.equal(readFileSync(file, 'utf8'), text);
    },
    remove: () => {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Puts something at a path, which leads to the victim if it can. */
export type Plant = (path: string, victim: Victim) => void;

/** What may stand where a file of the task's ought to be; all are put there again. */
export const wrongFiles: Readonly<Record<string, Plant>> = {
  'a link': (path, { file }) => {
    symlinkSync(file, path);
  },
  'a link to nothing': (path, { folder }) => {
    symlinkSync(join(folder, 'nothing'), path);
  },
  'a hard link': (path, { file }) => {
    linkSync(file, path);
  },
  'a folder': path => {
    mkdirSync(path, { mode: 0o700 });
  },
  'a pipe': path => {
    assert.equal(spawnSync('mkfifo', ['-m', '600', path]).status, 0);
  },
  'a file that others may read': path => {
    writeFileSync(path, text, { mode: 0o644 });
  },
  ...(process.getuid?.() === 0 ? { "another user's file": plantOthersFile } : {}),
};

function plantOthersFile(path: string): void {
  writeFileSync(path, text, { mode: 0o600 });
  chownSync(path, 65_534, 65_534);
}

/** Gives the tests of a suite a scene that is as new for each of them, and a victim of its own. Loudly skips Windows. */
export function useVictim(what: string, give: (scene: Scene, victim: Victim) => void): void {
  let scene: Scene;
  let victim: Victim;

  before(async function () {
    if (process.platform === 'win32') {
      console.log(`*** SKIPPED: ${what} files: modes, owners and links of Linux and macOS ***`);
      this.skip();
    }
    packFirst();
    scene = await openScene();
    victim = makeVictim();
    give(scene, victim);
  });

  beforeEach(() => {
    resetScene(scene);
    victim.remove();
    victim = makeVictim();
    give(scene, victim);
  });

  after(async () => {
    victim.remove();
    await scene.close();
  });
}

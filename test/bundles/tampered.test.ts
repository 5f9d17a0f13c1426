import assert from 'node:assert/strict';
import {
  appendFileSync,
  chmodSync,
  cpSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { makeScratchFolder } from '../harness/scratch-folder.ts';
import type { Job, StepResult } from '../harness/types.ts';
import { cleanUp, readUse } from './post-job.ts';
import { type Scene } from './scene.ts';
import { runStep, runTask } from './task-run.ts';
import { isLeftToAgent, jobFolder } from './temp-files.ts';
import { useVictim, wrongFiles, type Plant, type Victim } from './victim.ts';

/** What somebody does to the job's folder between the step and its post-job part. */
const deeds: Readonly<Record<string, Plant>> = {
  'removed the folder': folder => {
    rmSync(folder, { recursive: true });
  },
  'opened the folder to others': folder => {
    chmodSync(folder, 0o777);
  },
  'took all rights from the folder': folder => {
    chmodSync(folder, 0);
  },
  'put a link in the place of the folder': (folder, victim) => {
    rmSync(folder, { recursive: true });
    symlinkSync(victim.folder, folder);
  },
  'put a file in the place of the folder': folder => {
    rmSync(folder, { recursive: true });
    writeFileSync(folder, 'x');
  },
  'put a copy in the place of the folder': folder => {
    renameSync(folder, `${folder}.old`);
    mkdirSync(folder, { mode: 0o700 });
    renameSync(join(`${folder}.old`, 'credentials'), join(folder, 'credentials'));
    rmSync(`${folder}.old`, { recursive: true });
  },
  'put folders with links into the folder': (folder, victim) => {
    mkdirSync(join(folder, 'a/b'), { recursive: true });
    symlinkSync(victim.folder, join(folder, 'a/b/link'));
    symlinkSync(victim.file, join(folder, 'a/file'));
  },
  'left half a file': folder => {
    writeFileSync(join(folder, '.0123456789abcdef01234567.partial'), 'aws_secret_access_key = ', { mode: 0o600 });
  },
  'wrote a profile with another tool': folder => {
    appendFileSync(join(folder, 'credentials'), '[mine]\naws_access_key_id = AKIAMINEMINEMINEMINE\n');
  },
  'wrote a setting with another tool': folder => {
    appendFileSync(join(folder, 'config'), 'output = json\n');
  },
  'made the config file unreadable': folder => {
    writeFileSync(join(folder, 'config'), '\0\0\0');
  },
  ...Object.fromEntries(Object.entries(wrongFiles).map(replaceFile)),
};

/** Either file in turn; test/host/private-folder.test.ts and test/handoff/cleanup.test.ts have all of them. */
function replaceFile([name, plant]: readonly [string, Plant], index: number): readonly [string, Plant] {
  const file = index % 2 === 0 ? 'config' : 'credentials';
  const replace: Plant = (folder, victim) => {
    rmSync(join(folder, file));
    plant(join(folder, file), victim);
  };
  return [`put ${name} in the place of ${file}`, replace];
}

describe('bundles/tampered', () => {
  let scene: Scene;
  let victim: Victim;
  let job: Job;
  let steps: readonly StepResult[];
  let saved = '';

  useVictim('tampered', (opened, made) => {
    [scene, victim] = [opened, made];
  });

  /** Two uses write the folder once; each test has it as they left it. */
  before(async () => {
    const run = await runTask(scene, { inputs: { refreshCredentials: 'true' } });
    ({ job } = run);
    steps = [run.step, await runStep(scene, job, { inputs: { variablePrefix: 'OTHER_' }, step: { refName: 'other' } })];
    for (const { result, log } of steps) assert.equal(result, 'Succeeded', log.join('\n'));
    saved = join(makeScratchFolder('saved'), 'folder');
    renameSync(jobFolder(job), saved);
  });

  for (const [name, tamper] of Object.entries(deeds)) {
    it(`is cleared away where somebody ${name}`, async () => {
      cpSync(saved, jobFolder(job), { recursive: true });
      tamper(jobFolder(job), victim);
      for (const step of steps.toReversed()) await cleanUp(job, step, readUse(step));
      assert.deepEqual(
        job.listTempDirectory().filter(path => !isLeftToAgent(path)),
        [],
      );
      victim.checkUntouched();
      assert.deepEqual(readdirSync(victim.folder), ['credentials']);
    });
  }
});

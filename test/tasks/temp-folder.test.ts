import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, realpathSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import {
  findTempFolder,
  requireTempFolder,
  warnOfOpenFolder,
} from '../../tasks/AWSAssumeRoleWIF/AWSAssumeRoleWIFV1/temp-folder.ts';
import { makeScratchFolder } from '../harness/scratch-folder.ts';

function makeWork() {
  const work = realpathSync(makeScratchFolder('work'));
  for (const name of ['_tasks', '_temp', '_temp/evil', 'evil']) mkdirSync(join(work, name));
  return { work, temp: join(work, '_temp'), script: join(work, '_tasks', 'AWSAssumeRoleWIF_id', '1.0.0', 'main.js') };
}

const stated = (value: string, ...names: readonly string[]) => ({ value, names });

describe('tasks/temp-folder', () => {
  it('is the _temp beside the _tasks that our own file is in', () => {
    const { temp, script } = makeWork();
    assert.equal(findTempFolder([script]), temp);
    assert.equal(findTempFolder(['/elsewhere/main.js', script]), temp);
  });

  it('is none where no agent has put the file there', () => {
    const { work } = makeWork();
    const others = ['/main.js', join(work, 'tasks/a/1/main.js'), join(work, 'evil/_tasks/a/1/main.js'), undefined];
    for (const script of others) assert.equal(findTempFolder([script]), undefined);
  });

  it('is taken where Agent.TempDirectory is the same folder, by a link too, or is not set', () => {
    const { work, temp } = makeWork();
    symlinkSync(temp, join(work, 'link'), 'junction');
    for (const value of [temp, `${temp}/`, join(work, 'link'), join(work, 'evil/../_temp')]) {
      assert.equal(requireTempFolder(temp, stated(value, 'Agent.TempDirectory', 'AGENT_TEMPDIRECTORY')), temp);
    }
    assert.equal(requireTempFolder(temp, undefined), temp);
  });

  it('is refused where Agent.TempDirectory is another folder or none', () => {
    const { work, temp } = makeWork();
    for (const value of [join(work, 'evil'), join(temp, 'evil'), work, join(work, 'missing'), '.', 'x']) {
      assert.throws(() => requireTempFolder(temp, stated(value, 'Agent.TempDirectory', 'AGENT_TEMPDIRECTORY')), {
        code: 'FilesRefused',
        message: /"Agent\.TempDirectory" and "AGENT_TEMPDIRECTORY".+Nothing was written/,
      });
    }
    assert.throws(() => requireTempFolder(undefined, stated(temp)), { code: 'FilesRefused' });
  });

  it('is warned of where every user may write there, without the sticky bit', function () {
    if (process.platform === 'win32') {
      console.log('*** SKIPPED: Windows has no modes; a folder open to every user was not tried ***');
      return this.skip();
    }
    const { temp } = makeWork();
    const modes = [0o700, 0o755, 0o775, 0o1777, 0o777, 0o702];
    const open = modes.map(mode => {
      chmodSync(temp, mode);
      return warnOfOpenFolder(temp) !== undefined;
    });
    assert.deepEqual(open, [false, false, false, false, true, true]);
    assert.match(warnOfOpenFolder(temp) ?? '', /writable for every user/);
  });
});

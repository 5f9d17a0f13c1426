import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { strToU8, zipSync } from 'fflate';

import { unpackVsix } from './vsix.ts';

describe('harness: unpacking a .vsix', () => {
  const root = mkdtempSync(join(tmpdir(), 'vsix-'));
  after(() => {
    rmSync(root, { recursive: true, force: true });
  });

  const pack = (name: string, files: Readonly<Record<string, string>>) => {
    const entries = Object.entries(files).map(([path, text]) => [path, strToU8(text)] as const);
    writeFileSync(join(root, name), zipSync(Object.fromEntries(entries)));
    return join(root, name);
  };

  it('finds the tasks', () => {
    const vsix = pack('a.vsix', {
      'extension.vsomanifest': '{}',
      'Task/V1/task.json': '{"name":"x"}',
      'Task/V1/main.js': '',
    });
    const { files, taskDirectories } = unpackVsix(vsix, join(root, 'a'));
    assert.deepEqual(files, ['Task/V1/main.js', 'Task/V1/task.json', 'extension.vsomanifest']);
    assert.deepEqual(taskDirectories, [join(root, 'a', 'Task', 'V1')]);
    assert.equal(readFileSync(join(root, 'a', 'Task', 'V1', 'task.json'), 'utf8'), '{"name":"x"}');
  });

  it('refuses entries outside of the folder', () => {
    assert.throws(() => unpackVsix(pack('b.vsix', { '../evil.txt': '' }), join(root, 'b')), /outside of itself/);
  });

  it('refuses a folder with something in it', () => {
    assert.throws(() => unpackVsix(pack('c.vsix', { x: '' }), root), /is not empty/);
  });
});

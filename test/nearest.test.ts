import assert from 'node:assert/strict';
import { countEdits, findNearest } from '../src/nearest.ts';

const commands = ['setup', 'connection', 'organization-id', 'thumbprints', 'audit', 'apply', 'list'];
const options = ['--account', '--accounts-file', '--file', '--role', '--tag', '--yes', '--organization-id'];

describe('what a word was meant to be', () => {
  for (const { word, names, near } of [
    { word: 'setpu', names: commands, near: ['setup'] },
    { word: 'conection', names: commands, near: ['connection'] },
    { word: 'thumbprint', names: commands, near: ['thumbprints'] },
    { word: 'aply', names: commands, near: ['apply'] },
    { word: 'lst', names: commands, near: ['list'] },
    { word: 'hgih', names: ['critical', 'high', 'low'], near: ['high'] },
    { word: 'entr', names: ['azure-devops', 'entra', 'both'], near: ['entra'] },
    { word: '--acount', names: options, near: ['--account'] },
    { word: '--acc', names: options, near: ['--account', '--accounts-file'] },
    { word: '--organisation-id', names: options, near: ['--organization-id'] },
    { word: 'Setup', names: commands, near: ['setup'] },
    { word: 'bash', names: ['sh', 'pwsh'], near: [] },
    { word: 'mars', names: ['aws', 'aws-cn'], near: [] },
    { word: 'github', names: ['azure-devops', 'entra'], near: [] },
    { word: '--file', names: ['--role', '--all-roles'], near: [] },
    { word: '--no', names: options, near: [] },
    { word: 'x', names: commands, near: [] },
    { word: '', names: commands, near: [] },
  ]) {
    it(`"${word}": ${near.join(', ') || 'nothing known'}`, () => {
      assert.deepEqual(findNearest(word, names), near);
    });
  }

  it('counts letters that are added, removed, changed or swapped', () => {
    const counts = ['abc', 'abcd', 'ac', 'axc', 'acb', 'cab', '', 'a'.repeat(61)].map(other =>
      countEdits('abc', other),
    );
    assert.deepEqual(counts, [0, 1, 1, 1, 1, 2, 3, 61]);
  });
});

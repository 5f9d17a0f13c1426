import assert from 'node:assert/strict';
import { confirm } from '../../../src/cli/terminal/questions.ts';

describe('cli/terminal/confirm', () => {
  const rows = [
    ...['y', 'yes', 'Y', 'YES', ' yes ', 'y\n'].map(answer => ({ answer, isYes: true })),
    ...['', 'n', 'no', 'yesterday', 'yes please', 'ye s', 'oh yes'].map(answer => ({ answer, isYes: false })),
  ];
  for (const { answer, isYes } of rows) {
    it(`takes ${JSON.stringify(answer)} for ${isYes ? 'yes' : 'no'}`, async () => {
      let asked = '';
      const ask = (question: string) => {
        asked = question;
        return Promise.resolve(answer);
      };
      assert.equal(await confirm('Go on?', { isTerminal: true, ask }), isYes);
      assert.equal(asked, 'Go on? (y/N) ');
    });
  }
});

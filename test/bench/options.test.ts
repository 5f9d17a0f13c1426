import assert from 'node:assert/strict';
import { readOptions } from '../../bench/options.ts';

const suites = ['start', 'size'];
const plain = { runs: 20, only: [], quick: false, check: false };

describe('bench/options', () => {
  const accepted: readonly (readonly [args: readonly string[], differs: object])[] = [
    [[], {}],
    [['--runs', '5'], { runs: 5 }],
    [['--quick'], { runs: 3, quick: true }],
    [['--quick', '--runs', '7'], { runs: 7, quick: true }],
    [['--only', 'size', '--check'], { only: ['size'], check: true }],
    [['--only', 'size', '--only', 'start'], { only: ['size', 'start'] }],
  ];
  for (const [args, differs] of accepted) {
    it(`takes ${args.join(' ') || 'nothing'}`, () => {
      assert.deepEqual(readOptions(args, suites), { ...plain, ...differs });
    });
  }

  const refused: readonly (readonly [args: readonly string[], says: RegExp])[] = [
    [['--runs', '0'], /--runs is "0"; expected a whole number/],
    [['--runs', 'many'], /--runs is "many"/],
    [['--runs', '10000'], /--runs is "10000"/],
    [['--only', 'speed'], /--only is "speed"; expected one of start, size/],
    [['--fast'], /--fast/],
    [['start'], /start/],
  ];
  for (const [args, says] of refused) {
    it(`refuses ${args.join(' ')}`, () => {
      assert.throws(() => readOptions(args, suites), says);
    });
  }
});

import assert from 'node:assert/strict';
import { judge, targets, type Target, type Verdict } from '../../bench/targets.ts';
import { describeJudgement } from '../../bench/results.ts';

const ratio: Target = { name: 'ratio', text: 'a ratio', limit: 1.7, aim: 1.4, unit: '×' };
const size: Target = { name: 'size', text: 'a size', limit: 200, unit: 'kB' };
const count: Target = { name: 'count', text: 'a count', limit: 2, exactly: true, unit: '' };

describe('bench/targets', () => {
  const rows: readonly (readonly [target: Target, measured: number | undefined, verdict: Verdict])[] = [
    [ratio, 1.4, 'met, and the aim'],
    [ratio, 1.41, 'met'],
    [ratio, 1.7, 'met'],
    [ratio, 1.7001, 'missed'],
    [ratio, NaN, 'missed'],
    [ratio, undefined, 'not measured'],
    [size, 200, 'met'],
    [size, 200.1, 'missed'],
    [count, 2, 'met'],
    [count, 1, 'missed'],
    [count, 3, 'missed'],
  ];
  for (const [target, measured, verdict] of rows) {
    it(`${measured ?? 'nothing'} of ${target.text}: ${verdict}`, () => {
      const found = judge(new Map(measured === undefined ? [] : [[target.name, measured]]), [target]);
      assert.deepEqual(found, [{ target, measured, verdict }]);
    });
  }

  it('have a name each', () => {
    assert.equal(new Set(targets.map(({ name }) => name)).size, targets.length);
  });

  it('are shown with their limits, and a miss in bold', () => {
    const shown = judge(
      new Map([
        ['ratio', 1.81],
        ['size', 148.26],
        ['count', 2],
      ]),
      [ratio, size, count],
    );
    assert.deepEqual(shown.map(describeJudgement), [
      ['a ratio', '1.81', '1.70', '1.40', '**missed**'],
      ['a size', '148 kB', '200 kB', '', 'met'],
      ['a count', '2', 'exactly 2', '', 'met'],
    ]);
  });
});

import assert from 'node:assert/strict';
import { divideEach, findBend, findSpread } from '../../bench/statistics.ts';

describe('bench/statistics', () => {
  const spreads: readonly (readonly [values: readonly number[], low: number, median: number, high: number])[] = [
    [[7], 7, 7, 7],
    [[3, 1, 2], 1.5, 2, 2.5],
    [[4, 1, 3, 2], 1.75, 2.5, 3.25],
    [[10, 9, 100, 8, 7], 8, 9, 10],
  ];
  for (const [values, low, median, high] of spreads) {
    it(`finds the middle of ${values.join(', ')}`, () => {
      assert.deepEqual(findSpread(values), { low, median, high });
    });
  }

  it('leaves the values as they are', () => {
    const values = [3, 1, 2];
    findSpread(values);
    assert.deepEqual(values, [3, 1, 2]);
  });

  it('refuses to find the middle of nothing', () => {
    assert.throws(() => findSpread([]), RangeError);
  });

  it('divides pair by pair, so that a slow round counts no more than others', () => {
    assert.deepEqual(divideEach([20, 200, 30], [10, 100, 10]), [2, 2, 3]);
  });

  it('refuses measurements without their pair', () => {
    assert.throws(() => divideEach([1, 2], [1]), RangeError);
  });

  const sizes = [1, 10, 50, 100, 200, 1000];
  const growths: readonly (readonly [name: string, cost: (size: number) => number, least: number, most: number])[] = [
    ['nothing', () => 5, 1, 1],
    ['a straight line', size => 100 + 3 * size, 0.999, 1.001],
    ['less than a straight line', size => 100 + 10 * Math.sqrt(size), 0, 0.7],
    ['a square', size => 100 + size * size, 5, 20],
    ['a size with its logarithm', size => size * Math.log2(size + 1), 1.3, 2],
  ];
  for (const [name, cost, least, most] of growths) {
    it(`tells how growth by ${name} bends`, () => {
      const bend = findBend(sizes.map(size => ({ size, cost: cost(size) })));
      assert.ok(bend >= least && bend <= most, String(bend));
    });
  }

  it('does not take a middle that was cheaper than the smallest for a saving', () => {
    const bend = findBend([
      { size: 1, cost: 10 },
      { size: 10, cost: 9 },
      { size: 100, cost: 15 },
    ]);
    assert.equal(bend, 1.5);
  });

  it('refuses to judge two sizes', () => {
    const points = [
      { size: 1, cost: 1 },
      { size: 2, cost: 2 },
    ];
    assert.throws(() => findBend(points), RangeError);
  });
});

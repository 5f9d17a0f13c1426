import assert from 'node:assert/strict';
import { drawPlots } from '../../bench/chart.ts';

const plot = (points: readonly (readonly [size: number, cost: number])[]) => ({
  title: 'Growth',
  size: 'roles',
  cost: 'ms',
  points: points.map(([size, cost]) => ({ size, cost })),
});

describe('bench/chart', () => {
  const layouts: readonly (readonly [plots: number, width: number, height: number])[] = [
    [1, 520, 320],
    [2, 1040, 320],
    [3, 1040, 640],
  ];
  for (const [plots, width, height] of layouts) {
    it(`lays out ${plots} on ${width} by ${height}`, () => {
      const drawing = drawPlots(
        Array.from({ length: plots }, () =>
          plot([
            [1, 2],
            [3, 4],
          ]),
        ),
      );
      assert.deepEqual([drawing.width, drawing.height], [width, height]);
    });
  }

  it('draws each point at its place, within the panel', () => {
    const { svg } = drawPlots([
      plot([
        [0, 0],
        [50, 50],
        [100, 100],
      ]),
    ]);
    const dots = [...svg.matchAll(/<circle cx="([\d.]+)" cy="([\d.]+)"/g)].map(([, x, y]) => [Number(x), Number(y)]);
    assert.deepEqual(dots, [
      [70, 265],
      [285, 157.5],
      [500, 50],
    ]);
  });
});

import type { Plot, PlotPoint } from './suites/suite.ts';
import { formatNumber } from './table.ts';

const panel = { width: 520, height: 320, left: 70, right: 20, top: 50, bottom: 55 };
const inner = { width: panel.width - panel.left - panel.right, height: panel.height - panel.top - panel.bottom };

/** Returns plots side by side, two in a row, as an SVG; a dashed line goes straight from the first point to the last. */
export function drawPlots(plots: readonly Plot[]): {
  readonly svg: string;
  readonly width: number;
  readonly height: number;
} {
  const width = panel.width * Math.min(2, plots.length);
  const height = panel.height * Math.ceil(plots.length / 2);
  const panels = plots.map((plot, place) => {
    const [x, y] = [panel.width * (place % 2), panel.height * Math.floor(place / 2)];
    return `<g transform="translate(${x} ${y})">${drawPlot(plot)}</g>`;
  });
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="sans-serif" font-size="12"><rect width="100%" height="100%" fill="#fff"/>${panels.join('')}</svg>`;
  return { svg, width, height };
}

function drawPlot({ title, size, cost, points, others }: Plot): string {
  const all = [...points, ...(others ?? []).flatMap(other => other.points)];
  const most = { size: Math.max(...all.map(point => point.size)), cost: niceMost(all.map(point => point.cost)) };
  const x = (value: number) => panel.left + (inner.width * value) / most.size;
  const y = (value: number) => panel.top + inner.height * (1 - value / most.cost);
  const dots = points.map(point => ({ x: x(point.size), y: y(point.cost) }));
  const line = dots.map(dot => `${dot.x.toFixed(1)},${dot.y.toFixed(1)}`);
  const marks = dots.map(dot => `<circle cx="${dot.x.toFixed(1)}" cy="${dot.y.toFixed(1)}" r="4" fill="#0b5cad"/>`);
  return [
    `<text x="${panel.width / 2}" y="24" text-anchor="middle" font-size="14">${title}</text>`,
    ...[0, 0.25, 0.5, 0.75, 1].map(share => drawLevel(share * most.cost, y(share * most.cost))),
    ...points.map(point => drawSize(point.size, x(point.size))),
    `<text x="${panel.width / 2}" y="${panel.height - 10}" text-anchor="middle">${size}</text>`,
    `<text x="14" y="${panel.top - 14}">${cost}</text>`,
    ...(others ?? [{ name: '', points: ends(points) }]).map(other => drawOther(other, { x, y })),
    `<polyline points="${line.join(' ')}" stroke="#0b5cad" stroke-width="2" fill="none"/>`,
    ...marks,
  ].join('');
}

function ends(points: readonly PlotPoint[]): readonly PlotPoint[] {
  return [points[0], points.at(-1)].filter(point => point !== undefined);
}

interface Scale {
  readonly x: (size: number) => number;
  readonly y: (cost: number) => number;
}

function drawOther(
  { name, points }: { readonly name: string; readonly points: readonly PlotPoint[] },
  { x, y }: Scale,
) {
  const line = points.map(({ size, cost }) => `${x(size).toFixed(1)},${y(cost).toFixed(1)}`).join(' ');
  const last = points.at(-1) ?? { size: 0, cost: 0 };
  const label = `<text x="${x(last.size) - 6}" y="${y(last.cost) - 6}" text-anchor="end" fill="#777">${name}</text>`;
  return `<polyline points="${line}" stroke="#999" stroke-dasharray="5 4" fill="none"/>${label}`;
}

/** A round number above all of them. */
function niceMost(values: readonly number[]): number {
  const most = Math.max(...values);
  const unit = 10 ** Math.floor(Math.log10(most));
  return Math.ceil(most / unit) * unit;
}

function drawLevel(value: number, y: number): string {
  const end = panel.width - panel.right;
  return `<line x1="${panel.left}" x2="${end}" y1="${y}" y2="${y}" stroke="#e5e5e5"/><text x="${panel.left - 8}" y="${y + 4}" text-anchor="end">${formatNumber(value)}</text>`;
}

/** Sizes that stand too close to each other at the left are left out: their dots are there. */
function drawSize(size: number, x: number): string {
  const near = size !== 1 && x < panel.left + 24;
  return near
    ? ''
    : `<text x="${x.toFixed(1)}" y="${panel.height - panel.bottom + 20}" text-anchor="middle">${size}</text>`;
}

import type { Found } from './suites/suite.ts';
import { formatNumber, renderTable } from './table.ts';
import type { Judgement } from './targets.ts';

export interface Results {
  readonly date: string;
  readonly machine: string;
  readonly runs: number;
  readonly found: readonly Found[];
  readonly judgements: readonly Judgement[];
}

/** Returns the results as Markdown; `tried` is what people wrote about them. */
export function renderResults(results: Results, tried: string, plot: string | undefined): string {
  const { date, machine, runs, found, judgements } = results;
  return [
    '# Benchmark',
    '',
    `Made by \`npm run bench\` on ${date}: ${machine}; ${runs} paired runs. Everything but the last part is written by it; the numbers are in \`results.json\`, too.`,
    '',
    'The floor is a Node script that does nothing but the same two HTTPS POSTs and prints. The stand-ins for Azure DevOps and AWS STS run in a process of their own, on two loopback addresses over TLS.',
    '',
    renderTable({ title: 'Targets', notes: [], columns: targetColumns, rows: judgements.map(describeJudgement) }),
    ...found.flatMap(({ tables }) => tables.map(renderTable)),
    ...(plot === undefined ? [] : [`![Time and memory against roles and statements](${plot})`, '']),
    tried,
  ].join('\n');
}

const targetColumns = ['what', 'measured', 'at most', 'aim', 'verdict'];

/** Returns a judgement as a row of the table of targets. */
export function describeJudgement({ target, measured, verdict }: Judgement): string[] {
  const { text, limit, aim, exactly, unit } = target;
  const show = (value: number | undefined) =>
    value === undefined ? '' : `${unit === '×' ? value.toFixed(2) : formatNumber(value)}${unit === 'kB' ? ' kB' : ''}`;
  const limitText = exactly === true ? `exactly ${show(limit)}` : show(limit);
  return [text, show(measured), limitText, show(aim), verdict === 'missed' ? '**missed**' : verdict];
}

/** Returns the results as JSON values. */
export function encodeResults({ date, machine, runs, found, judgements }: Results) {
  return {
    date,
    machine,
    runs,
    targets: judgements.map(({ target, measured, verdict }) => ({ ...target, measured, verdict })),
    tables: found.flatMap(({ tables }) => tables),
  };
}

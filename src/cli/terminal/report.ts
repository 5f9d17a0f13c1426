import { neutralise } from '../../outside-text.ts';
import type { Problem } from '../../problem.ts';
import { formatProblems, type CliFailure } from './failure.ts';
import { writeJson } from './json.ts';
import type { Paint } from './paint.ts';

/**
 * How a command ended. `ok`: it answered (exit code 0; 1 where what it found is a finding, 3 where only AWS can
 * decide). `unchanged`, `planned`, `done`: nothing to change, nothing changed as asked for, all changed. `declined`:
 * nobody confirmed the changes. `partial`: some were made. `refused`: nothing was changed, for a reason. `interrupted`:
 * told to end before the last change. `invalid`: wrong usage. `failed`: could not finish, nothing concluded.
 *
 * From best to worst: what a run over several accounts comes to is the worst of them.
 */
export const statuses = [
  'ok',
  'unchanged',
  'planned',
  'done',
  'declined',
  'refused',
  'partial',
  'interrupted',
  'invalid',
  'failed',
] as const;
export type Status = (typeof statuses)[number];

/** What a command found: the same for programs and for people. */
export interface Report {
  readonly status: Status;
  /** 1 if there is a finding or a refusal, 3 if it could not finish. */
  readonly exit: 0 | 1 | 3;
  readonly json: Readonly<Record<string, unknown>>;
  readonly text: (paint: Paint) => string;
  /** What to know besides; part of the JSON document, and on stderr for people. */
  readonly warnings: readonly string[];
  readonly errors?: readonly Problem[];
  /** What to know about a file that holds this report. */
  readonly caution?: string;
}

/** A text, or its parts one after another. */
export type Output = string | Generator<string>;

/** What goes to stdout and stderr, and the exit code. */
export interface Printed {
  readonly exit: number;
  readonly stdout: Output;
  readonly stderr: string;
}

interface Style {
  readonly json: boolean;
  readonly paint: Paint;
  /** Warnings that people have seen on stderr already; JSON documents have them before the others. */
  readonly shown?: readonly string[];
}

/** Returns a report as one JSON document, or as text with its warnings on stderr. */
export function printReport(report: Report, { json, paint, shown = [] }: Style): Printed {
  const { exit, status, warnings, errors = [] } = report;
  if (json) return printJson(exit, { status, ...report.json, warnings: [...shown, ...warnings], errors });
  const stderr = warnings.map(text => `${paint.yellow('Warning:')} ${neutralise(text)}\n`).join('');
  return { exit, stdout: `${report.text(paint)}\n`, stderr };
}

const failed = { 1: 'refused', 2: 'invalid', 3: 'failed' } as const satisfies Readonly<Record<number, Status>>;

/** Returns a failure as one JSON document on stdout, or as text on stderr. */
export function printFailure({ exit, problems }: CliFailure, { json, paint, shown = [] }: Style): Printed {
  if (json) return printJson(exit, { status: failed[exit], warnings: shown, errors: problems });
  return { exit, stdout: '', stderr: `${problems.map(one => paint.red(formatProblems([one]))).join('\n')}\n` };
}

/** Shapes of later versions have another number. */
function printJson(exit: number, document: Readonly<Record<string, unknown>>): Printed {
  return { exit, stdout: writeLine({ schemaVersion: 1, ...document, exitCode: exit }), stderr: '' };
}

function* writeLine(document: Readonly<Record<string, unknown>>): Generator<string> {
  yield* writeJson(document);
  yield '\n';
}

/** Returns an output as one text. Its parts are gone then. */
export function joinOutput(output: Output): string {
  return typeof output === 'string' ? output : [...output].join('');
}

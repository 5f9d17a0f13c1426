import { neutralise, escapeUnit } from '../../secret.ts';
import type { Problem } from '../../problem.ts';
import { formatProblems, type CliFailure } from './failure.ts';
import type { Paint } from './layout.ts';

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

/**
 * Returns a value as JSON that is safe to print anywhere: all except ASCII is escaped, and nothing in it is a logging
 * command of Azure Pipelines, whose agent executes `##vso[` wherever it is in a line.
 */
export function escapeJson(value: unknown): string {
  return escapeJsonText(JSON.stringify(value, null, 2));
}

/** The same for a text that is JSON already; what it means stays the same. */
export function escapeJsonText(json: string): string {
  return json.replace(/[\u007f-\uffff]/g, escapeUnit).replace(/##(?=vso\[|\[)/gi, '\\u0023#');
}

/** Returns a part of a document that is made only when it is printed: all at once, they may need much more memory. */
export function makeLate(make: () => unknown): { readonly toJSON: () => unknown } {
  return { toJSON: make };
}

/** Characters that are written at once, at least. */
const minPart = 65_536;

/**
 * Returns the text of `escapeJson` in parts: a document of hundreds of accounts is never in memory as a whole. Its members
 * that are lists are made element by element.
 */
export function* writeJson(document: Readonly<Record<string, unknown>>): Generator<string> {
  let text = '';
  for (const piece of listPieces(document)) {
    text += piece;
    if (text.length < minPart) continue;
    yield escapeJsonText(text);
    text = '';
  }
  yield escapeJsonText(text);
}

function* listPieces(document: Readonly<Record<string, unknown>>): Generator<string> {
  let before = '{';
  for (const [name, value] of Object.entries(document).filter(([, value]) => value !== undefined)) {
    yield `${before}\n  ${JSON.stringify(name)}: `;
    if (Array.isArray(value) && value.length > 0) yield* listElements(value);
    else yield indent(value, '  ');
    before = ',';
  }
  yield before === '{' ? '{}' : '\n}';
}

function* listElements(list: readonly unknown[]): Generator<string> {
  let before = '[';
  for (const element of list) {
    yield `${before}\n    ${indent(element, '    ')}`;
    before = ',';
  }
  yield '\n  ]';
}

/** No text in JSON holds a line break as it is. What JSON cannot say is null, as in every list. */
function indent(value: unknown, space: string): string {
  const text = JSON.stringify(value, null, 2) as string | undefined;
  return (text ?? 'null').replaceAll('\n', `\n${space}`);
}

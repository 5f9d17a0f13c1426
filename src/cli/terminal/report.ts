import { neutralise } from '../../outside-text.ts';
import { escapeJson } from './json.ts';
import { formatProblem, type CliFailure } from './failure.ts';
import type { Paint } from './paint.ts';

/** What a command found: the same for programs and for people. */
export interface Report {
  /** 1 where there is a finding. */
  readonly exit: 0 | 1 | 3;
  readonly json: Readonly<Record<string, unknown>>;
  readonly text: (paint: Paint) => string;
  /** What to know besides; part of the JSON document, and on stderr for people. */
  readonly warnings: readonly string[];
}

/** What goes to stdout and stderr, and the exit code. */
export interface Printed {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Returns a report as one JSON document, or as text with its warnings on stderr. */
export function printReport(
  report: Report,
  { json, paint }: { readonly json: boolean; readonly paint: Paint },
): Printed {
  const { exit, warnings } = report;
  if (json) return { exit, stdout: `${escapeJson({ ...report.json, warnings })}\n`, stderr: '' };
  const stderr = warnings.map(text => `${paint.yellow('Warning:')} ${neutralise(text)}\n`).join('');
  return { exit, stdout: `${report.text(paint)}\n`, stderr };
}

/** Returns a failure as one JSON document on stdout, or as text on stderr. */
export function printFailure(
  failure: CliFailure,
  { json, paint }: { readonly json: boolean; readonly paint: Paint },
): Printed {
  const { exit, problems } = failure;
  if (json) return { exit, stdout: `${escapeJson({ errors: problems })}\n`, stderr: '' };
  return { exit, stdout: '', stderr: `${problems.map(problem => paint.red(formatProblem(problem))).join('\n')}\n` };
}

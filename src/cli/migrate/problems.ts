import type { MigrationCode } from '../../migration/refusal.ts';
import { neutralise } from '../../outside-text.ts';
import type { RefusalCode } from '../../setup/refusal.ts';
import { formatProblem, type Problem, type WriteCode } from '../terminal/failure.ts';

/** A problem whose code is on one of the closed lists. */
export type MigrationProblem = Problem & { readonly code: MigrationCode | RefusalCode | WriteCode };

/** Returns problems as text; what came from outside in them is made harmless. */
export function formatProblems(problems: readonly Problem[]): string {
  return problems.map(one => formatProblem(one).split('\n').map(neutralise).join('\n')).join('\n');
}

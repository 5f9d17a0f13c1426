import type { RefreshRequest } from '../thumbprint/refresh-event.ts';
import type { Refreshed } from '../thumbprint/refresh.ts';

/** Returns what became of a provider, for the log and for whoever waits; with `verbose` the certificates, too. */
export function describeOutcome(outcome: Refreshed, { verbose }: RefreshRequest): Readonly<Record<string, unknown>> {
  const { kind, provider, hosts } = outcome;
  return {
    provider: provider.arn,
    outcome: kind,
    thumbprints: provider.thumbprints,
    ...('next' in outcome ? { next: outcome.next } : {}),
    ...('problem' in outcome ? { problem: outcome.problem } : {}),
    ...(verbose ? { hosts } : {}),
  };
}

/** Returns the last line of the log. */
export function countOutcomes(outcomes: readonly Refreshed[], { dryRun }: RefreshRequest): string {
  const count = (...kinds: readonly Refreshed['kind'][]): number =>
    outcomes.filter(({ kind }) => kinds.includes(kind)).length;
  const changed = `${count('changed', 'would-change')} ${dryRun ? 'would be changed (dry_run)' : 'changed'}`;
  return `${outcomes.length} providers selected, ${changed}, ${count('failed')} failed.`;
}

/** Throws if a provider could not be refreshed. */
export function refuseFailures(outcomes: readonly Refreshed[]): void {
  const failed = outcomes.flatMap(one => (one.kind === 'failed' ? [`${one.provider.arn}: ${one.problem.found}`] : []));
  if (failed.length > 0) throw new Error(`Not refreshed: ${failed.join(' ')}`);
}

import type { StepTarget } from './types.ts';

/** One set of limits; a command must pass every set that a step has. */
export interface Restrictions {
  readonly restrictedCommands: boolean;
  readonly settableVariables: readonly string[] | undefined;
}

/** Agent: every command class with CommandRestriction(AllowedInRestrictedMode = true). */
const allowedWhenRestricted: ReadonlySet<string> = new Set([
  'task.logdetail',
  'task.logissue',
  'task.issue',
  'task.complete',
  'task.setprogress',
  'task.setsecret',
  'task.setvariable',
  'task.debug',
  'task.settaskvariable',
  'task.prependpath',
  'telemetry.publish',
]);

/**
 * The limits of a step's `target`, none if it asks for none. Agent: JobExtension.cs, "Collect any task restrictions".
 */
export function targetRestrictions(target: StepTarget | undefined): readonly Restrictions[] {
  if (target === undefined) return [];
  const settableVariables = target.settableVariables === 'none' ? [] : target.settableVariables;
  return [{ restrictedCommands: target.commands === 'restricted', settableVariables }];
}

export function isCommandAllowed(restrictions: readonly Restrictions[], area: string, event: string): boolean {
  const name = `${area}.${event}`.toLowerCase();
  return restrictions.every(({ restrictedCommands }) => !restrictedCommands || allowedWhenRestricted.has(name));
}

/** Judges the bare name, also of output variables. Agent: TaskRestrictionsExtension.cs. */
export function isVariableSettable(restrictions: readonly Restrictions[], name: string): boolean {
  return restrictions.every(
    ({ settableVariables }) => settableVariables?.some(pattern => matchesName(name, pattern)) ?? true,
  );
}

/**
 * Minimatch for variable names, letter case ignored: `*`, `?`, a leading `!`, and `#` that matches nothing.
 * Classes, braces and extended globs are refused rather than guessed.
 */
function matchesName(name: string, pattern: string): boolean {
  if (/[[\](){}\\+@|]/.test(pattern)) throw new Error(`Pattern '${pattern}': only *, ?, ! and # are known here.`);
  if (pattern.startsWith('#')) return false;
  if (pattern.startsWith('!')) return !matchesName(name, pattern.slice(1));
  if (name === '' || (name.startsWith('.') && /^[*?]/.test(pattern))) return false;
  const source = pattern.replace(/[.^$]/g, '\\$&').replace(/\*+/g, '[^/]*?').replaceAll('?', '[^/]');
  return new RegExp(`^${source}$`, 'i').test(name);
}

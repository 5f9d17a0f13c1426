import type { LeftOut } from '../../migration/left-out.ts';
import { neutralise } from '../../outside-text.ts';
import type { Paint } from '../terminal/paint.ts';
import { nameCount } from './counts.ts';

/** So many lines leave room on a screen of forty for progress, warnings and the prompt. */
const screenLines = 26;

/** Returns a text if it fits on a screen (or has so many lines) or everything is asked for, else the brief one. */
export function chooseText(whole: string, brief: () => string, all = false, max = screenLines): string {
  if (all || whole.split('\n').length <= max) return whole;
  return markSummary(brief());
}

/** Returns a brief text with a word about where the whole is. */
export function markSummary(brief: string): string {
  return `${brief}\n\nThis is a summary: --all lists everything, --json has it for programs.`;
}

/** Returns parts of a text with an empty line between them; those that are empty are left out. */
export function joinParts(parts: readonly string[]): string {
  return parts.filter(Boolean).join('\n\n');
}

/** Returns the first lines of some, with a word about the others. */
export function cutLines(lines: readonly string[], max: number): readonly string[] {
  if (lines.length <= max) return lines;
  return [...lines.slice(0, max), `  ... and ${lines.length - max} more`];
}

/** Returns what is left as it is, a line for each code. */
export function countLeftOut(leftOut: readonly LeftOut[], paint: Paint): string {
  const groups = new Map<string, LeftOut[]>();
  for (const one of leftOut) groups.set(one.code, [...(groups.get(one.code) ?? []), one]);
  const lines = [...groups].map(([code, group]) => {
    const roles = new Set(group.map(({ roleArn }) => roleArn));
    const [first = ''] = roles;
    return `  ${paint.yellow(code)}: ${group.length} in ${nameCount(roles.size, 'role')}, for example ${neutralise(first)}`;
  });
  return lines.length === 0 ? '' : [paint.bold('Left as it is'), ...cutLines(lines, 5)].join('\n');
}

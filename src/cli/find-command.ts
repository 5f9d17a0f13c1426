import { findNearest } from '../nearest.ts';
import type { Problem } from '../problem.ts';
import { suggest } from './clean-words.ts';
import { entries, nameOf, type Entry } from './commands.ts';
import { wrongUsage } from './terminal/failure.ts';

/** Which command a line names, and the words for it. */
export interface NamedCommand {
  readonly names: readonly string[];
  readonly rest: readonly string[];
  readonly asksHelp: boolean;
  readonly mistakes: readonly Problem[];
}

interface Walk extends Omit<NamedCommand, 'rest'> {
  /** The commands that the next word may name; undefined behind the name of one that has none below it. */
  readonly level: readonly Entry[] | undefined;
  /** Options before the command's name. */
  readonly early: readonly string[];
}

const start: Walk = { level: entries, names: [], early: [], asksHelp: false, mistakes: [] };

/**
 * Returns which command words name. What every command accepts may stand before the name. An option of a command there is a
 * mistake, and so is a name that does not exist; the only name that is like it is taken, so that the rest can be looked at.
 */
export function findCommand(words: readonly string[], walk = start): NamedCommand {
  const [word, ...others] = words;
  const { level, early } = walk;
  if (word !== undefined && /^(?:help|--help|-h)$/.test(word)) return findCommand(others, { ...walk, asksHelp: true });
  if (word === undefined || level === undefined) return endWalk(words, walk);
  const count = countShared(word);
  if (count > 0) return findCommand(words.slice(count), { ...walk, early: [...early, ...words.slice(0, count)] });
  return word.startsWith('-') ? passOptions(words, level, walk) : readName(word, others, { ...walk, level });
}

/** Words of an option that every command has; 0 for any other word. */
function countShared(word: string): number {
  if (word === '--out') return 2;
  return /^--(?:json|overwrite|out=.*)$/s.test(word) ? 1 : 0;
}

function endWalk(words: readonly string[], walk: Walk): NamedCommand {
  const { level, early, asksHelp } = walk;
  if (level === undefined || early.length === 0 || asksHelp) return { ...walk, rest: [...early, ...words] };
  return { ...walk, rest: [], mistakes: addMistake(walk, 'No command is given.', nameAll(level)) };
}

/** Options before a name: they are looked at as the named command's. */
function passOptions(words: readonly string[], level: readonly Entry[], walk: Walk): NamedCommand {
  const known = level.map(nameOf);
  const exact = words.findIndex(word => known.includes(word));
  const isNear = (word: string): boolean => !word.startsWith('-') && findNearest(word, known).length === 1;
  const index = exact < 0 ? words.findIndex(isNear) : exact;
  if (index < 0) return endWalk(words, { ...walk, early: [] });
  const [option = ''] = words;
  const found = `${option} stands before the command's name.`;
  const path = ['aws-wif', ...walk.names, words[index], option, '...'].join(' ');
  const mistakes = addMistake(walk, found, 'the command, then its options.', `Write ${path}`);
  return findCommand(words.slice(index), { ...walk, early: [...walk.early, ...words.slice(0, index)], mistakes });
}

function readName(
  word: string,
  others: readonly string[],
  walk: Walk & { readonly level: readonly Entry[] },
): NamedCommand {
  const { level, names } = walk;
  const entry = level.find(one => nameOf(one) === word);
  if (entry !== undefined) return findCommand(others, { ...walk, level: entry.subcommands, names: [...names, word] });
  const here = findNearest(word, level.map(nameOf));
  const near = here.length > 0 ? here : findBelow(word, level);
  const mistakes = addMistake(walk, `unknown command '${word}'.${suggest(near)}`, nameAll(level));
  const [meant, ...more] = near;
  if (meant === undefined || more.length > 0) return { ...walk, rest: [], mistakes };
  return findCommand([...meant.split(' '), ...others], { ...walk, mistakes });
}

/** `aws-wif apply` is meant to be `aws-wif migrate apply`. */
function findBelow(word: string, level: readonly Entry[]): readonly string[] {
  return level.flatMap(one =>
    findNearest(word, one.subcommands?.map(nameOf) ?? []).map(name => `${nameOf(one)} ${name}`),
  );
}

function nameAll(level: readonly Entry[]): string {
  return `one of ${level.map(nameOf).join(', ')}.`;
}

function addMistake({ mistakes }: Walk, ...words: Parameters<typeof wrongUsage>): readonly Problem[] {
  return [...mistakes, ...wrongUsage(...words).problems];
}

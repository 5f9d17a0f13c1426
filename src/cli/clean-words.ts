import type { Argument, Command, Option } from 'commander';
import { findNearest } from '../nearest.ts';
import type { Problem } from '../problem.ts';
import { listConflicts } from './exclusive-options.ts';
import { wrongUsage } from './terminal/failure.ts';

/** Stands for a value that is missing, so that the other mistakes of a line can be found. */
export const placeholder = 'aws-wif-placeholder';

/** A command line that the parser reads to its end, and what is wrong with the one that was given. */
export interface CleanWords {
  readonly words: readonly string[];
  readonly mistakes: readonly Problem[];
}

interface Line {
  readonly command: Pick<Command, 'name' | 'options' | 'registeredArguments'>;
  readonly words: string[];
  readonly operands: string[];
  /** Words behind an unknown option: its value, or an operand. */
  readonly loose: string[];
  /** Options by their names. */
  readonly given: Set<string>;
  /** Options whose file is standard input, which can be read once. */
  readonly inputs: string[];
  readonly mistakes: Problem[];
}

/**
 * Returns the words of a command with their mistakes: options that do not exist, that lack their value or have one too many,
 * that are given twice, exclude each other or have no effect, values that are no choice, arguments that are missing or too many.
 * What is near to something that exists counts as that.
 */
export function cleanWords(words: readonly string[], command: Line['command']): CleanWords {
  const line: Line = { command, words: [], operands: [], loose: [], given: new Set(), inputs: [], mistakes: [] };
  for (let rest = words; rest.length > 0;) rest = readWord(rest, line);
  const operands = readOperands(line);
  for (const { found, expected, remedy } of listConflicts(line.given, command.name())) {
    mistake(line, found, expected, remedy);
  }
  return { words: [...line.words, ...(operands.length > 0 ? ['--', ...operands] : [])], mistakes: line.mistakes };
}

/** Returns `Did you mean ...?` for names that may be meant. */
export function suggest(near: readonly string[]): string {
  const [first, ...others] = near;
  if (first === undefined) return '';
  return others.length === 0 ? ` Did you mean ${first}?` : ` Did you mean one of ${near.join(', ')}?`;
}

/** Returns the words that follow. */
function readWord([word = '', ...rest]: readonly string[], line: Line): readonly string[] {
  if (word === '--') {
    line.operands.push(...rest);
    return [];
  }
  if (word === '-' || !word.startsWith('-')) line.operands.push(word);
  else if (/^(?:-h|--help)$/.test(word)) line.words.push(word);
  else return readOption(word, rest, line);
  return rest;
}

function readOption(word: string, rest: readonly string[], line: Line): readonly string[] {
  const [, name = '', value] = /^([^=]*)(?:=(.*))?$/s.exec(word) ?? [];
  const { options } = line.command;
  const known = options.find(({ long, short }) => long === name || short === name);
  if (known !== undefined) return readKnown(known, value, rest, line);
  const near = findNearest(
    name,
    options.flatMap(({ long, hidden }) => (hidden ? [] : (long ?? []))),
  );
  mistake(line, `unknown option '${name}'.${suggest(near)}`);
  const meant =
    near.length > 1 ? undefined : options.find(({ long = '' }) => long === near[0] && !line.given.has(long));
  const hasValue = value !== undefined || rest[0]?.startsWith('-') === false;
  if (meant?.required === hasValue) return readKnown(meant, value, rest, line);
  if (value !== undefined || !hasValue) return rest;
  line.loose.push(...rest.slice(0, 1));
  return rest.slice(1);
}

function readKnown(option: Option, given: string | undefined, rest: readonly string[], line: Line): readonly string[] {
  const { long, flags, required } = option;
  const name = long ?? flags;
  if (!required) {
    if (given !== undefined) mistake(line, `option '${name}' has no value, but "${given}" is given.`, `${name} alone.`);
    line.words.push(name);
    line.given.add(name);
    return rest;
  }
  const [next, ...others] = rest;
  const isMissing = given === undefined && (next === undefined || isOption(next, line));
  if (isMissing) mistake(line, `option '${flags}' argument missing.`);
  const value = given ?? (isMissing ? undefined : next);
  takeValue(option, value, line);
  return given !== undefined || isMissing ? rest : others;
}

/** A name may begin with dashes; behind an option, what is like another option is one. */
function isOption(word: string, { command: { options } }: Line): boolean {
  const [name = ''] = word.split('=', 1);
  const names = ['--help', ...options.flatMap(({ long, hidden }) => (hidden ? [] : (long ?? [])))];
  return name.startsWith('--') && findNearest(name, names).length > 0;
}

function takeValue(option: Option, value: string | undefined, line: Line): void {
  const { long, flags, argChoices } = option;
  const name = long ?? flags;
  const isGiven = line.given.has(name);
  line.given.add(name);
  if (isGiven && !isList(option))
    mistake(line, `option '${flags}' argument '${value ?? ''}' is invalid. The option is given more than once.`);
  if (value === undefined) {
    if (argChoices === undefined && !isGiven) line.words.push(`${name}=${placeholder}`);
    return;
  }
  const wrong = `option '${flags}' argument '${value}' is invalid.`;
  const taken = argChoices === undefined ? takeInput(name, flags, value, line) : choose(value, argChoices, wrong, line);
  if (taken !== undefined) line.words.push(`${name}=${taken}`);
}

/** Returns the value to read on with: standard input is there once. */
function takeInput(name: string, flags: string, value: string, line: Line): string {
  if (value !== '-' || !flags.endsWith('<file>') || ['--out', '--save-plan'].includes(name)) return value;
  line.inputs.push(name);
  const [first = name, ...others] = line.inputs;
  if (others.length === 0) return value;
  mistake(line, `${first} and ${name} are both -.`, 'standard input for only one of them, a file for the others.');
  return placeholder;
}

/** Options that may be repeated collect a list. */
function isList({ argChoices: [sample = ''] = [], parseArg }: Option): boolean {
  return Array.isArray(parseArg?.<unknown>(sample, undefined));
}

/** Returns the choice that a value is, or probably means. */
function choose(value: string, choices: readonly string[], wrong: string, line: Line): string | undefined {
  if (choices.includes(value)) return value;
  const near = findNearest(value, choices);
  mistake(line, `${wrong} Allowed choices are ${choices.join(', ')}.${suggest(near)}`);
  return near.length === 1 ? near[0] : undefined;
}

function readOperands(line: Line): readonly string[] {
  const { operands, loose } = line;
  const { registeredArguments: known } = line.command;
  const all = [...operands, ...loose.slice(0, Math.max(known.length - operands.length, 0))];
  const extra = known.at(-1)?.variadic === true ? [] : all.slice(known.length);
  if (extra.length > 0) mistake(line, `too many arguments: ${extra.join(', ')}.`);
  const read = known.map((argument, index) => readOperand(argument, all[index], line));
  return [...read, ...(extra.length > 0 ? [] : all.slice(known.length))];
}

function readOperand(argument: Argument, value: string | undefined, line: Line): string {
  const name = argument.name();
  const { argChoices } = argument;
  if (value === undefined) mistake(line, `missing required argument '${name}'.`);
  if (value === undefined || argChoices === undefined) return value ?? placeholder;
  return choose(value, argChoices, `value '${value}' is invalid for argument '${name}'.`, line) ?? placeholder;
}

function mistake(
  { mistakes }: Line,
  found: string,
  expected = 'a command line as shown by --help.',
  remedy?: string,
): void {
  mistakes.push(...wrongUsage(found, expected, remedy).problems);
}

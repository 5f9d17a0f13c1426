import type { Fault } from '../../../../src/errors.ts';
import { Faults, type Checked } from './faults.ts';
import { inspectText, usualRules, type TextRules } from './texts.ts';

/** Keeps a check's value, or notes what is wrong and gives undefined. */
export type Keep = <T>(checked: Checked<T>) => T | undefined;

/** Checks the text of an input, or its default if it is empty; undefined where something is wrong. */
export type Read<Name extends string> = <T>(
  name: Name,
  check: (text: string) => Checked<T>,
  checkRest?: (text: string) => Checked<unknown>,
) => T | undefined;

/** Of one input: a log with more than that is read by nobody. */
const maxFaults = 200;

/** Returns a Keep that collects what is wrong. */
export function openKeeper(faults: Fault[]): Keep {
  return checked => {
    if (!(checked instanceof Faults)) return checked;
    faults.push(...checked.list.slice(0, maxFaults));
    return undefined;
  };
}

/**
 * Returns a Read of the given texts. A text that is wrong whatever it is for is noted; its check then gets what was
 * probably meant, so that all mistakes are found at once; of a list, lines that stand for something unknown are left out,
 * and only the others' own mistakes are noted.
 */
export function openReader<Name extends string>(
  raw: Readonly<Record<Name, string>>,
  defaults: Partial<Readonly<Record<Name, string>>>,
  keep: Keep,
  special: Partial<Readonly<Record<Name, Partial<TextRules>>>> = {},
): Read<Name> {
  return (name, check, checkRest = check) => {
    const given = raw[name] === '' ? (defaults[name] ?? '') : raw[name];
    const { faults, text, rest } = inspectText(`Input ${name}`, given, { ...usualRules, ...special[name] });
    if (faults.length > 0) keep(new Faults(faults));
    if (rest !== undefined && rest.trim() !== '') keepOwn(keep, checkRest(rest));
    return text === undefined ? undefined : keep(check(text));
  };
}

/** What follows from the lines that are missing is not a mistake of the others. */
function keepOwn(keep: Keep, checked: unknown): void {
  if (checked instanceof Faults) keep(new Faults(checked.list.filter(({ code }) => code === 'InputInvalid')));
}

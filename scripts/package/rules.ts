import { quote, type Finding } from './finding.ts';

/** Judges one JSON value; `at` is its path as findings show it. */
export type Rule = (value: unknown, at: string) => readonly Finding[];

const correct = 'Correct the value.';

function judge(holds: (value: unknown) => boolean, expected: string): Rule {
  return (value, at) => (holds(value) ? [] : [{ at, found: quote(value), expected, do: correct }]);
}

/** A string that matches the pattern; without one, a string that is not blank. */
export function text(pattern = /\S/, expected = 'text'): Rule {
  return judge(value => typeof value === 'string' && pattern.test(value), expected);
}

/** Any string, the empty one included. */
export const anyText: Rule = text(/^/, 'a string');

/** `true` or `false`, not their names as strings. */
export const flag: Rule = judge(value => typeof value === 'boolean', 'true or false');

/** A whole number from 0. */
export const count: Rule = judge(value => Number.isInteger(value) && Number(value) >= 0, 'a whole number from 0');

/** One of the given values. */
export function oneOf(...allowed: readonly unknown[]): Rule {
  return judge(value => allowed.includes(value), `one of ${allowed.map(quote).join(', ')}`);
}

/** A list of at least so many items, none twice, each of which the rule accepts. */
export function list(item: Rule, least = 0): Rule {
  return (value, at) => {
    if (!Array.isArray(value)) return judge(() => false, 'a list')(value, at);
    const items: readonly unknown[] = value;
    const few = judge(() => items.length >= least, `a list of at least ${least}`)(value, at);
    const unlike = judge(() => new Set(items.map(quote)).size === items.length, 'a list without repeats')(value, at);
    return [...few, ...unlike, ...items.flatMap((entry, index) => item(entry, `${at}/${index}`))];
  };
}

/** An object with these keys and no others; those in `required` must be there. */
export function record(fields: Readonly<Record<string, Rule>>, required: readonly string[] = []): Rule {
  return (value, at) => {
    if (!isRecord(value)) return judge(() => false, 'an object')(value, at);
    const missing = required
      .filter(key => !Object.hasOwn(value, key))
      .map(key => ({ at: `${at}/${key}`, found: 'nothing', expected: `the key ${quote(key)}`, do: 'Add it.' }));
    return [...missing, ...Object.entries(value).flatMap(([key, entry]) => judgeField(fields, key, entry, at))];
  };
}

function judgeField(fields: Readonly<Record<string, Rule>>, key: string, value: unknown, at: string) {
  const rule = Object.hasOwn(fields, key) ? fields[key] : undefined;
  if (rule) return rule(value, `${at}/${key}`);
  const expected = `one of the keys ${Object.keys(fields).join(', ')}`;
  return [
    { at: `${at}/${key}`, found: `the unknown key ${quote(key)}`, expected, do: 'Correct the key or remove it.' },
  ];
}

/** Whether the value is a JSON object (not a list, not null). */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The keys of a JSON object; none for any other value. */
export function keysOf(value: unknown): readonly string[] {
  return isRecord(value) ? Object.keys(value) : [];
}

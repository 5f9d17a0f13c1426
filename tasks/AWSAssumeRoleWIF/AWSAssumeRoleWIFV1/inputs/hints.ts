import type { Fault } from '../../../../src/errors.ts';
import { holdsTwoArns, splitArns } from '../../../../src/session/role-arn.ts';
import { isRegion } from '../../../../src/session/region.ts';
import { describeStray } from '../../../../src/stray-characters.ts';
import { faulty, splitList, type Faults } from './faults.ts';

/** What a refused value looks like, as a phrase after the value, and what to do about it. */
export interface Hint {
  readonly found: string;
  readonly remedy: string;
}

type Slip = readonly [pattern: RegExp, found: string, remedy: string];

/** What people write around a value, the likeliest reading first. */
const wrappings: readonly Slip[] = [
  [/^(["'`]).*\1$/s, 'with quotes around it', 'Remove the quotes.'],
  [/^-\s/, 'with a list dash before it', 'Remove the dash; the input is text, not a YAML list.'],
  [/^\[.*\]$/s, 'in brackets', 'Remove the brackets; the input is text, not a JSON or YAML list.'],
];

const endings: readonly Slip[] = [
  [/,$/, 'which ends in a comma', 'Remove the comma.'],
  [/\.$/, 'which ends in a period', 'Remove the period.'],
  [/;$/, 'which ends in a semicolon', 'Remove the semicolon.'],
];

/** Returns what stands around a value that may end in punctuation; undefined if nothing does. */
export function findWrapping(text: string): Hint | undefined {
  return findSlip(text, wrappings);
}

/** Returns what a refused value looks like, undefined if it looks like nothing that is known. */
export function findHint(text: string): Hint | undefined {
  if (holdsTwoArns(text)) return { found: 'more than one ARN', remedy: splitArns };
  return findSlip(text, [...wrappings, ...endings]);
}

function findSlip(text: string, slips: readonly Slip[]): Hint | undefined {
  const [, found, remedy] = slips.find(([pattern]) => pattern.test(text)) ?? [];
  return found === undefined || remedy === undefined ? undefined : { found, remedy };
}

const zone = /^([a-z]{2,4}(?:-[a-z]{2,12}){1,2}-[1-9][0-9]?)([a-z]|-[a-z0-9-]{3,30})$/;
const zoneId = /^[a-z]{3,5}[0-9]-(?:[a-z]{2,4}[0-9]-)?[a-z]{2}[0-9]$/;

/** Returns what a text that is no Region's code looks like: a zone of one, or its code in other letters. */
export function findRegionHint(text: string): Hint | undefined {
  const stray = describeStray(text, 'ascii');
  if (stray !== undefined) return { found: `which contains ${stray}`, remedy: 'Type the Region again without it.' };
  const code = text.toLowerCase().replaceAll(/[_ ]/g, '-');
  if (isRegion(code)) return { found: nameSpelling(text, code), remedy: `Write ${code}.` };
  const [, region = '', suffix = ''] = zone.exec(code) ?? [];
  if (isRegion(region)) return { found: nameZone(suffix), remedy: `Write its Region, ${region}.` };
  if (!zoneId.test(code)) return findHint(text);
  return { found: 'the ID of an Availability Zone', remedy: "Write the code of the zone's Region, such as eu-west-1." };
}

function nameSpelling(text: string, code: string): string {
  return text.toLowerCase() === code ? 'in upper case' : 'with other characters instead of hyphens';
}

function nameZone(suffix: string): string {
  return suffix.length === 1 ? 'an Availability Zone' : 'a Local Zone or Wavelength Zone';
}

/** A hint in a sentence of its own where the value must not be repeated. */
export function tellHint(hint: Hint | undefined): string {
  return hint === undefined ? '' : `, ${hint.found}`;
}

/** Returns the fault of a value, with what it looks like; the hint's remedy takes the place of the given one. */
export function refuse(
  subject: string,
  text: string,
  { expected, remedy }: { readonly expected: string; readonly remedy: string },
  hint: Hint | undefined = findHint(text),
): Faults {
  return faulty(`${subject} "${text}"${tellHint(hint)}.`, expected, hint?.remedy ?? remedy);
}

/** A list as it was written, without dashes, brackets and quotes; these are faults. */
export interface Items {
  readonly items: readonly string[];
  readonly faults: readonly Fault[];
}

const dash = /^[^\S\r\n\u2028\u2029]*-[^\S\r\n]+/gm;

/** Returns the items of an input that is a list, separated by commas or white space, and what lists do not take. */
export function readItems(name: string, text: string): Items {
  const lines = text.replaceAll(dash, '').trim();
  const isBracketed = lines.startsWith('[') && lines.endsWith(']');
  const written = splitList(isBracketed ? lines.slice(1, -1) : lines);
  const items = written.map(item => /^(["'`])(.*)\1$/s.exec(item)?.[2] ?? item);
  const holds = [
    ...(text.search(dash) >= 0 ? ['list dashes'] : []),
    ...(isBracketed ? ['brackets around the list'] : []),
    ...(items.some((item, index) => item !== written[index]) ? ['quotes around its values'] : []),
  ];
  if (holds.length === 0) return { items, faults: [] };
  const { list } = faulty(
    `Input ${name} contains ${holds.join(' and ')}.`,
    'only the values, separated by line breaks or commas; the input is text, not a YAML or JSON list.',
    'Remove them; in YAML, write the values below `|`, one per line.',
  );
  return { items, faults: list };
}

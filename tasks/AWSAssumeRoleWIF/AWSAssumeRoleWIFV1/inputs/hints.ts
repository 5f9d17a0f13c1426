import { holdsTwoArns } from '../../../../src/session/match-role-arn.ts';
import { around, splitArns } from '../../../../src/session/role-arn.ts';
import { faulty, type Faults } from './faults.ts';

/** What a refused value looks like, as a phrase after the value, and what to do about it. */
export interface Hint {
  readonly found: string;
  readonly remedy: string;
}

type Slip = readonly [pattern: RegExp, found: string, remedy: string];

/** What people write around a value, the likeliest reading first. */
const wrappings: readonly Slip[] = [
  around.quotes,
  around.dash,
  [/^\[.*\]$/s, 'in brackets', 'Remove the brackets; the input is text, not a JSON or YAML list.'],
  around.mark,
  [/^<[^<>]*>$/, 'a placeholder', 'Write the value in its place, without < and >.'],
  [/\s#/, 'with a comment', 'Remove the comment.'],
  [/^\*{3,}$/, 'a masked value', 'Copy the value itself; logs show *** in place of secrets.'],
];

const endings: readonly Slip[] = [
  [/,$/, 'which ends in a comma', 'Remove the comma.'],
  [/\.$/, 'which ends in a period', 'Remove the period.'],
  [/;$/, 'which ends in a semicolon', 'Remove the semicolon.'],
  around.empty,
  [/^(?!arn:)[A-Za-z_]\w{0,60}\s?[:=](?![/\\])./, 'with a name before the value', 'Write the value alone.'],
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

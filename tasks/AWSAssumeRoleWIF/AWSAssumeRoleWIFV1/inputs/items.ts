import type { Fault } from '../../../../src/errors.ts';
import { faulty, splitList } from './faults.ts';

/** A list without what people write around its values; all that was left out is a fault. */
export interface Items {
  readonly items: readonly string[];
  readonly faults: readonly Fault[];
}

/** The name holds % where the text that was found belongs. */
type Ornament = readonly [pattern: RegExp, name: string, replacement: string];

/** Of values that hold no quotes, no white space and no commas: ARNs and account IDs. */
const ornaments: readonly Ornament[] = [
  [/(?<!\S)(?:#|\/\/).*/g, 'comments', ''],
  [/^[ \t]*-(?:[ \t]+|(?=arn:))/gm, 'list dashes', ''],
  [/^[ \t]*(?:[*+]|\d{1,2}[.)])[ \t]+/gm, 'list marks', ''],
  [/^\[|\]$/g, 'brackets around the list', ' '],
  [/(?<![^\s,[])["'`]|["'`](?![^\s,\]])/g, 'quotes around its values', ''],
  [/^[ \t]*[\w.@+-]{1,64}[ \t]*[=:][ \t]*(?=arn:|\d{12})/gm, 'names before its values', ''],
  [/(?<!\S)(?:[-=]>|>>?|\||=)(?!\S)/g, '"%" between its values', ' '],
];

/** Returns the items of an input that is a list, separated by commas or white space, and what lists do not take. */
export function readItems(name: string, text: string): Items {
  const holds: { readonly what: string; readonly sign: string | undefined }[] = [];
  let bare = text.trim();
  for (const [pattern, what, replacement] of ornaments) {
    const without = bare.replaceAll(pattern, replacement).trim();
    const [found = ''] = bare.match(pattern) ?? [];
    const sign = what.includes('%') ? found : undefined;
    if (without !== bare) holds.push({ what: what.replace('%', () => found), sign });
    bare = without;
  }
  const items = splitList(bare);
  if (holds.length === 0) return { items, faults: [] };
  const sign = holds.length === 1 ? holds[0]?.sign : undefined;
  const { list } = faulty(
    `Input ${name} contains ${joinWords(holds.map(({ what }) => what))}.`,
    'only the values, separated by line breaks or commas; the input is text, not a YAML or JSON list.',
    `Remove ${sign ?? 'them'}; in YAML, write the values below \`|\`, one per line.`,
  );
  return { items, faults: list };
}

function joinWords(words: readonly string[]): string {
  return words.join(', ').replace(/, (?=[^,]*$)/, ' and ');
}

/**
 * What a text may hold besides visible ASCII and white space: nothing (`ascii`), visible characters up to U+00FF
 * (`latin-1`), or every visible character but a letter of another script that poses as a Latin one (`letters`).
 */
export type Alphabet = 'ascii' | 'latin-1' | 'letters';

/** How a position is given: by the text around it, or by its number alone where the text must not be repeated. */
export type Position = 'quoted' | 'counted';

const plain = /^[\t\n\r\x20-\x7e]*$/;

/** All that shows nothing, or shows as a blank and is none. U+2800 is Braille without a dot. */
const invisible = /^(?:[\p{Default_Ignorable_Code_Point}\p{C}\p{Zl}\p{Zp}\u2800]|(?! )\p{Zs})$/u;

const invisibleNames: Readonly<Record<number, string>> = {
  0x0000: 'null character',
  0x001b: 'escape character',
  0x00a0: 'no-break space',
  0x00ad: 'soft hyphen',
  0x034f: 'combining grapheme joiner',
  0x061c: 'Arabic letter mark',
  0x200b: 'zero width space',
  0x200c: 'zero width non-joiner',
  0x200d: 'zero width joiner',
  0x200e: 'left-to-right mark',
  0x200f: 'right-to-left mark',
  0x2028: 'line separator',
  0x2029: 'paragraph separator',
  0x202a: 'left-to-right embedding',
  0x202b: 'right-to-left embedding',
  0x202c: 'pop directional formatting',
  0x202d: 'left-to-right override',
  0x202e: 'right-to-left override',
  0x202f: 'narrow no-break space',
  0x2060: 'word joiner',
  0x3000: 'ideographic space',
  0xfeff: 'zero width no-break space, byte order mark',
};

/** Pairs of a character and the ASCII one that it looks like; compatibility forms (full width and others) besides. */
const lookAlikes: ReadonlyMap<string, string> = new Map(
  (
    'аaсcԁdеeһhіiјjкkӏlоoрpԛqѕsуyхxԝwүyАAВBСCЕEНHІIЈJКKМMОOРPЅSТTУYХXԜWЗ3' +
    'вbгrз3иuйuмmнhпnтtцuьbб6ёeєeԍgґr' +
    'αaοoνvρpιiυuκkΑAΒBΕEΖZΗHΙIΚKΜMΝNΟOΡPΤTΥYΧXβbγyεeηnτtωwσoμuχxıiɡgɑaӀIӏl' +
    '‐-‑-‒-–-—-−-⁄/∕/∶:꞉:ː:‚,٫,⁎*∗*'
  )
    .match(/../gu)
    ?.map(([from = '', to = '']) => [from, to] as const),
);

const quotationMarks = /^[\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb\u2018\u2019\u201a\u201b\u2032\u2039\u203a]$/u;

/**
 * Returns which characters of a text are not of its alphabet, in words: `the invisible character U+200B (zero width
 * space) after "…deploy"`. Undefined if there are none. Three are named, the rest is counted.
 */
export function describeStray(text: string, alphabet: Alphabet, position: Position = 'quoted'): string | undefined {
  const strays = findStray(text, alphabet);
  if (strays.length === 0) return undefined;
  const first = new Map([...strays].reverse().map(({ character, index }) => [character, index]));
  const named = [...first].sort(([, one], [, other]) => one - other).slice(0, 3);
  const words = named.map(([character, index]) => `${nameCharacter(character)} ${locate(text, index, position)}`);
  const more = strays.length - named.length;
  return `${words.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/**
 * Returns the text that was probably meant: invisible characters are left out, spaces become the given one, and
 * letters of other scripts the ASCII ones that they look like. For looking for further mistakes only; nothing uses it as a value.
 */
export function repairStray(text: string, alphabet: Alphabet, space: ' ' | ''): string {
  const strays = findStray(text, alphabet);
  const pieces = strays.map(({ character, index }, place) => {
    const end = index + character.length;
    const isBetween = /[\s=>,]$/.test(text.slice(0, index).slice(-1)) || beforeItem.test(text.slice(end, end + 4));
    return `${repair(character, isBetween ? space : '')}${text.slice(end, strays[place + 1]?.index)}`;
  });
  return `${text.slice(0, strays[0]?.index)}${pieces.join('')}`;
}

/** A space separates before an ARN or a Region, and beside a sign or another space; elsewhere it is within a word. */
const beforeItem = /^(?:arn:|[a-z]{2}-|[\s=>,])/;

function repair(character: string, space: ' ' | ''): string {
  if (/\p{Z}/u.test(character)) return space;
  return invisible.test(character) ? '' : (asciiOf(character) ?? character);
}

/**
 * Returns the digits of numbers of ten digits and more that are broken up by characters past ASCII, as messages can show
 * them: each run, and all digits before each such character. At most twelve numbers, each of at most 40 characters.
 */
export function listBrokenNumbers(text: string): readonly string[] {
  const numbers = text.match(/[0-9\u0080-\uffff]{2,40}/g) ?? [];
  const broken = numbers.filter(one => /\D/.test(one) && one.replace(/\D+/g, '').length >= 10).slice(0, 12);
  return broken.flatMap(number => {
    const runs = number.split(/\D+/);
    return [...runs, ...runs.map((_run, index) => runs.slice(0, index + 1).join(''))].filter(run => run !== '');
  });
}

interface Stray {
  readonly character: string;
  /** In UTF-16 units. */
  readonly index: number;
}

function findStray(text: string, alphabet: Alphabet): readonly Stray[] {
  if (plain.test(text)) return [];
  const impostors = alphabet === 'letters' ? findImpostors(text) : new Set<number>();
  const strays: Stray[] = [];
  let index = 0;
  for (const character of text) {
    if (impostors.has(index) || isStray(character, alphabet)) strays.push({ character, index });
    index += character.length;
  }
  return strays;
}

function isStray(character: string, alphabet: Alphabet): boolean {
  if (plain.test(character)) return false;
  // The usual space of Chinese and Japanese text.
  if (alphabet === 'letters' && character === '\u3000') return false;
  if (alphabet === 'ascii' || invisible.test(character)) return true;
  return alphabet === 'latin-1' && (character.codePointAt(0) ?? 0) > 0xff;
}

/**
 * Letters and digits of another script or width in words that have ASCII letters and no others; whole words of such
 * letters are what they seem. Other signs that look like those of ASCII: wherever they stand.
 */
function findImpostors(text: string): ReadonlySet<number> {
  const places = new Set<number>();
  for (const { 0: word, index: start } of text.matchAll(/[\p{L}\p{M}\p{N}_]+/gu)) {
    const letters = [...word.matchAll(/[\p{L}\p{N}]/gu)];
    const others = letters.filter(({ 0: letter }) => isForeign(letter));
    const isMixed = /[a-z]/i.test(word) || (/[0-9]/.test(word) && others.every(({ 0: one }) => /\p{N}/u.test(one)));
    if (!isMixed || !others.every(({ 0: letter }) => asciiOf(letter) !== undefined)) continue;
    for (const { index } of others) places.add(start + index);
  }
  for (const { 0: sign, index } of text.matchAll(/[^\p{L}\p{M}\p{N}\s\0-\x7f]/gu))
    if (asciiOf(sign) !== undefined || quotationMarks.test(sign)) places.add(index);
  return places;
}

/** A letter not of the Latin script, or a letter or digit in full width or a mathematical style. */
function isForeign(letter: string): boolean {
  return /[\uff00-\uffef\u{1d400}-\u{1d7ff}]/u.test(letter) || /(?!\p{Script=Latin})\p{L}/u.test(letter);
}

/** Returns a character in words: `the invisible character U+200B (zero width space)`. */
export function nameCharacter(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const shown = `character U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
  const name = invisibleNames[code];
  if (invisible.test(character)) return `the invisible ${shown}${name === undefined ? '' : ` (${name})`}`;
  return `the ${shown} (${describeVisible(character)})`;
}

function describeVisible(character: string): string {
  if (quotationMarks.test(character)) return 'a typographic quotation mark';
  const [script] = Object.entries(scripts).find(([, pattern]) => pattern.test(character)) ?? [];
  const ascii = asciiOf(character);
  const letter = script === undefined ? [] : [`a ${script} letter`];
  if (ascii !== undefined) return [...letter, `looks like "${ascii}"`].join(', ');
  return letter[0] ?? (/\p{M}/u.test(character) ? 'a combining mark' : `"${character}"`);
}

const scripts = { Cyrillic: /(?=\p{L})\p{Script=Cyrillic}/u, Greek: /(?=\p{L})\p{Script=Greek}/u };

function asciiOf(character: string): string | undefined {
  const compatible = character.normalize('NFKC');
  return lookAlikes.get(character) ?? (/^[\x21-\x7e]$/.test(compatible) ? compatible : undefined);
}

const contextLength = 12;

function locate(text: string, index: number, position: Position): string {
  const start = text.lastIndexOf('\n', index - 1) + 1;
  const line = text.includes('\n') ? `in line ${text.slice(0, index).split('\n').length}, ` : '';
  if (position === 'counted') return `${line}as character ${Array.from(text.slice(start, index)).length + 1}`;
  const before = Array.from(text.slice(start, index)).filter(one => !invisible.test(one));
  if (before.join('').trim() !== '') {
    return `${line}after "${before.length > contextLength ? '…' : ''}${before.slice(-contextLength).join('')}"`;
  }
  return `${line}at the beginning`;
}

import fc from 'fast-check';

const hostile = [
  '##vso[task.setvariable variable=X]1',
  '##VSO[task.complete result=Succeeded;]',
  '##[error]x',
  '#\u200b#vso[x.y]',
  '%0A##vso[a.b]',
  '\r\n',
  '\n',
  '\t',
  '\u0000',
  '\u001b[31m',
  '\u202e',
  '\u2028',
  '\ud800',
  '$(variable)',
  '${aws:userid}',
  '${*}',
  '../',
  '/',
  '\\',
  '"',
  "'",
  '`',
  '|',
  '<!--',
  ']]>',
  '&amp;',
  '&#10;',
  '__proto__',
  'constructor',
  'toString',
  '[default]',
  ' = ',
  '>',
  ';',
  '#',
  '@evil.example',
  '127.0.0.1',
  '٣',
  'İ',
] as const;

/** As `unit: 'binary'` gives them, which makes a table of all of them first. */
const anyCharacter = fc
  .integer({ min: 0, max: 0x10_ffff })
  .filter(code => code < 0xd800 || code > 0xdfff)
  .map(code => String.fromCodePoint(code));

/** Text as it comes from outside: short and odd, long and dull, with what means something to somebody in it. */
export const anyText: fc.Arbitrary<string> = fc.oneof(
  fc.string({ maxLength: 40 }),
  fc.string({ unit: anyCharacter, maxLength: 40 }),
  fc.array(fc.oneof(fc.constantFrom(...hostile), fc.string({ maxLength: 4 })), { maxLength: 8 }).map(join),
  fc.tuple(fc.string({ maxLength: 4 }), fc.integer({ min: 1, max: 4000 }), fc.string({ maxLength: 3 })).map(repeat),
);

/** Text of given pieces, with anything between them. */
export function around(...pieces: readonly [string, ...string[]]): fc.Arbitrary<string> {
  const piece = fc.constantFrom(...pieces);
  return fc.oneof(
    { weight: 3, arbitrary: piece },
    { weight: 3, arbitrary: fc.array(piece, { maxLength: 8 }).map(join) },
    { weight: 2, arbitrary: fc.array(fc.oneof(piece, fc.constantFrom(...hostile)), { maxLength: 8 }).map(join) },
    { weight: 2, arbitrary: fc.tuple(piece, fc.nat(200), fc.string({ maxLength: 2 })).map(spoil) },
    { weight: 1, arbitrary: anyText },
  );
}

/** A text with a few characters in it replaced or removed. */
export function spoil([text, place, put]: readonly [string, number, string]): string {
  const at = place % (text.length + 1);
  return text.slice(0, at) + put + text.slice(at + 1);
}

function join(pieces: readonly string[]): string {
  return pieces.join('');
}

/** What makes a pattern that backtracks slow. */
function repeat([unit, count, end]: readonly [string, number, string]): string {
  return unit.repeat(count) + end;
}

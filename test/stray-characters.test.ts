import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describeStray, listBrokenNumbers, repairStray, type Alphabet } from '../src/stray-characters.ts';

/** What is said of a text in each alphabet; undefined if nothing is. */
const rows: readonly (readonly [text: string, alphabets: readonly Alphabet[], said: string | undefined])[] = [
  ['plain ~ text\n\twith lines\r\n', ['ascii', 'latin-1', 'letters'], undefined],
  ['', ['ascii', 'latin-1', 'letters'], undefined],
  ['role/é', ['ascii'], 'the character U+00E9 ("é") after "role/"'],
  ['role/é', ['latin-1', 'letters'], undefined],
  ['платформа = 会社, größe\u3000x', ['letters'], undefined],
  [
    'платформа',
    ['latin-1'],
    'the character U+043F (a Cyrillic letter, looks like "n") at the beginning, the character U+043B (a Cyrillic letter) after "п"',
  ],
  ['te\u043dm', ['letters'], 'the character U+043D (a Cyrillic letter, looks like "h") after "te"'],
  ['te\uff41m', ['letters'], 'the character U+FF41 (looks like "a") after "te"'],
  ['x1\uff11', ['letters'], 'the character U+FF11 (looks like "1") after "x1"'],
  ['a\u2013b', ['letters'], 'the character U+2013 (looks like "-") after "a"'],
  ['team\uff1da', ['letters'], 'the character U+FF1D (looks like "=") after "team"'],
  ['\u201cteam\u201d', ['letters'], 'the character U+201C (a typographic quotation mark) at the beginning'],
  ['N\u00ba 5, m\u00b2, チームＡ, ＡＢ, naïve', ['letters'], undefined],
  ['Δt µs π', ['letters'], undefined],
  ['te\u0430m', ['ascii', 'latin-1', 'letters'], 'the character U+0430 (a Cyrillic letter, looks like "a") after "te"'],
  ['\u0391lpha1', ['letters'], 'the character U+0391 (a Greek letter, looks like "A") at the beginning'],
  ['a\u200bb', ['ascii', 'latin-1', 'letters'], 'the invisible character U+200B (zero width space) after "a"'],
  ['a\u200e', ['ascii', 'latin-1', 'letters'], 'the invisible character U+200E (left-to-right mark) after "a"'],
  ['a\u00adb', ['ascii', 'latin-1', 'letters'], 'the invisible character U+00AD (soft hyphen) after "a"'],
  ['a\u00a0b', ['ascii', 'latin-1', 'letters'], 'the invisible character U+00A0 (no-break space) after "a"'],
  [
    '\ufeffa',
    ['letters'],
    'the invisible character U+FEFF (zero width no-break space, byte order mark) at the beginning',
  ],
  ['a\u2800b', ['letters'], 'the invisible character U+2800 after "a"'],
  ['a\u{e0041}', ['ascii'], 'the invisible character U+E0041 after "a"'],
  ['a\ud800', ['ascii'], 'the invisible character U+D800 after "a"'],
  ['a\u0000b', ['ascii'], 'the invisible character U+0000 (null character) after "a"'],
  ['a\u0301', ['ascii'], 'the character U+0301 (a combining mark) after "a"'],
  ['“a', ['ascii'], 'the character U+201C (a typographic quotation mark) at the beginning'],
  ['a–b', ['ascii'], 'the character U+2013 (looks like "-") after "a"'],
  ['１', ['ascii'], 'the character U+FF11 (looks like "1") at the beginning'],
  ['x\na\u200bb', ['ascii'], 'the invisible character U+200B (zero width space) in line 2, after "a"'],
  ['0123456789abcdef\u200b', ['ascii'], 'the invisible character U+200B (zero width space) after "…456789abcdef"'],
];

describe('stray-characters', () => {
  for (const [text, alphabets, said] of rows) {
    for (const alphabet of alphabets) {
      it(`${JSON.stringify(text)} as ${alphabet}: ${said ?? 'nothing'}`, () => {
        const described = describeStray(text, alphabet);
        if (said === undefined) assert.equal(described, undefined);
        else assert.ok(described?.startsWith(said), described);
      });
    }
  }

  it('gives a number where the text must not be repeated', () => {
    const said = 'the invisible character U+200B (zero width space) as character 5';
    assert.equal(describeStray('canary\n😀abc\u200b', 'letters', 'counted'), said.replace('as', 'in line 2, as'));
    assert.equal(describeStray('code\u200b', 'ascii', 'counted'), said);
  });

  it('names three and counts the rest', () => {
    assert.match(describeStray('äöüß\u200bä', 'ascii') ?? '', /U\+00E4.*U\+00F6.*U\+00FC.* and 3 more$/);
  });

  for (const [text, repaired] of [
    ['role/dep\u200bloy\ufeff', 'role/deploy'],
    ['eu\u2011west\u22121', 'eu-west-1'],
    ['\u0430b\u00a0c', 'abc'],
    ['x\u00a0= a\u2028arn:b\u00a0eu-west-1', 'x = a arn:b eu-west-1'],
    ['“é”', '“é”'],
  ] as const) {
    it(`takes ${JSON.stringify(text)} for ${repaired}`, () => {
      assert.equal(repairStray(text, 'ascii', ' '), repaired);
    });
  }

  for (const [text, shown] of [
    ['arn:aws:iam::1234\u200b5678\u200e9012:role/x', ['1234', '5678', '9012', '1234', '12345678', '123456789012']],
    ['\u200b123456\u00e97890', ['123456', '7890', '123456', '1234567890']],
    ['123456789012, 2024\u200b, x\u200by', []],
    ['123456789012', []],
    ['', []],
    ['1\u200b'.repeat(5000), undefined],
  ] as const) {
    it(`the broken numbers of ${JSON.stringify(text.slice(0, 60))}`, () => {
      const found = listBrokenNumbers(text);
      if (shown === undefined) assert.ok(found.length > 0 && found.length < 600);
      else assert.deepEqual(found, shown);
    });
  }

  it('leaves nothing unseen: what is not said to hold something has plain ASCII only', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), text => {
        assert.equal(describeStray(text, 'ascii') === undefined, /^[\t\n\r\x20-\x7e]*$/.test(text));
        assert.doesNotThrow(() => repairStray(text, 'letters', ''));
      }),
    );
  });
});

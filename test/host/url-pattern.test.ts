import assert from 'node:assert/strict';
import fc from 'fast-check';
import { compileUrlPattern } from '../../src/host/url-pattern.ts';
import { scaleRuns } from '../hardness/fuzz/check.ts';

const plenty = () => ({ left: 1_000_000 });

describe('url pattern', () => {
  const sts = 'https://sts.eu-west-1.amazonaws.com/';
  const rows: readonly (readonly [pattern: string, text: string, matches: boolean])[] = [
    ['.*\\.amazonaws\\.com', sts, true],
    ['^https?://sts\\.[a-z]{2}-[a-z]+-\\d\\.amazonaws\\.com/?$', sts, true],
    ['(dev|sts)\\.eu-(?:west|north)-[12]', sts, true],
    ['AMAZONAWS', sts, true],
    ['[A-Z]+-WEST', sts, true],
    ['\\bsts\\b', sts, true],
    ['10\\.\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}', 'https://10.1.22.133', true],
    ['https:\\/\\/.*', sts, true],
    ['[\\w.-]+\\.com', sts, true],
    ['', sts, true],
    ['sts.?eu', sts, true],
    ['^sts', sts, false],
    ['com$', sts, false],
    ['eu-west-[2-9]', sts, false],
    ['[^a-z.:/\\d-]', sts, false],
    ['\\bst\\b', sts, false],
    ['a{2}', sts, false],
    ['(?:a|z){3,}', sts, false],
  ];
  for (const [pattern, text, matches] of rows) {
    it(`${pattern} ${matches ? 'matches' : 'does not match'} ${text}`, () => {
      const compiled = compileUrlPattern(pattern);
      assert.ok(!(compiled instanceof Error));
      assert.equal(compiled.test(text, plenty()), matches);
    });
  }

  const refused: Readonly<Record<string, readonly string[]>> = {
    'is not a regular expression': ['*.a', '(', 'a)', '[a', 'a**', '{2}', 'a{2,1}', '\\', '[b-a]', '+', '^*', 'a|*'],
    'is not supported': [
      '(?=a)',
      '(?!a)',
      '(?<=a)',
      '(a)\\1',
      '\\x41',
      '\\u0041',
      '\\p{L}',
      '(?i)a',
      '[]a]',
      '[a-\\d]',
    ],
    'is too long': ['a'.repeat(501), 'a{1001}', '(((a{99}){99}){99}){99}', '((((){999}){999}){999}){999}'],
  };
  for (const [why, patterns] of Object.entries(refused)) {
    for (const pattern of patterns) {
      it(`${pattern.slice(0, 40)} ${why}`, () => {
        const fault = compileUrlPattern(pattern);
        assert.ok(fault instanceof Error);
        assert.equal(fault.message, why);
      });
    }
  }

  it("means what JavaScript's own expressions mean", () => {
    const atoms = [
      'a',
      'B',
      '.',
      '-',
      '/',
      '\\.',
      '\\d',
      '\\W',
      '\\S',
      '\\b',
      '\\B',
      '[a-c]',
      '[^a.]',
      '[\\w-]',
      '{',
      ',',
    ];
    const marks = ['*', '+', '?', '|', '(', '(?:', ')', '^', '$', '{2}', '{1,2}', '{0,}'];
    const pieces = (...choice: string[]) =>
      fc.array(fc.constantFrom(...choice), { maxLength: 9 }).map(all => all.join(''));
    const texts = fc.array(pieces('a', 'B', 'c', '.', '-', '/', '1', '{', ','), { minLength: 3, maxLength: 3 });
    const property = fc.property(pieces(...atoms, ...marks), texts, (pattern, all) => {
      const compiled = compileUrlPattern(pattern);
      if (compiled instanceof Error) assert.throws(() => new RegExp(pattern));
      else
        for (const text of all) assert.equal(compiled.test(text, plenty()), new RegExp(pattern, 'i').test(text), text);
    });
    fc.assert(property, scaleRuns(5));
  });

  it('stops where its limit ends, as if it did not match', () => {
    const compiled = compileUrlPattern('m/$');
    assert.ok(!(compiled instanceof Error));
    assert.equal(compiled.test(sts, { left: 10 }), false);
    assert.equal(compiled.test(sts, plenty()), true);
  });
});

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { findJsonFault } from '../src/json-fault.ts';
import { scaleRuns } from './hardness/fuzz/check.ts';

const faults: readonly (readonly [text: string, line: number, column: number, found: RegExp])[] = [
  ['', 1, 1, /^nothing$/],
  ['{"a":1,}', 1, 7, /^a comma before "}"$/],
  ['{\n  "a": [1,\n  ]\n}', 2, 10, /^a comma before "\]"$/],
  ['{"a":1 "b":2}', 1, 8, /instead of a comma/],
  ["{'a':1}", 1, 2, /^a single quotation mark/],
  ['{“a”:1}', 1, 2, /^a typographic quotation mark/],
  ['{a:1}', 1, 2, /^the key a without quotation marks$/],
  ['// c\n{}', 1, 1, /^a comment/],
  ['{"a": 1 # c\n}', 1, 9, /^a comment/],
  ['{"a":/* c */1}', 1, 6, /^a comment/],
  ['{"a":1} {"b":2}', 1, 9, /^more text after the end/],
  ['{"a":1}}', 1, 8, /^more text after the end/],
  ['{"a":[1,2}', 1, 10, /^"}" instead of a comma$/],
  ['{"a":{', 1, 7, /^the end of the text, but "}" is missing$/],
  ['{"a":True}', 1, 6, /^a Python keyword/],
  ['{"a":01}', 1, 6, /^"01" instead of a value$/],
  ['{"a":"x\ny"}', 1, 6, /past the end of its line/],
  ['{"a":"\\d"}', 1, 6, /escape sequence that JSON does not know/],
  ['{"a":"x', 1, 6, /without its closing quotation mark/],
  ['{"😀":x}', 1, 6, /^"x" instead of a value$/],
  ['Version: 1', 1, 1, /^"Version" instead of a value$/],
  ['{"a" 1}', 1, 6, /^"1" instead of a colon$/],
  ['{"a":1,,"b":2}', 1, 8, /^"," instead of a key$/],
];

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

describe('json-fault', () => {
  for (const [text, line, column, found] of faults) {
    it(`finds the fault of ${JSON.stringify(text)} in line ${line}, column ${column}`, () => {
      const fault = findJsonFault(text);
      assert.deepEqual([fault?.line, fault?.column], [line, column], JSON.stringify(fault));
      assert.match(fault?.found ?? '', found);
    });
  }

  for (const text of ['{"a":canary}', '{canary:1}', '{"a" canary}', '[1 canary]', "{'canary':1}", '{"a":1}canary']) {
    it(`shows no word of ${text} without quotes`, () => {
      assert.doesNotMatch(findJsonFault(text, { quotes: false })?.found ?? 'canary', /canary/);
    });
  }

  it('takes for JSON what Node takes for JSON, and nothing else', () => {
    const piece = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"a"',
      '"',
      '\\',
      '1',
      '-0.5e+1',
      '01',
      'true',
      'x',
      ' ',
      '\n',
      "'",
    );
    const broken = fc.tuple(fc.json(), fc.nat(), piece).map(([json, at, add]) => {
      const place = at % (json.length + 1);
      return json.slice(0, place) + add + json.slice(place);
    });
    fc.assert(
      fc.property(
        fc.oneof(
          fc.json(),
          broken,
          fc.array(piece, { maxLength: 9 }).map(all => all.join('')),
        ),
        text => {
          assert.equal(findJsonFault(text) === undefined, isJson(text), text);
        },
      ),
      scaleRuns(5),
    );
  });

  it('comes to an end for long and deep texts', () => {
    for (const text of [
      '['.repeat(130_000),
      `"${'\\\\'.repeat(65_000)}`,
      ' '.repeat(130_000),
      `"${'a'.repeat(130_000)}"`,
    ]) {
      assert.equal(findJsonFault(text) === undefined, isJson(text));
    }
  });
});

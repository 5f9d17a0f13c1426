import assert from 'node:assert/strict';
import fc from 'fast-check';
import { findJsonFault, findDuplicateName } from '../src/json.ts';
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

describe('json', () => {
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

const find = (json: string) => findDuplicateName(json)?.path;

describe('json, names twice', () => {
  for (const [json, path] of [
    ['{"a":1,"a":1}', '$.a'],
    ['{"a" : {} , "b":[ ], "a":[]}', '$.a'],
    ['{"a":1,"\\u0061":2}', '$.a'],
    ['{"Statement":[{},{"Condition":{"StringEquals":{},"StringEquals":{}}}]}', '$.Statement[1].Condition.StringEquals'],
    ['[[1,{"x:y":"{","x:y":"}"}]]', '$[0][1]["x:y"]'],
    ['{"a":{"b":1},"c":{"b":1,"b":2}}', '$.c.b'],
    ['{"__proto__":1,"__proto__":2}', '$.__proto__'],
    ['{"":1,"":2}', '$[""]'],
    ['{"a\\"b":1,"a\\"b":2}', '$["a\\"b"]'],
    ['{"a":"\\\\","a":1}', '$.a'],
    ['{"a\\\\":1,"a":2,"a\\\\":3}', '$["a\\\\"]'],
  ] as const) {
    it(`finds ${json}`, () => {
      assert.equal(find(json), path);
    });
  }

  for (const json of [
    '1',
    '"a"',
    '"\\"a\\":1,\\"a\\":1"',
    '{}',
    '{"a":1,"A":2}',
    '{"a":{"a":{"a":1}}}',
    '[{"a":1},{"a":1}]',
    '{"a":"a","b":["a","a"]}',
    '{"a":":","b":"{\\"a\\":1}"}',
    '{"a":"\\"","b":"a\\":"}',
    '{"é":1,"e\\u0301":2}',
  ]) {
    it(`passes ${json}`, () => {
      assert.equal(find(json), undefined);
    });
  }

  it('takes as long as the text is', () => {
    for (const json of [
      `"${'\\"'.repeat(490_000)}"`,
      `["${'a'.repeat(990_000)}"]`,
      '['.repeat(1e5) + ']'.repeat(1e5),
    ]) {
      JSON.parse(json);
      assert.equal(find(json), undefined);
    }
  });

  /** A value as JSON text, and how many names it has. */
  interface Written {
    readonly json: string;
    readonly names: number;
  }
  const text = fc.oneof(
    fc.constantFrom('a', 'b', '__proto__', '\\', '":', '{"a":', '[,'),
    fc.string({ unit: 'binary' }),
  );
  const gap = fc.constantFrom('', ' ', '\n', '\t \r');
  const { written } = fc.letrec<{ written: Written }>(tie => ({
    written: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      fc
        .oneof(fc.integer(), text, fc.boolean(), fc.constant(null))
        .map(one => ({ json: JSON.stringify(one), names: 0 })),
      fc.tuple(fc.array(tie('written'), { maxLength: 3 }), gap).map(([items, space]) => ({
        json: `[${items.map(({ json }) => `${space}${json}${space}`).join(',')}${items.length === 0 ? space : ''}]`,
        names: items.reduce((sum, { names }) => sum + names, 0),
      })),
      fc.tuple(fc.array(fc.tuple(text, tie('written')), { maxLength: 3 }), gap).map(([members, space]) => ({
        json: `{${space}${members.map(([key, { json }]) => `${JSON.stringify(key)}${space}:${space}${json}${space}`).join(`,${space}`)}}`,
        names: members.reduce((sum, [, { names }]) => sum + names + 1, 0),
      })),
    ),
  }));

  function countNames(value: unknown): number {
    if (typeof value !== 'object' || value === null) return 0;
    const inner = Object.values(value).reduce((sum: number, one) => sum + countNames(one), 0);
    return Array.isArray(value) ? inner : inner + Object.keys(value).length;
  }

  it('finds one just where JSON.parse drops one', () => {
    const counts = { found: 0, passed: 0 };
    fc.assert(
      fc.property(written, ({ json, names }) => {
        const isDropped = countNames(JSON.parse(json)) < names;
        counts[isDropped ? 'found' : 'passed'] += 1;
        assert.equal(find(json) !== undefined, isDropped);
      }),
      { numRuns: 20_000 },
    );
    assert.ok(counts.found > 500 && counts.passed > 5000, JSON.stringify(counts));
  });
});

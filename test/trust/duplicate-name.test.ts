import assert from 'node:assert/strict';
import fc from 'fast-check';
import { findDuplicateName } from '../../src/trust/duplicate-name.ts';
import { memberPath } from '../../src/trust/policy-json.ts';

const find = (json: string) => findDuplicateName(json, memberPath);

describe('trust/duplicate-name', () => {
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

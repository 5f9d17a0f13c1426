import assert from 'node:assert/strict';
import { fillBoth, fillPattern, narrowToPrefix } from '../../src/trust/pattern-overlap.ts';
import { matchPattern, readPattern, type Pattern } from '../../src/trust/pattern.ts';

const read = (text: string): Pattern => readPattern(text, { wildcards: true, version: '2012-10-17' });

describe('trust/pattern-overlap', () => {
  const shared: readonly (readonly [string, string])[] = [
    ['*Payments*', '*prod*'],
    ['*a*b*', '*b*a*'],
    ['sc://contoso/*', 'sc://*/aws'],
    ['sc://contoso/*/prod', '*Pay*'],
    ['a?c', '?b*'],
    ['', '*'],
    // One role with such a policy must not end the audit of its account.
    ['*', `${'a'.repeat(3900)}*`],
  ];
  for (const pair of shared) {
    for (const [one, other] of [pair, pair.toReversed()] as const) {
      it(`fills a text that ${one.slice(0, 30)} and ${other.slice(0, 30)} cover`, () => {
        const patterns = [one, other].map(text => read(text));
        const [first = read(''), second = read('')] = patterns;
        const text = fillBoth(first, second, 'x/y');
        assert.ok(text !== undefined && patterns.every(pattern => matchPattern(pattern, text) === true), text);
      });
    }
  }

  for (const [one, other] of [
    ['a', 'b'],
    ['', '?'],
    ['a*', 'b*'],
    ['*a', '*b'],
    ['sc://a/*', 'sc://b/*'],
  ] as const) {
    it(`finds none for ${one} and ${other}`, () => {
      assert.equal(fillBoth(read(one), read(other), 'x'), undefined);
    });
  }

  for (const [one, other, text] of [
    ['sc://conto*yments', 'sc://cont*ayments', 'sc://conto/n/ayments'],
    ['sc://a/Pay*', 'sc://a/P*y', 'sc://a/Pay/n/y'],
  ] as const) {
    it(`has room for a text where both ${one} and ${other} have a star`, () => {
      assert.equal(fillBoth(read(one), read(other), '/n/'), text);
    });
  }

  for (const [text, ...filled] of [
    ['*/Payments/aws', 'sc://n/n/Payments/aws'],
    ['s*', 'sc://n/n'],
    ['?c:*', 'sc://n/n'],
    ['sc://a/*', 'sc://a/n/n'],
    ['**', 'sc://n/nn/n'],
    ['*:*aws', 'sc://n/n:n/naws', 'sc://n/naws'],
    ['p://*'],
    ['*p'.repeat(300)],
    ['sc:/'],
    [''],
  ] as const) {
    it(`narrows ${text.slice(0, 20)} to what begins with sc://`, () => {
      const narrowed = narrowToPrefix(read(text), 'sc://').map(one => fillPattern(one, 'n/n'));
      for (const one of narrowed) assert.ok(one.startsWith('sc://') && matchPattern(read(text), one) === true, one);
      for (const one of filled) assert.ok(narrowed.includes(one), narrowed.join());
      assert.equal(narrowed.length === 0, filled.length === 0 && !text.startsWith('*'));
    });
  }
});

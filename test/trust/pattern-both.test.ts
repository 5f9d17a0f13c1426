import assert from 'node:assert/strict';
import { fillBoth, matchPattern, readPattern, type Pattern } from '../../src/trust/pattern.ts';

const read = (text: string): Pattern => readPattern(text, { wildcards: true, version: '2012-10-17' });

describe('trust/pattern, for two patterns', () => {
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
});

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isSame, mergeThumbprints } from '../../src/thumbprint/thumbprint-list.ts';

const cases: readonly {
  readonly name: string;
  readonly current: string;
  readonly wanted: string;
  readonly most: number;
  readonly next: string | undefined;
}[] = [
  { name: 'the first is added', current: '', wanted: 'a', most: 5, next: 'a' },
  { name: 'one that is there changes nothing', current: 'a', wanted: 'a', most: 5, next: undefined },
  { name: 'letter case does not count', current: 'A', wanted: 'a', most: 5, next: undefined },
  { name: 'a new one goes to the end', current: 'a', wanted: 'b', most: 5, next: 'a b' },
  { name: 'with 1 the list is replaced', current: 'a b', wanted: 'c', most: 1, next: 'c' },
  { name: 'the oldest goes', current: 'a b c d e', wanted: 'f', most: 5, next: 'b c d e f' },
  { name: 'a longer list is cut', current: 'a b c d e', wanted: 'f', most: 2, next: 'e f' },
  { name: 'a longer list with the wanted one stays', current: 'a b c', wanted: 'a', most: 1, next: undefined },
  { name: 'two hosts add two', current: 'x', wanted: 'a b', most: 5, next: 'x a b' },
  { name: 'two hosts with one certificate add one', current: 'x', wanted: 'a a', most: 5, next: 'x a' },
  { name: 'two hosts with one certificate need room for one', current: 'x', wanted: 'a a', most: 1, next: 'a' },
  { name: 'one of two is there', current: 'x a', wanted: 'a b', most: 5, next: 'x a b' },
  { name: 'the oldest stays where it is wanted', current: 'a x y', wanted: 'a b', most: 3, next: 'a y b' },
  { name: 'both wanted ones, no room for others', current: 'a x y', wanted: 'a b', most: 2, next: 'a b' },
];

const split = (text: string): readonly string[] => text.split(' ').filter(one => one !== '');

describe('thumbprint list', () => {
  for (const { name, current, wanted, most, next } of cases) {
    it(name, () => {
      const expected = next === undefined ? undefined : split(next);
      assert.deepEqual(mergeThumbprints(split(current), split(wanted), most), expected);
    });
  }

  it('is refused where two are needed and one may be kept', () => {
    assert.throws(() => mergeThumbprints(['x'], ['a', 'b'], 1), {
      name: 'IssuerError',
      message: /^ThumbprintsTooMany: The issuer needs 2 thumbprints, .* but only 1 may be kept/,
    });
  });

  it('holds what is wanted, no more than told, the rest in its order', () => {
    const one = fc.constantFrom<string>('a', 'B', 'b', 'c', 'D', 'e', 'f', 'g');
    const lists = fc.tuple(fc.array(one, { maxLength: 5 }), fc.array(one, { minLength: 1, maxLength: 2 }));
    fc.assert(
      fc.property(lists, fc.integer({ min: 2, max: 5 }), ([current, wanted], most) => {
        const next = mergeThumbprints(current, wanted, most);
        const held = next ?? current;
        for (const each of wanted)
          assert.ok(
            held.some(other => isSame(each, other)),
            `${each} in ${held.join()}`,
          );
        if (next === undefined) return;
        assert.ok(next.length <= most, next.join());
        const kept = next.filter(each => current.includes(each));
        const order = current.filter((each, place) => kept.includes(each) && current.indexOf(each) === place);
        assert.deepEqual(kept, order, next.join());
        assert.equal(new Set(next.map(each => each.toLowerCase())).size, next.length, next.join());
      }),
    );
  });
});

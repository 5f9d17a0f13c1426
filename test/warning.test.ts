import assert from 'node:assert/strict';
import { parseKnownWarnings, warningCodes } from '../src/warning.ts';

const lists: readonly (readonly [list: string, codes: readonly string[], unknown: readonly string[]])[] = [
  ['ClockSkew', ['ClockSkew'], []],
  ['clockskew,  PROFILESHIDDEN\n', ['ClockSkew', 'ProfilesHidden'], []],
  [warningCodes.join(','), warningCodes, []],
  ['', [], []],
  [' , ', [], []],
  ['*', [], ['*']],
  ['all', [], ['all']],
  ['ClockSkew;ProfilesHidden', [], ['ClockSkew;ProfilesHidden']],
  ['InputInvalid ClockSkew', ['ClockSkew'], ['InputInvalid']],
];

describe('warning', () => {
  for (const [list, codes, unknown] of lists) {
    it(`of "${list.slice(0, 40).trim()}" ${codes.length} are known`, () => {
      const known = parseKnownWarnings(list);
      assert.deepEqual([[...known.codes], known.unknown], [codes, unknown]);
    });
  }
});

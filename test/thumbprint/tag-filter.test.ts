import assert from 'node:assert/strict';
import { isSelected, parseTagFilter } from '../../src/thumbprint/tag-filter.ts';

const parsed = [
  { text: 'auto-refresh=true', filter: { key: 'auto-refresh', value: 'true' } },
  { text: 'auto-refresh', filter: { key: 'auto-refresh', value: undefined } },
  { text: 'Name=ab=c', filter: { key: 'Name', value: 'ab=c' } },
  { text: 'Name=', filter: { key: 'Name', value: '' } },
  { text: 'a b:c/d=e f', filter: { key: 'a b:c/d', value: 'e f' } },
  { text: '', filter: undefined },
  { text: '=true', filter: undefined },
  { text: `${'k'.repeat(129)}=v`, filter: undefined },
  { text: `k=${'v'.repeat(257)}`, filter: undefined },
];

const tags = { 'auto-refresh': 'true', team: 'payments', empty: '' };

const selections = [
  { filters: ['auto-refresh=true'], selected: true },
  { filters: ['auto-refresh'], selected: true },
  { filters: ['auto-refresh=true', 'team=payments'], selected: true },
  { filters: ['auto-refresh', 'team'], selected: true },
  { filters: ['empty='], selected: true },
  { filters: ['auto-refresh=true', 'auto-refresh=false'], selected: true },
  { filters: ['auto-refresh=false', 'auto-refresh=true', 'team=payments'], selected: true },
  { filters: ['auto-refresh=no', 'auto-refresh'], selected: true },
  { filters: [], selected: false },
  { filters: ['auto-refresh=false'], selected: false },
  { filters: ['auto-refresh=True'], selected: false },
  { filters: ['Auto-Refresh=true'], selected: false },
  { filters: ['auto-refresh='], selected: false },
  { filters: ['auto-refresh=true', 'team=network'], selected: false },
  { filters: ['auto-refresh=yes', 'auto-refresh=false'], selected: false },
  { filters: ['auto-refresh=true', 'auto-refresh=false', 'team=network'], selected: false },
  { filters: ['auto-refresh=true', 'Auto-Refresh=false'], selected: false },
  { filters: ['missing'], selected: false },
  { filters: ['constructor'], selected: false },
  { filters: ['toString'], selected: false },
];

describe('tag filter', () => {
  for (const { text, filter } of parsed) {
    it(`${filter === undefined ? 'refuses' : 'reads'} ${JSON.stringify(text.slice(0, 30))}`, () => {
      assert.deepEqual(parseTagFilter(text), filter);
    });
  }

  for (const { filters, selected } of selections) {
    it(`${JSON.stringify(filters)} ${selected ? 'selects' : 'does not select'}`, () => {
      assert.equal(
        isSelected(
          tags,
          filters.flatMap(one => parseTagFilter(one) ?? []),
        ),
        selected,
      );
    });
  }
});

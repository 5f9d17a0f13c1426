import assert from 'node:assert/strict';
import { isSelected, parseTagFilter, parseRefreshEvent } from '../../src/thumbprint/refresh-event.ts';
import { WifError } from '../../src/errors.ts';

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

const nothing = { verbose: false, dryRun: false, maxThumbprints: 5, tags: [] };

const taken = [
  { event: {}, request: nothing },
  { event: { verbose: true }, request: { ...nothing, verbose: true } },
  { event: { dry_run: true }, request: { ...nothing, dryRun: true } },
  { event: { max_thumbprints: 1 }, request: { ...nothing, maxThumbprints: 1 } },
  { event: { max_thumbprints: 5, tags: [] }, request: nothing },
  {
    event: { verbose: true, dry_run: true, max_thumbprints: 3, tags: ['auto-refresh=true', 'team'] },
    request: {
      verbose: true,
      dryRun: true,
      maxThumbprints: 3,
      tags: [
        { key: 'auto-refresh', value: 'true' },
        { key: 'team', value: undefined },
      ],
    },
  },
];

const refused: readonly { readonly event: unknown; readonly says: string }[] = [
  { event: undefined, says: 'The event is not a JSON object.' },
  { event: null, says: 'The event is not a JSON object.' },
  { event: 'auto-refresh=true', says: 'The event is not a JSON object.' },
  { event: [], says: 'The event is not a JSON object.' },
  { event: { dryrun: true }, says: 'The event has the unknown field "dryrun".' },
  { event: { append: false }, says: 'The event has the unknown field "append".' },
  { event: { allowLoopback: true }, says: 'The event has the unknown field "allowLoopback".' },
  { event: JSON.parse('{"__proto__": {"tags": ["a"]}}'), says: 'The event has the unknown field "__proto__".' },
  { event: { version: '0', 'detail-type': 'Scheduled Event' }, says: 'unknown field "detail-type".' },
  { event: { verbose: 'true' }, says: 'verbose is "true".' },
  { event: { dry_run: 1 }, says: 'dry_run is 1.' },
  { event: { dry_run: null }, says: 'dry_run is null.' },
  { event: { max_thumbprints: 0 }, says: 'max_thumbprints is 0.' },
  { event: { max_thumbprints: 6 }, says: 'max_thumbprints is 6.' },
  { event: { max_thumbprints: 2.5 }, says: 'max_thumbprints is 2.5.' },
  { event: { max_thumbprints: '3' }, says: 'max_thumbprints is "3".' },
  { event: { max_thumbprints: true }, says: 'max_thumbprints is true.' },
  { event: { tags: 'auto-refresh=true' }, says: 'tags is "auto-refresh=true".' },
  { event: { tags: { 'auto-refresh': 'true' } }, says: 'tags is {"auto-refresh":"true"}.' },
  { event: { tags: [''] }, says: 'tags is [""].' },
  { event: { tags: ['a', 1] }, says: 'tags is ["a",1].' },
  { event: { tags: null }, says: 'tags is null.' },
  { event: { verbose: 1, other: 2 }, says: 'The event has the unknown field "other". verbose is 1.' },
];

describe('refresh event', () => {
  for (const { event, request } of taken) {
    it(`takes ${JSON.stringify(event)}`, () => {
      assert.deepEqual(parseRefreshEvent(event), request);
    });
  }

  for (const { event, says } of refused) {
    it(`refuses ${JSON.stringify(event)}`, () => {
      assert.throws(
        () => parseRefreshEvent(event),
        (thrown: unknown) => {
          assert.ok(thrown instanceof WifError, String(thrown));
          assert.equal(thrown.code, 'InputInvalid');
          assert.ok(thrown.message.includes(says), thrown.message);
          return true;
        },
      );
    });
  }
});

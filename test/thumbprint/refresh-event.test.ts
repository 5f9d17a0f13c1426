import assert from 'node:assert/strict';
import { WifError } from '../../src/errors.ts';
import { parseRefreshEvent } from '../../src/thumbprint/refresh-event.ts';

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

import assert from 'node:assert/strict';
import { warnOfFleet } from '../../../src/cli/migrate/report.ts';
import { aws, network, see, seen } from '../../migration/company.ts';

describe('cli/migrate: what to know of an organization', () => {
  const converted = see(seen.filter(({ name }) => name === 'converted'));

  it('connections of multitenant applications are counted, where some are to convert', () => {
    assert.match(warnOfFleet(see()).join(), /multitenant/);
    assert.doesNotMatch(warnOfFleet(converted).join(), /multitenant/);
  });

  it('histories that could not be read, and no others', () => {
    const unread = (...ids: readonly string[]) => new Map(ids.map(id => [id, undefined]));
    const count = (histories: Parameters<typeof warnOfFleet>[1]) =>
      /history of (\d+) connections/.exec(warnOfFleet(see(), histories).join())?.[1];
    assert.equal(count(unread(aws.id, network.id)), '2');
    assert.equal(count(unread('00000000-0000-4000-8000-000000000099')), undefined);
    assert.equal(count(undefined), undefined);
  });
});

import assert from 'node:assert/strict';
import { auditAccount } from '../../src/migration/audit.ts';
import { describeFleet } from '../../src/migration/fleet/describe-fleet.ts';
import { accountId, generateFleet, githubArn, oldUrl, organization, show, tenantId } from './fleet-generator.ts';

/**
 * Nobody gets in by it, but it compares subjects otherwise than character by character: so every connection is judged.
 */
const pattern = {
  Effect: 'Allow',
  Principal: { Federated: githubArn },
  Action: 'sts:AssumeRoleWithWebIdentity',
  Condition: { StringLike: { [`${oldUrl}:sub`]: 'nobody/*' } },
};

describe('looking at those connections only that a policy names', () => {
  it('finds what looking at all of them finds', () => {
    let found = 0;
    const seeds = process.env['FUZZ_RUNS'] === undefined ? 20 : 60;
    for (let seed = 1; seed <= seeds; seed += 1) {
      const { connections, roles, providers } = generateFleet(seed);
      const fleet = describeFleet(connections.map(show), organization, tenantId);
      const read = (more: readonly unknown[]) => ({
        account: { partition: 'aws', accountId } as const,
        providers: providers.map(one => ({
          ...one,
          arn: `arn:aws:iam::${accountId}:oidc-provider/${one.url}`,
          clientIds: one.clientIds,
          thumbprints: [],
          tags: {},
        })),
        roles: roles.map(({ name, trustPolicy }) => {
          const policy = trustPolicy as { readonly Statement: unknown };
          const text = JSON.stringify({ ...policy, Statement: [policy.Statement, more].flat() });
          return { arn: `arn:aws:iam::${accountId}:role/${name}`, name, path: '/', trustPolicy: text };
        }),
      });
      const [some, all] = [read([]), read([pattern])];
      const rows = auditAccount(some, fleet).rows;
      assert.deepEqual(rows, auditAccount(all, fleet).rows, `seed ${seed}`);
      found += rows.length;
    }
    assert.ok(found > 2 * seeds, `${found} rows`);
  });
});

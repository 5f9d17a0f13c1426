import assert from 'node:assert/strict';
import fc from 'fast-check';
import { deriveIdentity } from '../../src/identity/audience.ts';
import { buildTrustPolicy } from '../../src/trust/build.ts';
import { evaluateTrust } from '../../src/trust/evaluate.ts';
import { partitions, type Account } from '../../src/trust/oidc-provider.ts';
import { parseTrustPolicy, type TrustPolicy } from '../../src/trust/trust-policy.ts';
import { describeWebIdentity, type FederatedClaims } from '../../src/trust/web-identity.ts';
import { parameters } from '../hardness/fuzz/check.ts';
import { azp, entraAudience, oldAudience } from './company.ts';

const hostile = [
  '*',
  '?',
  '${aws:userid}',
  '${*}',
  '${?}',
  '${$}',
  '$',
  '$$',
  '${',
  '}',
  '"',
  '\\',
  "'",
  'ü',
  '項目',
  '😀',
  '\n',
  ' ',
];
const pieces = fc.oneof(fc.constantFrom(...hostile), fc.string({ unit: 'binary', minLength: 1, maxLength: 6 }));
const anyName = fc.array(pieces, { minLength: 1, maxLength: 5 }).map(parts => parts.join(''));
const name = anyName.map(text => text.replaceAll('/', '-'));

const facts = fc.record({
  organizationId: fc.uuid(),
  organization: name,
  project: name,
  connection: anyName,
  tenantId: fc.uuid(),
  connectionId: fc.uuid(),
});
const accounts = fc.record({
  partition: fc.constantFrom(...partitions),
  accountId: fc.stringMatching(/^\d{12}$/),
});
type Facts = typeof facts extends fc.Arbitrary<infer T> ? T : never;

function claimsOf(kind: 'azure-devops' | 'entra', connection: Facts): FederatedClaims {
  const { issuerUrl: iss, subject: sub } = deriveIdentity(kind, connection);
  return kind === 'entra' ? { iss, sub, aud: [entraAudience], azp } : { iss, sub, aud: [oldAudience], azp: undefined };
}

function decide(policy: TrustPolicy, claims: FederatedClaims, account: Account): string {
  return evaluateTrust(policy, describeWebIdentity({ claims, account })).decision;
}

/** The token with one thing changed: each fact of the connection on its own, then each claim. */
function changeOne(kind: 'azure-devops' | 'entra', connection: Facts, other: Facts, text: string): FederatedClaims[] {
  const claims = claimsOf(kind, connection);
  const fields = Object.keys(other) as (keyof Facts)[];
  const changed = fields.map(field => claimsOf(kind, { ...connection, [field]: other[field] }));
  const audience = kind === 'entra' ? { azp: text } : { aud: [text] };
  const rest = [{ sub: text }, { sub: claims.sub.toUpperCase() }, { sub: `${claims.sub} ` }, { iss: `${claims.iss}/` }];
  const all = [...changed, ...[audience, ...rest].map(change => ({ ...claims, ...change }))];
  return all.filter(one => JSON.stringify(one) !== JSON.stringify(claims));
}

describe('trust/build and trust/evaluate agree', () => {
  it('for any names and ids: the connection gets in, whatever differs in one thing does not', () => {
    let refused = 0;
    fc.assert(
      fc.property(facts, facts, accounts, anyName, (connection, other, account, text) => {
        const built = buildTrustPolicy({ connections: [connection], issuers: 'both', ...account });
        const policy = parseTrustPolicy(built.text);
        for (const kind of ['azure-devops', 'entra'] as const) {
          assert.equal(decide(policy, claimsOf(kind, connection), account), 'allowed');
          for (const claims of changeOne(kind, connection, other, text)) {
            assert.equal(decide(policy, claims, account), 'denied', JSON.stringify(claims));
            refused += 1;
          }
        }
        const elsewhere: Account = {
          ...account,
          accountId: account.accountId === '1'.repeat(12) ? '2'.repeat(12) : '1'.repeat(12),
        };
        assert.equal(decide(policy, claimsOf('entra', connection), elsewhere), 'denied');
      }),
      parameters,
    );
    // npm run fuzz may leave it after a few runs.
    assert.ok(refused > 100);
  });

  it('lets an Entra token in by azp or, without one, by aud: whichever AWS compares', () => {
    fc.assert(
      fc.property(facts, accounts, (connection, account) => {
        const { text } = buildTrustPolicy({ connections: [connection], issuers: 'entra', ...account });
        const claims = claimsOf('entra', connection);
        const policy = parseTrustPolicy(text);
        assert.equal(decide(policy, { ...claims, azp: undefined }, account), 'allowed');
        assert.equal(decide(policy, { ...claims, azp: undefined, aud: [oldAudience] }, account), 'denied');
      }),
      parameters,
    );
  });

  it('for many connections: each gets in, and no other of the same names', () => {
    fc.assert(
      fc.property(fc.array(facts, { minLength: 2, maxLength: 4 }), facts, accounts, (connections, other, account) => {
        const { text } = buildTrustPolicy({ connections, issuers: 'azure-devops', ...account });
        const policy = parseTrustPolicy(text);
        for (const one of connections) assert.equal(decide(policy, claimsOf('azure-devops', one), account), 'allowed');
        const [first] = connections;
        assert.ok(first);
        const recreated = { ...first, organizationId: other.organizationId };
        assert.equal(decide(policy, claimsOf('azure-devops', recreated), account), 'denied');
      }),
      parameters,
    );
  });
});

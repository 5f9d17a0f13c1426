import assert from 'node:assert/strict';
import fc from 'fast-check';
import { deriveIdentity } from '../../src/identity/audience.ts';
import { planTrust as planFor } from '../../src/setup/plan-trust.ts';
import { judgePolicy } from '../../src/trust/admission.ts';
import { buildForIdentities } from '../../src/trust/build.ts';
import { unbounded, writeBounds, type NetworkBounds } from '../../src/trust/network/bounds.ts';
import { parseTrustPolicy } from '../../src/trust/trust-policy.ts';

const account = { accountId: '111111111111', partition: 'aws' } as const;
const ids = {
  organizationId: '0ca3ddd9-f0b0-4635-a98c-5866526961b6',
  tenantId: 'ff882432-09b0-437b-bd22-ca13c0037ded',
  connectionId: 'f0cda5b5-1aff-46ac-a80b-054d5c4f9b8a',
};
const entra = deriveIdentity('entra', ids);
const named = (connection: string) =>
  deriveIdentity('azure-devops', { ...ids, organization: 'contoso', project: 'Payments', connection });
const trustOf = (...identities: readonly (typeof entra)[]) => buildForIdentities(identities, account).text;

const planTrust = (standing: string, identities: readonly (typeof entra)[], raisedQuota = true) =>
  planFor(standing, { identities, account, raisedQuota });

interface Document {
  readonly Statement: readonly unknown[];
}

describe('a trust that is added', () => {
  it('is nothing where it is there', () => {
    for (const identities of [[entra], [named('a')], [entra, named('a')]]) {
      assert.deepEqual(planTrust(trustOf(...identities), identities), {
        trustPolicy: undefined,
        refusals: [],
      });
    }
  });

  it('is nothing where a wider statement does already', () => {
    const wide = trustOf(named('a')).replace('StringEquals', 'StringLike').replace('Payments/a', '*');
    assert.equal(planTrust(wide, [named('b')]).trustPolicy, undefined);
  });

  it('is there where only one of the audiences is allowed', () => {
    const half = trustOf(entra).replace(/\[\s*"499b84ac[^\]]*\]/, '"fb60f99c-7a34-4190-8149-302f77469936"');
    assert.notEqual(half, trustOf(entra));
    const { trustPolicy = '' } = planTrust(half, [entra]);
    assert.equal(judgePolicy(parseTrustPolicy(trustPolicy), entra, account).decision, 'allowed');
  });

  it('lets in who was asked for, keeps all else in its order, and is enough: over generated policies', () => {
    const other = fc.record({
      Effect: fc.constantFrom('Allow', 'Deny'),
      Principal: fc.constantFrom({ Service: 'ec2.amazonaws.com' }, { AWS: ['arn:aws:iam::222222222222:root'] }),
      Action: fc.constantFrom<string | string[]>('sts:AssumeRole', ['sts:AssumeRole', 'sts:TagSession']),
      Later: fc.jsonValue({ maxDepth: 2 }),
    });
    const names = fc.stringMatching(/^[A-Za-z ${}*?]{1,12}$/).filter(name => name.trim() === name);
    fc.assert(
      fc.property(
        fc.array(other, { maxLength: 3 }),
        fc.uniqueArray(names, { minLength: 1, maxLength: 3 }),
        (others, all) => {
          const before = JSON.stringify({
            Version: '2012-10-17',
            Id: 'x',
            Statement: [...others, (JSON.parse(trustOf(entra)) as Document).Statement[0]],
          });
          const identities = all.map(named);
          const { trustPolicy = '', refusals } = planTrust(before, identities);
          assert.deepEqual(refusals, []);
          const { Statement: after, ...rest } = JSON.parse(trustPolicy) as Document;
          assert.deepEqual(
            [rest, after.slice(0, others.length + 1)],
            [{ Version: '2012-10-17', Id: 'x' }, (JSON.parse(before) as Document).Statement],
          );
          assert.equal(after.length, others.length + 2);
          for (const one of identities)
            assert.equal(judgePolicy(parseTrustPolicy(trustPolicy), one, account).decision, 'allowed');
          assert.equal(judgePolicy(parseTrustPolicy(trustPolicy), named('somebody else'), account).decision, 'denied');
          assert.equal(planTrust(trustPolicy, identities).trustPolicy, undefined);
        },
      ),
      { numRuns: 60 },
    );
  });

  const many = Array.from({ length: 60 }, (_, place) => named(`${'n'.repeat(40)}${place}`));
  for (const { added, raisedQuota, refused, remedy } of [
    { added: 20, raisedQuota: false, refused: true, remedy: /connections, or give --raised-quota/ },
    { added: 20, raisedQuota: true, refused: false, remedy: /^$/ },
    { added: 60, raisedQuota: true, refused: true, remedy: /for some of the connections\.$/ },
    { added: 60, raisedQuota: false, refused: true, remedy: /for some of the connections\.$/ },
    { added: 3, raisedQuota: false, refused: false, remedy: /^$/ },
  ]) {
    const quota = raisedQuota ? 'a raised quota' : 'the default quota';
    it(`of ${added} connections is ${refused ? 'refused' : 'taken'} with ${quota}`, () => {
      const standing = trustOf(...many.slice(20, Math.max(added, 21)));
      const { trustPolicy, refusals } = planTrust(standing, many.slice(0, Math.min(added, 20)), raisedQuota);
      assert.deepEqual(
        refusals.map(({ code }) => code),
        refused ? ['TrustTooLarge'] : [],
      );
      assert.match(refusals[0]?.remedy ?? '', remedy);
      assert.equal(trustPolicy === undefined, refused);
    });
  }

  it('that stands already is left alone, however large it is', () => {
    const standing = trustOf(...many.slice(0, 25));
    assert.deepEqual(planTrust(standing, many.slice(0, 25), false), { trustPolicy: undefined, refusals: [] });
  });
});

describe('a trust that is added to a role that is bound to a network', () => {
  const [one, other] = [
    { ...unbounded, endpointIds: ['vpce-01234567'] },
    { ...unbounded, addressRanges: ['52.1.0.0/16'] },
  ];
  const statementsOf = (network: NetworkBounds | undefined, ...identities: readonly (typeof entra)[]) =>
    [
      buildForIdentities(identities, { ...account, network: network && writeBounds(network) }).document.Statement,
    ].flat();
  const policyOf = (...statements: readonly unknown[]) =>
    JSON.stringify({ Version: '2012-10-17', Statement: statements });
  const [a, b] = [named('a'), named('b')];

  interface Row {
    readonly name: string;
    readonly standing: readonly unknown[];
    readonly network?: NetworkBounds;
    readonly added?: readonly unknown[];
    readonly refused?: string;
  }

  const rows: readonly Row[] = [
    { name: 'stays as it is for who is in it', standing: statementsOf(one, a) },
    { name: 'stays as it is where the same is asked for', standing: statementsOf(one, a), network: one },
    {
      name: 'is bound as all others are',
      standing: statementsOf(one, a),
      added: statementsOf(one, entra),
    },
    {
      name: 'is bound as was asked for',
      standing: statementsOf(one, b),
      network: other,
      added: statementsOf(other, a),
    },
    {
      name: 'is bound to a further network for who is in it',
      standing: statementsOf(one, a),
      network: other,
      added: statementsOf(other, a),
    },
    {
      name: 'is bound to nothing by word',
      standing: statementsOf(one, a),
      network: unbounded,
      added: statementsOf(undefined, a),
    },
    {
      name: 'is a question where the others differ',
      standing: [...statementsOf(one, b), ...statementsOf(other, named('c'))],
      refused: 'NetworkUnclear',
    },
    {
      name: 'is a question where only some are bound',
      standing: [...statementsOf(one, b), ...statementsOf(undefined, named('c'))],
      refused: 'NetworkUnclear',
    },
    {
      name: 'is refused where another statement allows from anywhere',
      standing: statementsOf(undefined, a),
      network: one,
      refused: 'NetworkNotBound',
    },
    {
      name: 'is no question of what is for others',
      standing: [{ Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' }],
      network: one,
      added: statementsOf(one, a),
    },
  ];
  for (const { name, standing, network, added, refused } of rows) {
    it(name, () => {
      const identities = [added !== undefined && JSON.stringify(added).includes('/eid1/') ? entra : a];
      const request = { identities, account, network, raisedQuota: false };
      const { trustPolicy, refusals } = planFor(policyOf(...standing), request);
      assert.deepEqual(
        refusals.map(({ code }) => code),
        refused === undefined ? [] : [refused],
      );
      const after = trustPolicy === undefined ? undefined : (JSON.parse(trustPolicy) as Document).Statement;
      assert.deepEqual(after, added === undefined ? undefined : [...standing, ...added]);
      if (trustPolicy !== undefined) assert.equal(planFor(trustPolicy, request).trustPolicy, undefined, 'a second run');
    });
  }
});

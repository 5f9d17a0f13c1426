import assert from 'node:assert/strict';
import { readIdentity, type Identity } from '../../src/identity/audience.ts';
import { judgeAdmission, classifyIdentity } from '../../src/trust/admission.ts';
import { parseTrustPolicy } from '../../src/trust/trust-policy.ts';
import { accountId, entraSubject, entraUrl, generateFleet, oldSubject, oldUrl } from '../migration/fleet-generator.ts';

const site = {
  account: { partition: 'aws', accountId },
  providers: [
    { url: oldUrl, clientIds: ['api://AzureADTokenExchange'] },
    { url: entraUrl, clientIds: ['499b84ac-1321-427f-aa17-267ca6975798', 'fb60f99c-7a34-4190-8149-302f77469936'] },
  ],
} as const;

const identify = (url: string, sub: string): Identity => readIdentity({ iss: `https://${url}`, sub }) ?? assert.fail();

const policyOf = (condition: unknown, version = '2012-10-17'): unknown => ({
  Version: version,
  Statement: {
    Effect: 'Allow',
    Principal: { Federated: `arn:aws:iam::${accountId}:oidc-provider/${oldUrl}` },
    Action: 'sts:AssumeRoleWithWebIdentity',
    Condition: condition,
  },
});

const sub = `${oldUrl}:sub`;
const odd = [
  policyOf({ StringEquals: { [sub]: ['sc://contoso/Payments/aws', 'sc://contoso/Payments/${*}'] } }),
  policyOf({ StringEquals: { [sub.toUpperCase()]: 'sc://contoso/Payments/${aws:userid}' } }),
  policyOf({ StringEqualsIgnoreCase: { [sub]: 'SC://CONTOSO/PAYMENTS/AWS' } }),
  policyOf({ StringNotEqualsIgnoreCase: { [sub]: 'sc://contoso/straße/aws' } }),
  policyOf({ StringNotLike: { [sub]: ['sc://contoso/*/aws', 'x'] } }),
  policyOf({ StringLike: { [sub]: 'sc://contoso/Paym?nts/aws' } }, '2008-10-17'),
  policyOf({ Null: { [sub]: 'false' } }),
  policyOf({ Null: { [sub]: 'true' } }),
  policyOf({ ArnLike: { [sub]: 'sc://contoso/*' } }),
  policyOf({ 'ForAllValues:StringNotEquals': { [sub]: ['sc://contoso/Payments/aws'] } }),
  policyOf({ StringEquals: { [sub]: [] } }),
];
const oddSubjects = ['', 'sc://contoso/Payments/aws', 'sc://contoso/Payments/AWS', 'sc://contoso/Payments/*', 'x', 'y'];

describe('judging identities that a policy does not tell apart once', () => {
  const compare = (policy: unknown, identities: readonly Identity[]): void => {
    const shared = parseTrustPolicy(policy);
    for (const identity of identities) {
      // A policy that was just parsed has judged nobody yet.
      const alone = judgeAdmission(parseTrustPolicy(policy), identity, site);
      assert.deepEqual(
        judgeAdmission(shared, identity, site),
        alone,
        `${identity.subject} by ${JSON.stringify(policy)}`,
      );
    }
  };

  it('comes to the same as judging each, for generated policies', () => {
    for (let seed = 1; seed <= 40; seed += 1) {
      const { connections, roles } = generateFleet(seed);
      const identities = connections.flatMap(one => [
        identify(oldUrl, oldSubject(one)),
        identify(oldUrl, oldSubject(one).toUpperCase()),
        identify(entraUrl, entraSubject(one.id)),
      ]);
      for (const { trustPolicy } of roles) compare(trustPolicy, identities);
    }
  });

  for (const [index, policy] of odd.entries()) {
    it(`comes to the same for operator ${index + 1}, both ways round`, () => {
      const identities = oddSubjects.map(subject => identify(oldUrl, subject));
      compare(policy, identities);
      compare(policy, [...identities].reverse());
    });
  }

  it('knows those of which no condition speaks as one class, and the others apart', () => {
    const policy = parseTrustPolicy(odd[0]);
    const classes = ['a', 'b', 'sc://contoso/Payments/*'].map(one => classifyIdentity(policy, identify(oldUrl, one)));
    assert.equal(classes[0], classes[1]);
    assert.notEqual(classes[0], classes[2]);
  });
});

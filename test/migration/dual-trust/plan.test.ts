import assert from 'node:assert/strict';
import { planDualTrust } from '../../../src/migration/dual-trust/plan.ts';
import type { TwinRules } from '../../../src/migration/dual-trust/twins.ts';
import {
  accountOf,
  allow,
  converted,
  entraArn,
  entraUrl,
  nexts,
  oldArn,
  oldAudience,
  oldUrl,
  onSubject,
  policyOf,
  see,
  seen,
  subjects,
  twin,
} from '../company.ts';

const rules: TwinRules = { expand: false, includeConverted: [] };

function plan(statements: readonly unknown[], change: Partial<TwinRules> = {}, fleet = see()) {
  const state = accountOf(policyOf(...statements));
  const { changes, leftOut } = planDualTrust(state, fleet, { ...rules, ...change });
  const policies = changes.flatMap(({ change: one }) =>
    one.kind === 'set-trust-policy' ? (JSON.parse(one.trustPolicy) as { Statement: unknown[] }) : [],
  );
  return { written: policies[0]?.Statement, codes: leftOut.map(({ code }) => code), leftOut };
}

const sub = `${oldUrl}:sub`;
const github = 'arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com';
const ip = { IpAddress: { 'aws:SourceIp': '192.0.2.0/24' } };
const humans = { Effect: 'Allow', Principal: { AWS: 'arn:aws:iam::111111111111:root' }, Action: 'sts:AssumeRole' };
const plain = allow(onSubject(subjects.aws));

describe('a statement for the old issuer gets a twin', () => {
  const rows: readonly { name: string; statement: object; expected: unknown; rules?: Partial<TwinRules> }[] = [
    { name: 'one subject', statement: plain, expected: twin(nexts.aws) },
    {
      name: 'several subjects, sorted',
      statement: allow(onSubject([subjects.network, subjects.aws])),
      expected: twin([nexts.aws, nexts.network]),
    },
    {
      name: 'an audience, which becomes both',
      statement: allow({ StringEquals: { [`${oldUrl}:aud`]: oldAudience, [sub]: subjects.aws } }),
      expected: twin(nexts.aws),
    },
    {
      name: 'other conditions, which stay',
      statement: allow({ StringEquals: { [sub]: subjects.aws, 'sts:RoleSessionName': 'infra-1' }, ...ip }),
      expected: twin(nexts.aws, { StringEquals: { 'sts:RoleSessionName': 'infra-1' }, ...ip }),
    },
    {
      name: 'an endpoint in a VPC, which stays',
      statement: allow({ StringEquals: { [sub]: subjects.aws, 'aws:SourceVpce': ['vpce-01234567'] } }),
      expected: twin(nexts.aws, { StringEquals: { 'aws:SourceVpce': ['vpce-01234567'] } }),
    },
    {
      name: 'further actions, which stay',
      statement: { ...plain, Action: ['sts:AssumeRoleWithWebIdentity', 'sts:TagSession'] },
      expected: twin(nexts.aws, {}, { Action: ['sts:AssumeRoleWithWebIdentity', 'sts:TagSession'] }),
    },
    {
      name: 'several providers, of which one is left',
      statement: { ...plain, Principal: { Federated: [github, oldArn] } },
      expected: twin(nexts.aws),
    },
    {
      name: 'StringLike without a wildcard',
      statement: allow({ StringLike: { [sub]: subjects.aws } }),
      expected: twin(nexts.aws),
    },
    {
      name: 'a key in other letter case',
      statement: allow({ StringEquals: { [sub.toUpperCase()]: subjects.aws } }),
      expected: twin(nexts.aws),
    },
    {
      name: 'subjects of which a second condition leaves one',
      statement: allow({
        ...onSubject([subjects.aws, subjects.network]),
        StringNotEquals: { [sub]: subjects.network },
      }),
      expected: twin(nexts.aws),
    },
    {
      name: 'a literal next to a pattern, without --expand',
      statement: allow({ StringLike: { [sub]: [subjects.aws, 'sc://contoso/Payments/net*'] } }),
      expected: twin(nexts.aws),
    },
    {
      name: 'a pattern, with --expand',
      statement: allow({ StringLike: { [sub]: 'sc://contoso/*' } }),
      expected: twin([nexts.aws, nexts.network]),
      rules: { expand: true },
    },
    {
      name: 'no subject at all, with --expand',
      statement: allow({ StringEquals: { [`${oldUrl}:aud`]: oldAudience } }),
      expected: twin([nexts.aws, nexts.network]),
      rules: { expand: true },
    },
    {
      name: 'a converted connection that is vouched for',
      statement: allow(onSubject(subjects.converted)),
      expected: twin(nexts.converted),
      rules: { includeConverted: [converted.id] },
    },
  ];
  for (const { name, statement, expected, rules: change } of rows) {
    it(`of ${name}`, () => {
      const { written } = plan([humans, statement, humans], change);
      assert.deepEqual(written, [humans, statement, expected, humans]);
      assert.deepEqual(plan(written, change).written, undefined, 'once');
    });
  }

  it('of a policy of one statement, unknown members kept', () => {
    const policy = { Id: 'kept', Version: '2012-10-17', Statement: plain };
    const [change] = planDualTrust(accountOf(policy), see(), rules).changes;
    assert.equal(change?.change.kind, 'set-trust-policy');
    const { trustPolicy } = change.change as { trustPolicy: string };
    assert.deepEqual(JSON.parse(trustPolicy), { ...policy, Statement: [plain, twin(nexts.aws)] });
    assert.deepEqual(Object.keys(JSON.parse(trustPolicy) as object), ['Id', 'Version', 'Statement']);
  });

  it('whose subjects grow, instead of a second twin', () => {
    const statement = allow(onSubject([subjects.aws, subjects.network]));
    assert.deepEqual(plan([statement, twin(nexts.aws)]).written, [statement, twin([nexts.aws, nexts.network])]);
  });

  it('but none where somebody wrote one already', () => {
    const others = { ...(twin(nexts.aws, ip) as object), Sid: 'Others' };
    assert.equal(plan([allow({ ...onSubject(subjects.aws), ...ip }), others]).written, undefined);
  });
});

const deny = (Condition: unknown, Principal: unknown = '*') => ({
  Effect: 'Deny',
  Principal,
  Action: 'sts:AssumeRoleWithWebIdentity',
  Condition,
});

describe('a statement is left as it is, with the reason', () => {
  const rows: readonly {
    name: string;
    statements: readonly unknown[];
    code: string;
    fleet?: ReturnType<typeof see>;
  }[] = [
    { name: 'a pattern', statements: [allow({ StringLike: { [sub]: 'sc://contoso/*/aws' } })], code: 'SubjectPattern' },
    { name: 'no condition', statements: [allow(undefined)], code: 'SubjectPattern' },
    {
      name: 'a negated subject',
      statements: [allow({ StringNotEquals: { [sub]: 'sc://x/y/z' } })],
      code: 'SubjectPattern',
    },
    {
      name: 'a subject in any letter case',
      statements: [allow({ StringEqualsIgnoreCase: { [sub]: subjects.aws.toUpperCase() } })],
      code: 'SubjectPattern',
    },
    {
      name: 'a subject that nobody has',
      statements: [allow(onSubject('sc://contoso/Payments/gone'))],
      code: 'SubjectUnseen',
    },
    { name: 'a converted connection', statements: [allow(onSubject(subjects.converted))], code: 'ConnectionConverted' },
    {
      name: 'a condition on oaud',
      statements: [allow({ StringEquals: { [sub]: subjects.aws, [`${oldUrl}:oaud`]: oldAudience } })],
      code: 'ShapeUnsupported',
    },
    {
      name: 'claims of both issuers',
      statements: [allow({ ...onSubject(subjects.aws), StringEqualsIfExists: { [`${entraUrl}:sub`]: 'x' } })],
      code: 'ShapeUnsupported',
    },
    {
      name: 'a condition that names the provider',
      statements: [allow({ ...onSubject(subjects.aws), ArnEquals: { 'aws:FederatedProvider': oldArn } })],
      code: 'ShapeUnsupported',
    },
    {
      name: 'NotPrincipal',
      statements: [allow(onSubject(subjects.aws), { Principal: undefined, NotPrincipal: { Federated: oldArn } })],
      code: 'ShapeUnsupported',
    },
    {
      name: 'NotAction',
      statements: [allow(onSubject(subjects.aws), { Action: undefined, NotAction: 'sts:GetSessionToken' })],
      code: 'ShapeUnsupported',
    },
    {
      name: 'an unknown element',
      statements: [allow(onSubject(subjects.aws), { Resource: '*' })],
      code: 'ShapeUnsupported',
    },
    {
      name: 'a Deny that the Entra identity would not escape',
      statements: [plain, deny({ StringNotLike: { [sub]: 'sc://contoso/*' } })],
      code: 'DenyRefuses',
    },
    {
      name: 'a Deny that the Entra identity would escape',
      statements: [plain, deny(ip, { Federated: oldArn })],
      code: 'DenyUndecided',
    },
    {
      name: 'a Deny on the old subject that only AWS can decide',
      statements: [plain, deny({ ...onSubject(subjects.aws), ...ip })],
      code: 'DenyUndecided',
    },
    {
      name: 'a Deny on the provider',
      statements: [plain, deny({ ArnNotEquals: { 'aws:FederatedProvider': entraArn } })],
      code: 'DenyUndecided',
    },
    {
      name: 'a connection whose subject is not the computed one',
      statements: [plain],
      code: 'ConnectionUnclear',
      fleet: see(seen.map(one => (one.name === 'aws' ? { ...one, subject: 'sc://contoso/Payments/other' } : one))),
    },
    {
      name: 'a connection of another tenant',
      statements: [plain],
      code: 'TenantDiffers',
      fleet: see(
        seen.map(one => (one.name === 'aws' ? { ...one, tenantId: '11111111-2222-4333-8444-555555555555' } : one)),
      ),
    },
    {
      name: 'a connection that names no tenant, where none is known',
      statements: [plain],
      code: 'NextIdentityUnknown',
      fleet: see(
        seen.filter(one => one.name === 'aws').map(one => ({ ...one, tenantId: undefined })),
        null,
      ),
    },
    {
      name: 'a connection, where the tenant given is not that of the converted ones',
      statements: [plain],
      code: 'TenantConflict',
      fleet: see(seen, '11111111-2222-4333-8444-555555555555'),
    },
    {
      name: 'a renamed connection that still shows the trusted subject',
      statements: [plain],
      code: 'ConnectionUnclear',
      fleet: see(seen.map(one => (one.name === 'aws' ? { ...one, name: 'renamed' } : one))),
    },
    {
      name: 'an audience with a variable',
      statements: [allow({ StringEquals: { [sub]: subjects.aws, [`${oldUrl}:aud`]: '${aws:PrincipalTag/aud}' } })],
      code: 'ShapeUnsupported',
    },
    {
      name: 'an operator on the subject that is for ARNs',
      statements: [allow({ ...onSubject(subjects.aws), ArnNotLike: { [sub]: 'sc://contoso/*' } })],
      code: 'ShapeUnsupported',
    },
    {
      name: 'a negated subject with a variable',
      statements: [allow({ ...onSubject(subjects.aws), StringNotLike: { [sub]: '*${aws:PrincipalTag/x}*' } })],
      code: 'ShapeUnsupported',
    },
    {
      name: 'a policy that would be too large',
      statements: [plain, { ...humans, Sid: 'x'.repeat(3300) }],
      code: 'PolicyTooLarge',
    },
  ];
  for (const { name, statements, code, fleet } of rows) {
    it(`for ${name}`, () => {
      const { written, codes, leftOut } = plan(statements, {}, fleet);
      assert.deepEqual(
        [written, codes.includes(code as (typeof codes)[number])],
        [undefined, true],
        JSON.stringify(leftOut),
      );
    });
  }

  it('for a subject with a variable, with --expand, too', () => {
    const statement = allow({ StringEquals: { [sub]: 'sc://contoso/Payments/${aws:PrincipalTag/x}' } });
    const { written, codes } = plan([statement], { expand: true });
    assert.deepEqual([written, new Set(codes)], [undefined, new Set(['ShapeUnsupported'])]);
  });

  it('for a provider that refuses the connection today', () => {
    const { changes, leftOut } = planDualTrust(accountOf(policyOf(plain), { providers: [] }), see(), rules);
    assert.deepEqual([changes, leftOut.map(({ code }) => code)], [[], ['ProviderRefuses']]);
  });

  const quiet = [
    { name: 'a connection of another cloud', statements: [allow(onSubject(subjects.gov))] },
    { name: 'another provider', statements: [allow({}, { Principal: { Federated: github } })] },
    { name: 'a connection that a Deny refuses', statements: [plain, deny(onSubject(subjects.aws))] },
    { name: 'a trusted account', statements: [humans] },
  ];
  for (const { name, statements } of quiet) {
    it(`without a word for ${name}`, () => {
      assert.deepEqual(plan(statements), { written: undefined, codes: [], leftOut: [] });
    });
  }

  it('but a Deny that treats all alike is no obstacle', () => {
    const neutral = deny(ip);
    assert.deepEqual(plan([plain, neutral]).written, [plain, twin(nexts.aws), neutral]);
  });
});

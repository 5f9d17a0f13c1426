import assert from 'node:assert/strict';
import { classifyConnection } from '../../../src/identity/connection-kinds.ts';
import { planFinish, type FinishTerms } from '../../../src/migration/finish/plan-finish.ts';
import {
  accountOf,
  allow,
  nexts,
  oldArn,
  oldUrl,
  onSubject,
  policyOf,
  see,
  seen,
  subjects,
  tenantId,
  toolkit,
  twin,
} from '../company.ts';
import { show } from '../fleet-generator.ts';

const sub = `${oldUrl}:sub`;
const github = 'arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com';
const humans = { Effect: 'Allow', Principal: { AWS: 'arn:aws:iam::111111111111:root' }, Action: 'sts:AssumeRole' };
const twins = twin([nexts.converted, nexts.aws]);

function finish(statements: readonly unknown[], change: Partial<FinishTerms> = {}, fleet = see()) {
  const terms = { expand: false, acceptHidden: false, deleteProvider: false, roleNames: undefined, ...change };
  const { changes, leftOut } = planFinish(accountOf(policyOf(...statements)), fleet, terms);
  const policies = changes.flatMap(({ change: one }) =>
    one.kind === 'set-trust-policy' ? (JSON.parse(one.trustPolicy) as { Statement: unknown[] }) : [],
  );
  return { written: policies[0]?.Statement, codes: leftOut.map(({ code }) => code) };
}

const pattern = allow({ StringLike: { [sub]: 'sc://contoso/Payments/*' } });
const denyOld = { ...allow(onSubject(subjects.converted)), Effect: 'Deny' };

describe('finish removes', () => {
  const rows: readonly { name: string; statement: unknown; left: readonly unknown[]; expand?: boolean }[] = [
    { name: 'a statement of a converted connection alone', statement: allow(onSubject(subjects.converted)), left: [] },
    { name: 'the same as a list', statement: allow(onSubject([subjects.converted])), left: [] },
    {
      name: 'one subject of several, the list staying one',
      statement: allow(onSubject([subjects.aws, subjects.converted])),
      left: [allow(onSubject([subjects.aws]))],
    },
    {
      name: 'a subject that two conditions name',
      statement: allow({
        ...onSubject([subjects.converted, subjects.aws]),
        StringLike: { [sub]: [subjects.converted, 'sc://contoso/*'] },
      }),
      left: [allow({ ...onSubject([subjects.aws]), StringLike: { [sub]: ['sc://contoso/*'] } })],
    },
    {
      name: 'a pattern, with --expand, for those that are still on the old issuer',
      statement: pattern,
      expand: true,
      left: [allow(onSubject([subjects.aws, subjects.gov, subjects.network]))],
    },
  ];
  for (const { name, statement, left, expand = false } of rows) {
    it(name, () => {
      assert.deepEqual(finish([humans, statement, twins, denyOld], { expand }).written, [
        humans,
        ...left,
        twins,
        denyOld,
      ]);
    });
  }

  it('a pattern, with --expand, but not the subjects next to it that nobody was seen to have', () => {
    const mixed = allow({
      StringLike: { [sub]: ['sc://contoso/Payments/*', 'sc://contoso/Hidden/x', 'sc://contoso/Payments/gone'] },
    });
    const kept = [subjects.aws, subjects.gov, subjects.network, 'sc://contoso/Hidden/x', 'sc://contoso/Payments/gone'];
    const { written, codes } = finish([mixed, twins], { expand: true });
    assert.deepEqual(written, [allow(onSubject([...kept].sort())), twins]);
    assert.equal(codes.filter(code => code === 'SubjectUnseen').length, 2);
  });

  it('a pattern, with --expand, that may let hidden connections in only where that is accepted', () => {
    const fleet = see(seen, tenantId, 2);
    const { written, codes } = finish([pattern, twins], { expand: true }, fleet);
    assert.deepEqual([written, codes.includes('ConnectionsHidden')], [undefined, true]);
    const accepted = finish([pattern, twins], { expand: true, acceptHidden: true }, fleet);
    assert.deepEqual(accepted.written, [allow(onSubject([subjects.aws, subjects.gov, subjects.network])), twins]);
  });

  for (const type of ['AWS', 'sonarcloud', 'VendorCloud']) {
    it(`a pattern, with --expand, but not the trust of a visible connection of type ${type}`, () => {
      const kind = classifyConnection({ type, scheme: 'Token' });
      const fleet = see([...seen.filter(({ name }) => name === 'converted'), { ...show(toolkit), kind, type }]);
      const { written, codes } = finish([pattern, twins], { expand: true, deleteProvider: true }, fleet);
      assert.deepEqual(written, [allow(onSubject('sc://contoso/Payments/toolkit')), twins]);
      assert.ok(codes.includes('ConnectionUnconvertible'), codes.join());
    });
  }

  it('a pattern that is of no use to anybody, with --expand', () => {
    const fleet = see(seen.filter(({ name }) => name === 'converted'));
    assert.deepEqual(finish([pattern, twins], { expand: true }, fleet).written, [twins]);
  });
});

describe('finish leaves', () => {
  const rows: readonly {
    name: string;
    statements: readonly unknown[];
    code: string;
    expand?: boolean;
    fleet?: ReturnType<typeof see>;
  }[] = [
    {
      name: 'a connection on the old issuer',
      statements: [allow(onSubject(subjects.aws)), twins],
      code: 'StillOnOldIssuer',
    },
    {
      name: 'a connection that Azure DevOps does not convert',
      statements: [allow(onSubject('sc://contoso/Payments/toolkit')), twins],
      code: 'ConnectionUnconvertible',
      fleet: see([...seen, show(toolkit)]),
    },
    { name: 'one of another cloud', statements: [allow(onSubject(subjects.gov)), twins], code: 'StillOnOldIssuer' },
    {
      name: 'a subject that nobody has',
      statements: [allow(onSubject('sc://contoso/Payments/gone')), twins],
      code: 'SubjectUnseen',
    },
    {
      name: 'a role without the twin',
      statements: [allow(onSubject(subjects.converted)), humans],
      code: 'NotAllowedOnEntra',
    },
    { name: 'a pattern', statements: [pattern, twins], code: 'SubjectPattern' },
    { name: 'no condition at all', statements: [allow(undefined), twins], code: 'SubjectPattern' },
    {
      name: 'other principals',
      statements: [{ ...allow(onSubject(subjects.converted)), Principal: { Federated: [oldArn, github] } }, twins],
      code: 'MixedPrincipals',
    },
    {
      name: 'NotAction',
      statements: [
        allow(onSubject(subjects.converted), { Action: undefined, NotAction: 'sts:GetSessionToken' }),
        twins,
      ],
      code: 'ShapeUnsupported',
    },
    {
      name: 'a connection that is unclear, also with --expand',
      statements: [pattern, twins],
      code: 'ConnectionUnclear',
      expand: true,
      fleet: see(seen.map(one => (one.name === 'aws' ? { ...one, issuer: undefined } : one))),
    },
    {
      name: 'a pattern of which nobody is seen, also with --expand',
      statements: [allow({ StringLike: { [sub]: 'sc://contoso/Hidden/*' } }), twins],
      code: 'SubjectUnseen',
      expand: true,
    },
    {
      name: 'no subject at all where nobody is seen, also with --expand',
      statements: [allow({ StringEquals: { [`${oldUrl}:aud`]: 'api://AzureADTokenExchange' } }), twins],
      code: 'SubjectUnseen',
      expand: true,
      fleet: see([]),
    },
    {
      name: 'a pattern of which nobody is converted, also with --expand',
      statements: [allow({ StringLike: { [sub]: 'sc://contoso/*' } }), twins],
      code: 'StillOnOldIssuer',
      expand: true,
      fleet: see(seen.filter(({ name }) => name === 'aws')),
    },
    {
      name: 'a pattern of which nobody converted gets in on the Entra issuer, also with --expand',
      statements: [pattern, humans],
      code: 'NotAllowedOnEntra',
      expand: true,
    },
    {
      name: 'a pattern with other principals, also with --expand',
      statements: [
        allow(
          { StringLikeIfExists: { [sub]: 'sc://contoso/Payments/*' } },
          {
            Principal: { Federated: oldArn, AWS: 'arn:aws:iam::111111111111:root' },
            Action: ['sts:AssumeRole', 'sts:AssumeRoleWithWebIdentity'],
          },
        ),
        twins,
      ],
      code: 'MixedPrincipals',
      expand: true,
    },
    {
      name: 'a pattern with a negated subject that only AWS can tell, also with --expand',
      statements: [
        allow({
          StringLike: { [sub]: 'sc://contoso/Payments/*' },
          StringNotLike: { [sub]: '*${aws:PrincipalTag/x}*' },
        }),
        twins,
      ],
      code: 'ShapeUnsupported',
      expand: true,
    },
    {
      name: 'the subject that a renamed connection shows',
      statements: [allow(onSubject(subjects.aws)), twins],
      code: 'ConnectionUnclear',
      fleet: see(seen.map(one => (one.name === 'aws' ? { ...one, name: 'renamed' } : one))),
    },
    {
      name: 'a subject that a connection on the old issuer has as well',
      statements: [allow(onSubject(subjects.converted)), twins],
      code: 'StillOnOldIssuer',
      fleet: see([
        ...seen,
        ...seen
          .filter(one => one.name === 'aws')
          .map(one => ({
            ...one,
            id: nexts.aws.slice(-36).replace('1', '9'),
            name: 'converted',
            subject: subjects.converted,
          })),
      ]),
    },
  ];
  for (const { name, statements, code, expand = false, fleet } of rows) {
    it(`${name}: ${code}`, () => {
      const { written, codes } = finish(statements, { expand }, fleet);
      assert.deepEqual([written, codes.includes(code as (typeof codes)[number])], [undefined, true], codes.join());
    });
  }

  it('the roles that are not named', () => {
    const statements = [allow(onSubject(subjects.converted)), twins];
    assert.equal(finish(statements, { roleNames: ['other'] }).written, undefined);
    assert.deepEqual(finish(statements, { roleNames: ['deploy'] }).written, [twins]);
  });
});

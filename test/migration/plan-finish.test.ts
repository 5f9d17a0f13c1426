import assert from 'node:assert/strict';
import { planFinish, type FinishTerms } from '../../src/migration/plan-finish.ts';
import { accountOf, allow, nexts, oldArn, oldUrl, onSubject, policyOf, see, seen, subjects, twin } from './company.ts';

const sub = `${oldUrl}:sub`;
const github = 'arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com';
const humans = { Effect: 'Allow', Principal: { AWS: 'arn:aws:iam::111111111111:root' }, Action: 'sts:AssumeRole' };
const twins = twin([nexts.converted, nexts.aws]);

function finish(statements: readonly unknown[], change: Partial<FinishTerms> = {}, fleet = see()) {
  const terms = { expand: false, deleteProvider: false, roleNames: undefined, ...change };
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
    { name: 'one of another cloud', statements: [allow(onSubject(subjects.gov)), twins], code: 'StillOnOldIssuer' },
    {
      name: 'a subject that nobody has',
      statements: [allow(onSubject('sc://contoso/Payments/gone')), twins],
      code: 'SubjectUnseen',
    },
    {
      name: 'a role without the twin',
      statements: [allow(onSubject(subjects.converted)), humans],
      code: 'NotAdmittedOnEntra',
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

import assert from 'node:assert/strict';
import { auditAccount, hasFinding, type AuditState } from '../../src/migration/audit.ts';
import {
  accountOf,
  allow,
  entraArn,
  entraUrl,
  nexts,
  oldUrl,
  oldArn,
  onSubject,
  organization,
  policyOf,
  see,
  seen,
  subjects,
  tenantId,
  twin,
} from './company.ts';

const only = (name: string) => seen.filter(one => one.name === name);
const renamed = only('aws').map(one => ({ ...one, name: 'renamed' }));
const ip = { IpAddress: { 'aws:SourceIp': '192.0.2.0/24' } };

const rows: readonly {
  name: string;
  statements: readonly unknown[];
  fleet: ReturnType<typeof see>;
  states: readonly AuditState[];
  finding: boolean;
}[] = [
  {
    name: 'without a twin',
    statements: [allow(onSubject(subjects.aws))],
    fleet: see(only('aws')),
    states: ['breaks'],
    finding: true,
  },
  {
    name: 'with a twin',
    statements: [allow(onSubject(subjects.aws)), twin(nexts.aws)],
    fleet: see(only('aws')),
    states: ['ready'],
    finding: false,
  },
  {
    name: 'with a twin of the same doubts',
    statements: [allow({ ...onSubject(subjects.aws), ...ip }), twin(nexts.aws, ip)],
    fleet: see(only('aws')),
    states: ['ready'],
    finding: false,
  },
  {
    name: 'with a twin of more doubts',
    statements: [allow(onSubject(subjects.aws)), twin(nexts.aws, ip)],
    fleet: see(only('aws')),
    states: ['undecided'],
    finding: true,
  },
  {
    name: 'converted, with a twin of more doubts',
    statements: [allow(onSubject(subjects.converted)), twin(nexts.converted, ip)],
    fleet: see(only('converted')),
    states: ['undecided'],
    finding: true,
  },
  {
    name: 'converted, without a twin',
    statements: [allow(onSubject(subjects.converted))],
    fleet: see(only('converted')),
    states: ['broken'],
    finding: true,
  },
  {
    name: 'converted, and matched by a pattern',
    statements: [allow({ StringLike: { [`${oldUrl}:sub`]: 'sc://contoso/Payments/*' } })],
    fleet: see(only('converted')),
    states: ['matched'],
    finding: true,
  },
  {
    name: 'converted, with a twin',
    statements: [allow(onSubject(subjects.converted)), twin(nexts.converted)],
    fleet: see(only('converted')),
    states: ['removable'],
    finding: false,
  },
  {
    name: 'converted, and finished',
    statements: [twin(nexts.converted)],
    fleet: see(only('converted')),
    states: ['moved'],
    finding: false,
  },
  {
    name: 'of another cloud',
    statements: [allow(onSubject(subjects.gov))],
    fleet: see(only('gov')),
    states: ['stays'],
    finding: false,
  },
  {
    name: 'renamed, with the trusted subject still shown',
    statements: [allow(onSubject(subjects.aws)), twin(nexts.aws)],
    fleet: see(renamed),
    states: ['undecided'],
    finding: true,
  },
  {
    name: 'unclear, and of no role',
    statements: [twin(nexts.converted)],
    fleet: see(renamed),
    states: [],
    finding: true,
  },
  {
    name: 'hidden, with its subject in the role',
    statements: [allow(onSubject('sc://contoso/Hidden/x'))],
    fleet: see([], tenantId, 1),
    states: [],
    finding: true,
  },
  {
    name: 'of no role',
    statements: [{ Effect: 'Allow', Principal: { AWS: '111111111111' }, Action: 'sts:AssumeRole' }],
    fleet: see(only('aws')),
    states: [],
    finding: false,
  },
];

describe('audit of a connection', () => {
  for (const { name, statements, fleet, states, finding } of rows) {
    it(`${name}: ${finding ? 'a finding' : 'none'}`, () => {
      const audit = auditAccount(accountOf(policyOf(...statements)), fleet);
      assert.deepEqual([audit.rows.map(({ state }) => state), hasFinding(audit)], [states, finding]);
    });
  }

  it('names the identities that it judged', () => {
    const state = accountOf(policyOf(allow(onSubject(subjects.aws)), twin(nexts.aws)));
    const [row] = auditAccount(state, see(only('aws'))).rows;
    assert.deepEqual([row?.identity?.subject, row?.connection.next?.subject], [subjects.aws, nexts.aws]);
    assert.ok(entraArn.endsWith(entraUrl), 'of the provider that the twin names');
  });

  it('lists what trusts the issuer that retires, with its organizations, and nothing else', () => {
    const { providers, roles } = auditAccount(accountOf(policyOf(allow(onSubject(subjects.aws)))), see());
    assert.deepEqual(providers, [{ arn: oldArn, organizationIds: [organization.id] }]);
    assert.deepEqual(
      roles.map(({ organizationIds }) => organizationIds),
      [[organization.id]],
    );
    assert.deepEqual(auditAccount(accountOf(policyOf(twin(nexts.aws))), see()).roles, []);
  });
});

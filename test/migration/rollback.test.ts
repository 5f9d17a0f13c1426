import assert from 'node:assert/strict';
import { listGrowth } from '../../src/account/exposure.ts';
import { listLostTrust } from '../../src/migration/lost-trust.ts';
import { planRollback, type SavedDocument } from '../../src/account/saved-documents.ts';
import {
  accountId,
  accountOf,
  allow,
  azp,
  entraArn,
  entraAudience,
  entraUrl,
  nexts,
  oldUrl,
  onSubject,
  policyOf,
  see,
  seen,
  subjects,
  twin,
} from './company.ts';

const plain = allow(onSubject(subjects.aws));
const ip = { IpAddress: { 'aws:SourceIp': '192.0.2.0/24' } };
const denied = { ...allow(onSubject(subjects.gov)), Effect: 'Deny' };
const text = (...statements: readonly unknown[]): string => JSON.stringify(policyOf(...statements));
const saved = (...entries: readonly SavedDocument[]) =>
  ({ version: 1, account: accountId, partition: 'aws', savedAt: '', entries }) as const;
const role = (before: string, after: string) => saved({ kind: 'trust-policy', roleName: 'deploy', before, after });

describe('rollback counts as more trust', () => {
  const rows: readonly { name: string; live: string; before: string; more: boolean }[] = [
    { name: 'no twin', live: text(plain, twin(nexts.aws)), before: text(plain), more: false },
    {
      name: 'a twin of fewer subjects',
      live: text(plain, twin([nexts.aws, nexts.network])),
      before: text(plain, twin(nexts.aws)),
      more: false,
    },
    {
      name: 'a twin of other subjects',
      live: text(plain, twin(nexts.aws)),
      before: text(plain, twin([nexts.aws, nexts.network])),
      more: true,
    },
    { name: 'an old statement', live: text(twin(nexts.aws)), before: text(plain, twin(nexts.aws)), more: true },
    {
      name: 'everyone',
      live: text(plain),
      before: text({ Effect: 'Allow', Principal: { AWS: '*' }, Action: '*' }),
      more: true,
    },
    { name: 'a Deny less', live: text(plain, denied), before: text(plain), more: true },
    { name: 'a Deny more', live: text(plain), before: text(plain, denied), more: false },
    {
      name: 'a condition less',
      live: text(allow({ ...onSubject(subjects.aws), ...ip })),
      before: text(plain),
      more: true,
    },
    {
      name: 'fewer values of a negated operator',
      live: text(allow({ StringNotEquals: { [`${oldUrl}:sub`]: [subjects.aws, subjects.gov] } })),
      before: text(allow({ StringNotEquals: { [`${oldUrl}:sub`]: [subjects.aws] } })),
      more: true,
    },
    {
      name: 'another Version',
      live: text(plain),
      before: JSON.stringify({ ...policyOf(plain), Version: '2008-10-17' }),
      more: true,
    },
  ];
  for (const { name, live, before, more } of rows) {
    it(`${more ? '' : 'not '}${name}`, () => {
      const { changes } = planRollback(role(before, live), accountOf(live));
      assert.deepEqual([changes.length, listGrowth(changes).length > 0], [1, more]);
    });
  }

  it('nothing that cannot be read: it stays as it is', () => {
    const { changes, conflicts } = planRollback(role('garbage', text(plain)), accountOf(text(plain)));
    assert.deepEqual([changes, conflicts], [[], ['The trust policy of deploy in the file cannot be read.']]);
  });
});

describe('rollback knows whom it locks out', () => {
  const entra = (clientIds: readonly string[]) => ({
    arn: entraArn,
    url: entraUrl,
    clientIds,
    thumbprints: [],
    tags: {},
  });
  const both = entra([azp, entraAudience]);
  const clientId = saved({ kind: 'provider', arn: entraArn, before: entra([azp]), after: both });
  const aws = seen.filter(({ name }) => name === 'aws');
  const rows = [
    { name: 'by a client id, whoever is converted', fleet: see(), file: clientId, of: nexts.converted, lost: true },
    { name: 'by a client id, nobody who is not', fleet: see(aws), file: clientId, of: nexts.aws, lost: false },
    { name: 'by a client id, whoever is not seen', fleet: see(aws), file: clientId, of: nexts.converted, lost: true },
    {
      name: 'by a client id, anybody, where nobody was asked',
      fleet: undefined,
      file: clientId,
      of: nexts.aws,
      lost: true,
    },
  ];
  for (const { name, fleet, file, of, lost } of rows) {
    it(name, () => {
      const state = accountOf(policyOf(twin(of)));
      const { changes, later } = planRollback(file, state);
      assert.equal(changes.length, 1);
      const found = listLostTrust(state, later, fleet).map(({ identity }) => identity.subject);
      assert.deepEqual(found, lost ? [of] : []);
    });
  }

  it('by a trust policy, likewise', () => {
    const live = text(plain, twin([nexts.aws, nexts.converted]));
    const state = accountOf(live);
    const { later } = planRollback(role(text(plain), live), state);
    const found = listLostTrust(state, later, see()).map(({ connection }) => connection?.name);
    assert.deepEqual(found, ['converted']);
  });
});

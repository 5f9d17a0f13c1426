import assert from 'node:assert/strict';
import {
  admit,
  providerUrl,
  readJsonBlocks,
  readProse,
  runRefused,
  trustOnly,
  type DiagnosisRow,
} from './diagnosis-row.ts';
import { unpackTask } from './packed-task.ts';
import { runAhead } from './run-ahead.ts';
import { federation, names, type IssuerKind, type Scene } from './scene.ts';
import { listIssues } from './task-run.ts';

const { organization, tenantId, accountId } = names;

/** What the parts of the token's identity look like in a log, and what AWS compares besides. */
const parts: Readonly<Record<IssuerKind, readonly string[]>> = {
  'azure-devops': [
    `Azure DevOps issuer, organization ${organization.id}`,
    'organization contoso, project Platform, connection aws-deploy-old',
    'aud api://AzureADTokenExchange and no azp',
  ],
  entra: [
    `Microsoft Entra issuer, tenant ${tenantId}`,
    `organization ${organization.id}, connection ${names.connections.entra.id}`,
    'aud fb60f99c-7a34-4190-8149-302f77469936 and azp 499b84ac-1321-427f-aa17-267ca6975798',
  ],
};

/** One of each way to be refused; what each says is in test/diagnosis, that there is no diagnosis in diagnosis-several. */
const rows: readonly DiagnosisRow[] = [
  [
    'provider missing',
    {
      issuer: 'azure-devops',
      arrange: ({ sts }) => {
        sts.removeProvider(accountId, providerUrl('azure-devops'));
      },
    },
    'StsProviderMissing',
    'statement',
  ],
  ['the other issuer trusted alone', { arrange: trustOther }, 'StsAccessDenied', 'statement'],
  [
    'an Azure DevOps connection that the role does not name',
    { type: 'WorkloadIdentityUser', arrange: trustOther },
    'StsAccessDenied',
    'statement',
  ],
  ['duration too long', { inputs: { durationSeconds: '7201' } }, 'StsDurationRefused', 'nothing', '7201 s'],
];

function trustOther(scene: Scene): void {
  trustOnly(scene, 'azure-devops', {});
}

describe('bundles/diagnosis', () => {
  before(() => {
    unpackTask();
  });

  const find = runAhead(rows, row => judge(...row));
  for (const row of rows) it(`${row[0]}: ${row[2]} with ${row[3]}`, () => find(row));
});

async function judge(...[, refusal, code, offers, ...says]: DiagnosisRow): Promise<void> {
  const { issuer = 'entra' } = refusal;
  const { run, diagnosis, summary } = await runRefused(refusal);
  const shown = run.step.log.join('\n');
  assert.equal(run.step.result, 'Failed', shown);
  assert.ok(listIssues(run.step, 'error')[0]?.startsWith(`${code}: `), shown);
  const prose = readProse(summary);
  const identity = parts[issuer].slice(0, 2);
  for (const text of identity) assert.equal(shown.split(text).length, 2, `"${text}" is not there once:\n${shown}`);
  for (const text of identity) assert.ok(prose.includes(text), summary);
  for (const text of [`Diagnosis of ${code}`, ...parts[issuer].slice(2), ...says]) {
    assert.ok(diagnosis.includes(text), `"${text}" is not in the diagnosis:\n${shown}`);
    assert.ok(/^(?:Diagnosis|aud )/.test(text) || prose.includes(text), `"${text}" is not in the summary:\n${summary}`);
  }
  for (const whole of Object.values(federation[issuer])) assert.ok(summary.includes(`\`${whole}\``), summary);
  const [, ...behind] = diagnosis.split('\n');
  assert.ok(behind.length <= 14, diagnosis);
  assert.match(behind[1] ?? '', /^ {2}What to do: .*, run: aws-wif diagnose --role /);
  assert.ok(!diagnosis.includes('"Effect"'), diagnosis);
  // Never a whole policy where it is copied without much thought.
  assert.ok(!run.step.rawLines.join('\n').includes('2012-10-17'), shown);
  const statement = admit(issuer);
  const expected = offers === 'statement' ? [statement, { Version: '2012-10-17', Statement: [statement] }] : [];
  assert.deepEqual(readJsonBlocks(summary), expected);
}

import assert from 'node:assert/strict';
import { packedPolicyTooLarge, regionDisabled, stsErrors } from '../fakes/sts-errors.ts';
import type { StsError } from '../fakes/sts-errors.ts';
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
import { federation, names, type IssuerKind } from './scene.ts';
import { listIssues } from './task-run.ts';

const { organization, tenantId, accountId, roleArn } = names;
const issuers: readonly IssuerKind[] = ['azure-devops', 'entra'];
const both = '499b84ac-1321-427f-aa17-267ca6975798, fb60f99c-7a34-4190-8149-302f77469936.';

/** What the parts of the token's identity look like in a log. */
const parts: Readonly<Record<IssuerKind, readonly string[]>> = {
  'azure-devops': [
    `Azure DevOps issuer, organization ${organization.id}`,
    'organization contoso, project Platform, connection aws-deploy-old',
    'aud api://AzureADTokenExchange, no azp',
  ],
  entra: [
    `Microsoft Entra issuer, tenant ${tenantId}`,
    `organization ${organization.id}, connection ${names.connections.entra.id}`,
    'aud fb60f99c-7a34-4190-8149-302f77469936; azp 499b84ac-1321-427f-aa17-267ca6975798',
  ],
};

const words: Readonly<Record<IssuerKind, { provider: string; clientIds: string; compared: string; allows: string }>> = {
  'azure-devops': {
    provider: `host vstoken.dev.azure.com, path /${organization.id}, no slash`,
    clientIds: 'api://AzureADTokenExchange.',
    compared: 'aud, which is api://AzureADTokenExchange',
    allows: ':aud does not allow api://AzureADTokenExchange',
  },
  entra: {
    provider: `host login.microsoftonline.com, path /${tenantId}/v2.0, no slash`,
    clientIds: both,
    compared: 'azp, which is 499b84ac-1321-427f-aa17-267ca6975798',
    allows: ':aud does not allow 499b84ac-1321-427f-aa17-267ca6975798',
  },
};

/** The ways to be refused that both issuers have. */
function listRows(issuer: IssuerKind): readonly DiagnosisRow[] {
  const { provider, clientIds, compared, allows } = words[issuer];
  const url = providerUrl(issuer);
  const { subject } = federation[issuer];
  const [aud] = issuer === 'entra' ? ['499b84ac-1321-427f-aa17-267ca6975798'] : ['api://AzureADTokenExchange'];
  const other = issuer === 'entra' ? 'azure-devops' : 'entra';
  const rows: readonly DiagnosisRow[] = [
    [
      'provider missing',
      {
        arrange: ({ sts }) => {
          sts.removeProvider(accountId, url);
        },
      },
      'StsProviderMissing',
      'statement',
      `Account ${accountId} has no OIDC identity provider`,
      provider,
      `Register these client ids (audiences) with it: ${clientIds}`,
    ],
    [
      'audience missing',
      {
        arrange: ({ sts }) => {
          sts.addProvider(accountId, { url, clientIds: ['sts.amazonaws.com'] });
        },
      },
      'StsAudienceRefused',
      'statement',
      compared,
      `Add these client ids (audiences) to that provider: ${clientIds}`,
    ],
    [
      'subject wrong',
      {
        arrange: scene => {
          trustOnly(scene, issuer, { [`${url}:sub`]: `${subject}x`, [`${url}:aud`]: aud });
        },
      },
      'StsAccessDenied',
      'statement',
      ':sub is for another subject',
    ],
    [
      'audience of the policy wrong',
      {
        arrange: scene => {
          trustOnly(scene, issuer, { [`${url}:sub`]: subject, [`${url}:aud`]: 'sts.amazonaws.com' });
        },
      },
      'StsAccessDenied',
      'statement',
      allows,
    ],
    [
      'no condition key matches',
      {
        arrange: scene => {
          trustOnly(scene, issuer, { [`https://${url}:sub`]: subject, [`${url}:tid`]: tenantId });
        },
      },
      'StsAccessDenied',
      'statement',
      ':tid, :oid or :azp of any provider, never hold',
      'with https://',
    ],
    [
      'the other issuer trusted alone',
      {
        arrange: scene => {
          trustOnly(scene, other, {});
        },
      },
      'StsAccessDenied',
      'statement',
      issuer === 'entra' ? 'knows the Azure DevOps issuer alone: converting a connection' : 'names another provider',
    ],
    [
      'role missing',
      { inputs: { roleArn: `${roleArn}-not-there` } },
      'StsAccessDenied',
      'statement',
      `The role is not there: account id, path and name of ${roleArn}-not-there`,
    ],
    [
      'duration too long',
      { inputs: { durationSeconds: '7201' } },
      'StsDurationRefused',
      'nothing',
      '7201 s is longer than the role',
      'Lower durationSeconds',
    ],
    [
      'token expired',
      {
        arrange: ({ azureDevOps }) => {
          azureDevOps.bendNext({ ageSeconds: 900, lifetimeSeconds: 300 }, 9);
        },
      },
      'StsTokenExpired',
      'nothing',
      'more than five minutes after that',
    ],
    [
      'token forged',
      {
        arrange: ({ azureDevOps }) => {
          azureDevOps.bendNext({ signature: 'unknown-key' }, 9);
        },
      },
      'StsKeyUnavailable',
      'nothing',
      'none of these keys signed the token',
    ],
  ];
  return rows.map(([name, refusal, ...rest]) => [`${issuer}: ${name}`, { ...refusal, issuer }, ...rest] as const);
}

/** Errors that the stand-in gives when told to. */
const planned: readonly (readonly [StsError, string, string])[] = [
  [stsErrors.accessDenied, 'StsAccessDenied', 'The role is not there'],
  [stsErrors.notAJwt, 'StsTokenInvalid', 'changed on the way'],
  [stsErrors.notYetValid, 'StsTokenInvalid', 'its time is yet to come'],
  [stsErrors.idpCommunication, 'StsIdentityProviderUnreachable', 'could not reach the issuer'],
  [stsErrors.idpRejectedClaim, 'StsClaimRejected', 'does not stand by this token'],
  [stsErrors.malformedPolicy, 'StsPolicyMalformed', 'Correct sessionPolicy'],
  [packedPolicyTooLarge(120), 'StsPolicyTooLarge', 'too large once packed'],
  [regionDisabled(accountId), 'StsRegionDisabled', `switched off for account ${accountId}`],
  [stsErrors.throttling, 'StsThrottled', 'did not judge the request'],
  [stsErrors.serviceUnavailable, 'StsUnavailable', 'did not judge the request'],
  [{ status: 400, code: 'Odd', message: 'Why' }, 'StsRequestRejected', 'the message of AWS names'],
];

const plannedRows = planned.map(([error, code, says]): DiagnosisRow => [
  `AWS answers ${error.code}: ${error.message}`,
  {
    arrange: ({ sts }) => {
      sts.failNext(error, 9);
    },
  },
  code,
  code === 'StsAccessDenied' ? 'statement' : 'nothing',
  says,
]);

describe('bundles/diagnosis', () => {
  before(() => {
    unpackTask();
  });

  const rows: readonly DiagnosisRow[] = [...issuers.flatMap(listRows), ...plannedRows];
  const find = runAhead(rows, row => judge(...row));
  for (const row of rows) it(`${row[0]}: ${row[2]}`, () => find(row));
});

async function judge(...[, refusal, code, offers, ...says]: DiagnosisRow): Promise<void> {
  const { issuer = 'entra' } = refusal;
  const { run, diagnosis, summary } = await runRefused(refusal);
  const shown = run.step.log.join('\n');
  assert.equal(run.step.result, 'Failed', shown);
  assert.ok(listIssues(run.step, 'error')[0]?.startsWith(`${code}: `), shown);
  const prose = readProse(summary);
  for (const text of [`Diagnosis of ${code}`, ...parts[issuer], ...says]) {
    assert.ok(diagnosis.includes(text), `"${text}" is not in the diagnosis:\n${shown}`);
    assert.ok(text.startsWith('Diagnosis') || prose.includes(text), `"${text}" is not in the summary:\n${summary}`);
  }
  for (const whole of Object.values(federation[issuer])) assert.ok(summary.includes(`\`${whole}\``), summary);
  assert.equal(diagnosis.includes('"Effect": "Allow"'), offers === 'statement', diagnosis);
  // Never a whole policy where it is copied without much thought.
  assert.ok(!run.step.rawLines.join('\n').includes('2012-10-17'), shown);
  assert.equal(diagnosis.includes('anyone who runs pipelines can provoke'), offers === 'statement', diagnosis);
  const statement = admit(issuer);
  const expected = offers === 'statement' ? [statement, { Version: '2012-10-17', Statement: [statement] }] : [];
  assert.deepEqual(readJsonBlocks(summary), expected);
}

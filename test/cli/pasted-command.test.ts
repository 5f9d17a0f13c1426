import assert from 'node:assert/strict';
import { Command } from 'commander';
import type { IamAccess } from '../../src/aws/account.ts';
import { addDiagnose } from '../../src/cli/diagnose/command.ts';
import { CliFailure } from '../../src/cli/terminal/failure.ts';
import type { Report } from '../../src/cli/terminal/report.ts';
import { listDiagnoseCommands } from '../../src/diagnosis/diagnose-command.ts';
import type { ErrorCode } from '../../src/errors.ts';
import { listAudiences } from '../../src/identity/audience.ts';
import { arn, call, hub, issuers } from '../diagnosis/refused-calls.ts';
import { entraUrl, oldUrl } from '../trust/company.ts';

type Name = keyof typeof issuers;
const urls: Readonly<Record<Name, string>> = { old: oldUrl, entra: entraUrl };

/** An account with the role, as IAM has it. */
interface Account {
  readonly condition?: Readonly<Record<string, unknown>>;
  readonly statements?: readonly unknown[];
  readonly providers?: readonly { readonly url: string; readonly clientIds: readonly string[] }[];
  readonly hasRole?: boolean;
}

function statementOf(issuer: Name, condition: object = conditionOf(issuer)) {
  return {
    Effect: 'Allow',
    Principal: { Federated: `arn:aws:iam::111111111111:oidc-provider/${urls[issuer]}` },
    Action: 'sts:AssumeRoleWithWebIdentity',
    Condition: { StringEquals: condition },
  };
}

function conditionOf(issuer: Name): Readonly<Record<string, unknown>> {
  const { sub } = issuers[issuer];
  return {
    [`${urls[issuer]}:sub`]: sub,
    [`${urls[issuer]}:aud`]: listAudiences(issuer === 'old' ? 'azure-devops' : 'entra'),
  };
}

function openIam(issuer: Name, account: Account): IamAccess {
  const { condition, statements = [statementOf(issuer, condition)], hasRole = true } = account;
  const registered = listAudiences(issuer === 'old' ? 'azure-devops' : 'entra');
  const { providers = [{ url: urls[issuer], clientIds: registered }] } = account;
  const trustPolicy = JSON.stringify({ Version: '2012-10-17', Statement: statements });
  const role = { arn, name: 'deploy', path: '/', trustPolicy, description: undefined, maxSessionSeconds: 3600 };
  const site = { boundaryArn: undefined, tags: {} };
  const known: Partial<IamAccess> = {
    readCaller: () =>
      Promise.resolve({ accountId: '111111111111', partition: 'aws', arn: 'arn:aws:iam::111111111111:user/admin' }),
    readRole: name => Promise.resolve(hasRole && name === 'deploy' ? { ...role, ...site } : undefined),
    listProviderArns: () => Promise.resolve(providers.map(({ url }) => url)),
    readProvider: url => {
      const found = providers.find(one => one.url === url);
      return Promise.resolve(found === undefined ? undefined : { arn: url, ...found, thumbprints: [], tags: {} });
    },
  };
  return known as IamAccess;
}

/** Runs a printed command with its words, as a shell hands them on, in this process. */
async function paste(command: string, iam: IamAccess): Promise<Report> {
  const [, ...words] = command.match(/'[^']*'|\S+/g) ?? [];
  let report: Report | undefined;
  const shell = {
    openAzureDevOps: () => Promise.reject(new Error('Azure DevOps is not asked.')),
    openAccount: () => Promise.resolve(iam),
    openQuestions: () => Promise.resolve(undefined),
    nowMs: () => 0,
    sendTo: () => undefined,
    run: async (work: () => Promise<Report>) => {
      report = await work();
    },
  };
  const program = new Command('aws-wif').exitOverride();
  addDiagnose(program.command('diagnose'), shell);
  await program.parseAsync(
    words.map(word => word.replace(/^'(.*)'$/, '$1')),
    { from: 'user' },
  );
  return report ?? assert.fail(command);
}

/** All that a report says, or the failure in its place. */
async function say(command: string, iam: IamAccess): Promise<string> {
  try {
    const report = await paste(command, iam);
    return JSON.stringify([report.json, report.warnings, report.text(plain)]);
  } catch (thrown) {
    if (thrown instanceof CliFailure) return thrown.message;
    throw thrown;
  }
}

const same = (text: string): string => text;
const plain = { bold: same, red: same, green: same, yellow: same, dim: same };

/** The matrix of what STS refuses: what is wrong in the account, and what names it. */
const causes: readonly (readonly [string, ErrorCode, (issuer: Name) => Account, RegExp])[] = [
  ['no provider', 'StsProviderMissing', () => ({ providers: [] }), /has no OIDC provider with the issuer's URL/],
  [
    'a client id is missing',
    'StsAudienceRefused',
    issuer => ({ providers: [{ url: urls[issuer], clientIds: ['sts.amazonaws.com'] }] }),
    /has the client IDs sts\.amazonaws\.com, but not/i,
  ],
  [
    'another subject',
    'StsAccessDenied',
    issuer => ({ condition: { ...conditionOf(issuer), [`${urls[issuer]}:sub`]: 'sc://contoso/Payments/other' } }),
    /condition StringEquals on \S+:sub: the policy has sc:/,
  ],
  [
    'another audience',
    'StsAccessDenied',
    issuer => ({ condition: { ...conditionOf(issuer), [`${urls[issuer]}:aud`]: 'sts.amazonaws.com' } }),
    /condition StringEquals on \S+:aud: the policy has sts\.amazonaws\.com/,
  ],
  [
    'the other issuer alone',
    'StsAccessDenied',
    issuer => ({ statements: [statementOf(issuer === 'old' ? 'entra' : 'old')] }),
    /principal: the policy has arn:/,
  ],
  [
    'a Deny',
    'StsAccessDenied',
    issuer => ({ statements: [statementOf(issuer), { ...statementOf(issuer), Effect: 'Deny' }] }),
    /denies this token/,
  ],
  ['no role', 'StsAccessDenied', () => ({ hasRole: false }), /RoleNotFound: The account has no role deploy/],
  ['a duration', 'StsDurationRefused', () => ({}), /at most 3600 s \(MaxSessionDuration\), but 7201 s/],
  ['nothing of the role', 'StsThrottled', () => ({}), /"decision":"allowed"/],
];

describe('the command that a refusal prints', () => {
  for (const [name, code, accountOf, says] of causes) {
    for (const issuer of ['old', 'entra'] as const) {
      for (const isMasked of [false, true]) {
        it(`runs and names the cause: ${name}, ${issuer} issuer${isMasked ? ', account id masked' : ''}`, async () => {
          const refused = call(code, { claims: issuers[issuer], durationSeconds: 7201 });
          const [command = ''] = listDiagnoseCommands(refused, text => isMasked && text.includes('111111111111'));
          assert.equal(command.includes('111111111111'), !isMasked);
          assert.match(await say(command, openIam(issuer, accountOf(issuer))), says);
        });
      }
    }
  }

  it('shows for a chained role whom it trusts', async () => {
    const statements = [
      { Effect: 'Allow', Principal: { AWS: 'arn:aws:iam::111111111111:role/other' }, Action: 'sts:AssumeRole' },
    ];
    const [command = ''] = listDiagnoseCommands(call('StsAccessDenied', { caller: hub }));
    assert.match(
      await say(command, openIam('entra', { statements })),
      /allows sts:AssumeRole to AWS arn:\S+role\/other/,
    );
  });
});

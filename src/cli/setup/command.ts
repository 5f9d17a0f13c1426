import type { Command } from 'commander';
import pMap from 'p-map';
import {
  addAccountOptions,
  addCredentialOptions,
  addWriteOptions,
  readNamedTargets,
  type AccountTarget,
} from '../accounts/options.ts';
import { nothingPlanned, refuseRun, failRun, planRun } from '../accounts/run.ts';
import { concurrency, tellEach, writeRuns } from '../accounts/write.ts';
import type { OpenAzureDevOps } from '../connections/ask-azure-devops.ts';
import { warnOfTenant } from '../connections/describe.ts';
import { addConnectionOptions, requireNamedConnections, type NamedConnections } from '../connections/options.ts';
import {
  askOrganization,
  refuseTenant,
  settleConnections,
  type SettledConnections,
} from '../connections/identities.ts';
import type { CommandShell } from '../shell.ts';
import { checkConsent } from '../terminal/questions.ts';
import { readAll } from '../terminal/failure.ts';
import type { Report } from '../terminal/report.ts';
import type { Problem } from '../../problem.ts';
import { readNetwork } from '../accounts/role-options.ts';
import { needsAnswers, addRoleOptions, readRequest, type SetupOptions } from './options.ts';
import { listWarnings, reportSetup, chooseRegion, type SetupRun } from './report.ts';
import { judgeAdmissions, verifySetup, planSetup, readStanding } from '../../setup/plan.ts';
import type { SetupRequest } from '../../setup/request.ts';
import { findOtherAccount, type OpenAccount } from '../accounts/open.ts';

/** Defines `setup`. */
export function addSetup(command: Command, { run, ...outside }: CommandShell): void {
  command.description(
    'Plans what an AWS account needs so that service connections can assume a role: the OIDC provider with its client IDs, the ' +
      'role, its trust policy and attached policies. Shows the changes, asks for confirmation, makes them and checks the result. It never removes ' +
      'anything it did not create; running it again changes nothing. On a terminal it asks for missing options, and at the ' +
      'end it shows the step for your pipeline.',
  );
  addRoleOptions(addConnectionOptions(command));
  addWriteOptions(
    addCredentialOptions(addAccountOptions(command, 'AWS account to set up (required); repeat it for several')),
  )
    .addHelpText('after', examples)
    .action((options: SetupOptions, { options: known }: Command) =>
      run(async () => {
        const questions = needsAnswers(options) ? await outside.openQuestions(options) : undefined;
        // Without anybody to ask, what is missing is wrong usage.
        if (questions === undefined) return setUp(options, outside);
        const { askMissing } = await import('./dialogue/complete-options.ts');
        const asked = await askMissing(options, known, { ...outside, questions });
        return setUp(asked.options, outside, asked.command);
      }),
    );
}

const examples = `
Examples:
  $ aws-wif setup
  $ aws-wif setup --account 111111111111 --role-name deploy --policy-arn arn:aws:iam::aws:policy/PowerUserAccess \\
      --organization-url https://dev.azure.com/contoso --project Payments --connection aws --dry-run
  $ aws-wif setup --account 111111111111 --account 222222222222 --assume-role arn:aws:iam::{account}:role/admin --yes \\
      --role-name deploy --policy-arn arn:aws:iam::{account}:policy/deploy --issuer entra \\
      --organization-id 0ca3ddd9-f0b0-4635-a98c-5866526961b6 --tenant-id ff882432-09b0-437b-bd22-ca13c0037ded \\
      --connection-id f0cda5b5-1aff-46ac-a80b-054d5c4f9b8a
  $ aws-wif setup --account 111111111111 --profile one --account 222222222222 --profile two --role-name deploy ...

Everything it creates has the tag managed-by=aws-wif. It attaches only the policies that you name, and sets no thumbprint: IAM needs none for public certificate authorities. The previous state is saved for aws-wif migrate rollback.
It needs sts:GetCallerIdentity; iam:GetRole, ListRoles, ListAttachedRolePolicies, ListRolePolicies, GetPolicy, GetOpenIDConnectProvider; and, for the changes, iam:CreateOpenIDConnectProvider, AddClientIDToOpenIDConnectProvider, TagOpenIDConnectProvider, CreateRole, UpdateAssumeRolePolicy, UpdateRole, AttachRolePolicy, PutRolePermissionsBoundary, TagRole.
Looking up a connection needs a token in AZURE_DEVOPS_EXT_PAT.
Exit code 1: refused, not confirmed, or the role is open to others. 3: incomplete; run it again to continue.`;

async function setUp(
  options: SetupOptions,
  { openAzureDevOps, openAccount, nowMs }: Outside,
  command?: string,
): Promise<Report> {
  const [asked, named] = readAll(
    () => readAsked(options),
    () => requireNamedConnections(options),
    checkConsent(options),
  );
  const { connections, warnings, refusals } = await settle(named, options, openAzureDevOps);
  const identities = connections.flatMap(one => one.identities);
  const tell = tellEach(asked.length);
  const planned = await pMap(
    asked,
    async ({ target, request }) =>
      tell(refuseRun(await planAccount(target, request(identities), openAccount), refusals)),
    { concurrency },
  );
  const cautions = [...(readNetwork(options, options.partition)?.warnings ?? []), ...listWarnings(planned)];
  const runs = await writeRuns(planned, { options, nowMs, cautions, verify: verifyRun });
  const dryRun = options.dryRun === true;
  // Whoever reads the text has seen the cautions before the changes; a program reads the document alone.
  return reportSetup(runs, {
    dryRun,
    warnings: dryRun || options.json === true ? [...warnings, ...cautions] : warnings,
    connections,
    region: chooseRegion(options.partition, process.env),
    command,
  });
}

interface Settled extends Pick<SettledConnections, 'connections' | 'warnings'> {
  /** Why nothing may be written in any account. */
  readonly refusals: readonly Problem[];
}

/** Returns the connections; a tenant that they do not confirm themselves, the organization may. */
async function settle(
  named: NamedConnections,
  { issuer }: SetupOptions,
  openAzureDevOps: OpenAzureDevOps,
): Promise<Settled> {
  const { connections, warnings, unconfirmed } = await settleConnections(named, issuer, openAzureDevOps);
  const { doubtful, why } = await askOrganization(named, unconfirmed, openAzureDevOps);
  const confirmed = connections
    .flatMap(({ described }) => described.facts.connection ?? [])
    .filter(name => doubtful.every(({ connection }) => connection !== name))
    .map(warnOfTenant);
  const names = doubtful.map(({ project, connection }) => `${project}/${connection}`);
  return {
    connections,
    warnings: warnings.filter(text => !confirmed.includes(text)),
    refusals: refuseTenant(names, why),
  };
}

type Outside = Pick<CommandShell, 'openAzureDevOps' | 'openAccount' | 'openQuestions' | 'nowMs'>;

/**
 * What is asked of each account; the role's options are read if no account is named, too, for what is wrong with them.
 */
function readAsked(options: SetupOptions): readonly Asked[] {
  const [targets] = readAll(
    () => readNamedTargets(options),
    () => readRequest(options, undefined),
  );
  return targets.map(target => ({ target, request: readRequest(options, target.account) }));
}

interface Asked {
  readonly target: AccountTarget;
  readonly request: ReturnType<typeof readRequest>;
}

/** Returns an account's plan, after making sure whose account it is. It never throws: a failure is part of the result. */
export async function planAccount(
  target: AccountTarget,
  request: SetupRequest,
  openAccount: OpenAccount,
): Promise<SetupRun> {
  const unknown = { roleArn: undefined, warnings: [], admissions: [], titles: ownTitles };
  let run: SetupRun = { ...nothingPlanned, ...unknown, target, request };
  try {
    const iam = await openAccount(target);
    const caller = await iam.readCaller();
    const opened = { target, caller, iam };
    run = { ...run, opened };
    const other = findOtherAccount(caller, target);
    if (other !== undefined) return { ...run, status: 'refused', exit: 1, problems: [other] };
    return await planOpened(run, opened);
  } catch (thrown) {
    return { ...run, ...failRun(run, thrown) };
  }
}

const ownTitles = { done: 'set up', unchanged: 'already set up, nothing to change' };

async function planOpened(run: SetupRun, opened: NonNullable<SetupRun['opened']>): Promise<SetupRun> {
  const { request } = run;
  const standing = await readStanding(request, opened.iam);
  const { warnings, findings, ...plan } = planSetup(request, standing);
  const { role, policies } = standing;
  const roleArn = role?.arn ?? nameRole(request);
  const planned = { ...run, ...planRun(opened, plan), policies, warnings, roleArn };
  if (planned.status !== 'unchanged') return planned;
  const ended = judgeEnd({ ...planned, admissions: judgeAdmissions(request, standing) });
  if (findings.length === 0) return ended;
  const titles = { unchanged: 'already set up, but open to other identities' };
  return { ...ended, titles, exit: ended.exit === 3 ? 3 : 1, problems: [...findings, ...ended.problems] };
}

function nameRole({ account: { partition, accountId }, role: { name, path = '/' } }: SetupRequest): string {
  return `arn:${partition}:iam::${accountId}:role${path}${name}`;
}

/** Reads an account back that was changed, and says whether the connections are allowed. */
export async function verifyRun(run: SetupRun, pause: (ms: number) => Promise<void>): Promise<SetupRun> {
  if (run.opened === undefined) return run;
  try {
    const { admissions, refusal } = await verifySetup(run.request, run.opened.iam, pause);
    if (refusal !== undefined) return { ...run, admissions, status: 'partial', exit: 3, problems: [refusal] };
    return judgeEnd({ ...run, admissions });
  } catch (thrown) {
    return { ...run, ...failRun(run, thrown) };
  }
}

/** Denied connections were found by the plan; what is left is what only AWS knows. */
function judgeEnd(run: SetupRun): SetupRun {
  const doubtful = run.admissions.filter(({ decision }) => decision !== 'allowed');
  if (doubtful.length === 0) return run;
  return {
    ...run,
    titles: { ...run.titles, done: 'set up, but access could not be confirmed' },
    exit: 3,
    problems: doubtful.map(({ identity, decision }) => ({
      code: 'NotSettled',
      found:
        decision === 'denied'
          ? `After the changes, the account denies ${identity.subject}.`
          : `Only AWS can decide whether ${identity.subject} is allowed: the trust policy has a Deny or another element that this command cannot judge.`,
      expected: 'a provider, client IDs and a trust policy that allow it.',
      remedy: 'Run aws-wif diagnose to see which statement decides, or run a pipeline to try it.',
    })),
  };
}

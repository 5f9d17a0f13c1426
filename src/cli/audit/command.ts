import { Option, type Command } from 'commander';
import { openInventory } from '../../trust/inventory/judge-roles.ts';
import {
  addAccountOptions,
  addAccountsFileOption,
  addCredentialOptions,
  readAccountsFile,
  readManyTargets,
} from '../accounts/options.ts';
import { parseOrganizationUrl, type Organization } from '../connections/options.ts';
import { neededScopes, readFleet } from '../connections/ask-azure-devops.ts';
import { addFormatOption } from '../pages/format.ts';
import type { CommandShell } from '../shell.ts';
import { CliFailure, holdResult, readAll } from '../terminal/failure.ts';
import { readInputFile } from '../terminal/input-file.ts';
import type { Report } from '../terminal/report.ts';
import { addTrustFileOption, readFileAccount, type TrustFileOptions } from '../trust-files/file-options.ts';
import type { Audited } from './audited.ts';
import { severities } from './audited.ts';
import { applyBaseline } from './baseline.ts';
import { readBaseline } from './baseline-file.ts';
import { nameConnections, type Names } from './describe-role.ts';
import { openMask } from './mask.ts';
import { neededActions, neededForDetails, readAccounts } from './read-live.ts';
import { reportAudit, type AuditFormat, type FailOn } from './report.ts';

interface AuditOptions extends TrustFileOptions {
  readonly organizationUrl?: string;
  readonly accountDetails?: boolean;
  readonly format: AuditFormat;
  readonly failOn: FailOn;
  readonly baseline?: string;
  readonly maskAccounts?: boolean;
  readonly all?: boolean;
  readonly json?: boolean;
}

/** Defines `audit`. */
export function addAudit(command: Command, shell: CommandShell): void {
  command
    .description(
      'Lists every role that callers with a token (service connections, other workloads, other issuers) or a SAML sign-in can assume, in one or many accounts or in files. For each role it shows who can assume it, its weaknesses, and its reach. It changes nothing.',
    )
    .optionsGroup('Files, instead of reading accounts:');
  addTrustFileOption(command, 'file with trust policies');
  addCredentialOptions(
    addAccountsFileOption(
      addAccountOptions(command, 'AWS account to read; repeatable; with --file the account that its roles belong to'),
    ),
  )
    .option(
      '--account-details',
      'read all roles and the names of their policies in a few calls (iam:GetAccountAuthorizationDetails), not with two calls for each role',
    )
    .optionsGroup('Names:')
    .option(
      '--organization-url <url>',
      'URL of the Azure DevOps organization whose service connections are shown by name',
    );
  addFormatOption(command, ['text', 'markdown', 'html', 'sarif'])
    .option('--all', 'list everything, however long it is')
    .option('--mask-accounts', 'show a number in place of each AWS account ID')
    .optionsGroup('Findings:')
    .addOption(
      new Option('--fail-on <severity>', 'exit with code 1 for findings of this severity or worse')
        .choices([...severities, 'none'])
        .default('high'),
    )
    .option('--baseline <file>', 'file of accepted findings, with reason and date')
    .addHelpText('after', examples)
    .action((options: AuditOptions) => shell.run(() => audit(options, shell)));
}

const examples = `
Examples:
  $ aws-wif audit --account 111111111111
  $ aws-wif audit --accounts-file accounts.txt --format html --out audit.html
  $ aws-wif audit --file template.yaml --file plan.json --format sarif --out audit.sarif
  $ aws-wif audit --account 111111111111 --organization-url https://dev.azure.com/contoso --baseline baseline.json --json

AWS credentials need ${neededActions.join(', ')}.
With --account-details they need ${neededForDetails.join(', ')}.
AZURE_DEVOPS_EXT_PAT needs, for --organization-url only, the scopes ${neededScopes}.
Exit code 1: an unaccepted finding of the --fail-on severity or worse, or a baseline entry that has lapsed. 3: an account, a file or a role is unknown because it could not be read or judged, whatever else was found.`;

async function audit(options: AuditOptions, shell: CommandShell): Promise<Report> {
  const mask = options.maskAccounts === true ? openMask() : undefined;
  try {
    const nowMs = shell.nowMs();
    const audited = await readAudit(options, shell);
    const { failOn, format, all } = options;
    return reportAudit({ audited: mask === undefined ? audited : mask(audited), failOn, format, all, nowMs });
  } catch (thrown) {
    if (mask === undefined || !(thrown instanceof CliFailure)) throw thrown;
    throw new CliFailure(thrown.exit, mask(thrown.problems), thrown.cause);
  }
}

/** Reads what the options name, and judges it. */
async function readAudit(options: AuditOptions, shell: CommandShell): Promise<Audited> {
  const { file: paths = [], baseline: path } = options;
  const listText = await holdResult(readAccountsFile(options));
  const baselineText = await holdResult(
    path === undefined ? Promise.resolve(undefined) : readInputFile('--baseline', path),
  );
  const [targets, account, organization, baseline] = readAll(
    () => (paths.length === 0 ? readManyTargets(options, listText) : []),
    () => (paths.length > 0 ? readFileAccount(options) : undefined),
    () => (options.organizationUrl === undefined ? undefined : parseOrganizationUrl(options.organizationUrl)),
    () => readBaseline(baselineText() ?? '{"baselineVersion": 1, "accepted": []}', shell.nowMs()),
  );
  const names = await readNames(organization, shell);
  const judge = openInventory();
  const masks = options.maskAccounts === true;
  const details = options.accountDetails === true;
  const accounts = await readAccounts(targets, { openAccount: shell.openAccount, judge, names, details, masks });
  // The library for YAML is loaded only then.
  const { readFiles } = await import('./read-files.ts');
  const { files, warnings: repeated } = await readFiles(paths, { account, judge, names });
  const warnings = [...listWarnings(accounts, files), ...repeated];
  return applyBaseline({ accounts, files, outdated: [], warnings }, baseline);
}

async function readNames(organization: Organization | undefined, { openAzureDevOps }: CommandShell): Promise<Names> {
  if (organization === undefined) return new Map();
  const { fleet } = await readFleet(organization, undefined, openAzureDevOps);
  return nameConnections(fleet.connections);
}

function listWarnings(accounts: Audited['accounts'], files: Audited['files']): readonly string[] {
  return [
    ...(files.some(({ errors }) => errors.length === 0)
      ? ['The files do not contain the OIDC providers of the accounts: only the trust policies were evaluated.']
      : []),
    ...accounts.flatMap(({ warnings }) => warnings),
  ];
}

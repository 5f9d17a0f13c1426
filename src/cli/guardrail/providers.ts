import type { Command } from 'commander';
import { listTrustedProviders } from '../../trust/control-policies/check-roles.ts';
import { guardProviders } from '../../trust/control-policies/providers.ts';
import { collect } from '../connections/options.ts';
import type { CommandShell } from '../shell.ts';
import { CliFailure, readAll, wrongUsage } from '../terminal/failure.ts';
import type { Report } from '../terminal/report.ts';
import { readInventory, type Inventory } from './inventory.ts';
import { addExemptionOptions, readExemption, readProviderUrls, type ExemptionOptions } from './options.ts';
import { reportGuardrails, withExemption } from './report.ts';
import { addSourceOptions, holdTargets, type SourceOptions } from './sources.ts';

interface ProvidersOptions extends ExemptionOptions, SourceOptions {
  readonly provider?: readonly string[];
  readonly without?: readonly string[];
}

/** Defines `guardrail providers`. */
export function addProviders(command: Command, shell: CommandShell): void {
  command
    .description(
      "Prints a resource control policy that denies every web identity whose provider is not in its list. The list is read from the accounts: each provider that a role there trusts, including GitHub, EKS clusters and Cognito. If an account or a role's trust policy cannot be read, no policy is printed.",
    )
    .optionsGroup('OIDC providers:')
    .option('--provider <url>', 'additional provider that no role trusts yet; repeatable', collect)
    .option(
      '--without <url>',
      'provider to omit even if a role trusts it; --check shows the identities that this denies; repeatable',
      collect,
    );
  addSourceOptions(command, 'AWS account to read (required); repeat it for all member accounts');
  addExemptionOptions(command)
    .addHelpText('after', examples)
    .action((options: ProvidersOptions) => shell.run(() => printProviders(options, shell)));
}

const examples = `
Examples:
  $ aws-wif guardrail providers --accounts-file accounts.txt --out providers.json
  $ aws-wif guardrail providers --account 111111111111 --without gitlab.com --check

AWS credentials need iam:ListRoles, iam:ListOpenIDConnectProviders and iam:GetOpenIDConnectProvider; with --exempt-tag iam:GetRole.`;

async function printProviders(options: ProvidersOptions, shell: CommandShell): Promise<Report> {
  const readTargets = await holdTargets(options, true);
  const [added, without, exemption, targets] = readAll(
    () => readProviderUrls(options.provider),
    () => readProviderUrls(options.without, '--without'),
    () => readExemption(options),
    readTargets,
  );
  const inventory = await readInventory(targets, shell.openAccount, exemption !== undefined);
  requireComplete(inventory);
  const trusted = inventory.roles.flatMap(listTrustedProviders);
  const listed = leaveOut([...trusted, ...added], without);
  const own = guardProviders(listed, exemption?.tag);
  return reportGuardrails(withExemption(own, exemption), {
    notes: listNotes(inventory, listed),
    inventory,
    options,
    administrators: exemption?.administrators ?? [],
  });
}

/** A provider that is missing in the list would be denied: half an inventory is no ground for one. */
function requireComplete({ unreadable }: Inventory): void {
  if (unreadable.length === 0) return;
  throw new CliFailure(3, [
    {
      code: 'InventoryIncomplete',
      found: `The list of providers would be incomplete. Could not be read: ${unreadable.map(({ name, why }) => `${name} (${why})`).join('; ')}.`,
      expected: 'every account and trust policy can be read: a provider missing from the list would be denied.',
      remedy: 'Fix the cause, or leave the account out and do not attach the policy to it.',
    },
  ]);
}

function leaveOut(urls: readonly string[], without: readonly string[]): readonly string[] {
  const gone = new Set(without.map(url => url.toLowerCase()));
  const stray = without.filter(url => !urls.some(one => one.toLowerCase() === url.toLowerCase()));
  if (stray.length > 0) throw wrongUsage(`--without is ${stray.join(', ')}.`, 'a provider that a role trusts.');
  return urls.filter(url => !gone.has(url.toLowerCase()));
}

function listNotes({ providers }: Inventory, listed: readonly string[]): readonly string[] {
  const known = new Set(listed.map(url => url.toLowerCase()));
  const unused = [...new Set(providers)].filter(url => !known.has(url.toLowerCase()));
  return [
    ...(unused.length === 0
      ? []
      : [`Not in the list, because no role trusts them or --without leaves them out: ${unused.join(', ')}.`]),
    'The list covers only the accounts that were read: attach the policy only to those. Each new provider, such as that of a new EKS cluster, is denied until it is added.',
  ];
}

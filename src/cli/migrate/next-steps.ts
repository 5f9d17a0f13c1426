import type { FleetConnection, Fleet } from '../../migration/fleet/connections.ts';
import { neutralise } from '../../secret.ts';
import { cutLines } from '../terminal/layout.ts';
import type { MigrationInput } from './input.ts';
import type { Histories } from '../connections/ask-azure-devops.ts';
import type { Command } from 'commander';
import { azureDevOpsIssuerRetires } from '../../identity/issuer.ts';

/**
 * Where a connection is converted: by hand, since no command of Azure DevOps for it is confirmed.
 *
 * @see https://learn.microsoft.com/azure/devops/pipelines/release/convert-service-connections
 */
export const conversion =
  'Convert each connection yourself in Azure DevOps: Project settings > Service connections > the connection > Update, and ' +
  'Update again to confirm. Microsoft documents no way back, and editing an old connection may convert it, so make the ' +
  'roles trust both issuers first.';

/** The page of a project on which its connections are converted. */
export interface Portal {
  readonly project: string;
  readonly url: string;
}

/** Returns the pages on which connections that are still on the old issuer are converted. */
export function listPortals(
  { organization }: Pick<MigrationInput, 'organization'>,
  connections: readonly FleetConnection[],
): readonly Portal[] {
  const retiring = connections.filter(({ status }) => status === 'retiring');
  return [...new Set(retiring.map(({ project }) => project))].map(project => {
    // Half a surrogate pair is no character, and makes the encoding fail.
    const name = encodeURIComponent(project.replace(/\p{Surrogate}/gu, '\ufffd'));
    return { project, url: new URL(`${name}/_settings/adminservices`, organization.url).href };
  });
}

/** Returns where connections are converted, with the pages of their projects. */
export function formatConversion(portals: readonly Portal[], max = Infinity): string {
  return [
    conversion,
    ...cutLines(
      portals.map(({ project, url }) => neutralise(`  ${project}: "${url}"`)),
      max,
    ),
  ].join('\n');
}

/** So many accounts are written out in a command. */
const maxAccounts = 5;

/** Names accounts as they were named. */
function nameAccounts({ accounts, failed, given }: MigrationInput): string {
  const { accountsFile, assumeRole, profile = [] } = given;
  const targets = [...accounts, ...failed].map(({ target }) => target);
  const [first] = targets;
  const elsewhere =
    first === undefined || first.account.partition === 'aws' ? '' : ` --partition ${first.account.partition}`;
  if (accountsFile !== undefined) return ` --accounts-file ${quotePlain(accountsFile)}${elsewhere}`;
  const ids = targets.map(({ account }) => ` --account ${account.accountId}`);
  const shown = ids.length > maxAccounts ? ' --account ... (those given here)' : ids.join('');
  const role = assumeRole === undefined ? '' : ` --assume-role ${quotePlain(assumeRole)}`;
  const profiles = targets.length > maxAccounts ? '' : profile.map(one => ` --profile ${quotePlain(one)}`).join('');
  return `${shown}${elsewhere}${role}${profiles}`;
}

/** Returns a text that shells read as it is, or words in its place. */
export function quotePlain(text: string): string {
  return /^[\w./:@{}=+-]+$/.test(text) ? text : '... (as given here)';
}

/** Returns a command of the migration for the same organization and accounts. */
export function nameCommand(subcommand: string, input: MigrationInput): string {
  const { organization, given } = input;
  const { url, name } = organization;
  // The host of an own domain is in lower case, the organization's name is not.
  const address = url.hostname.endsWith('.visualstudio.com')
    ? `https://${name}.visualstudio.com`
    : url.href.replace(/\/$/, '');
  const tenant = given.tenantId === undefined ? '' : ` --tenant-id ${given.tenantId}`;
  return `aws-wif migrate ${subcommand} --organization-url ${address}${nameAccounts(input)}${tenant}`;
}

/** Returns what comes after roles trust both issuers. */
export function listNextOfApply(input: MigrationInput, ready: readonly FleetConnection[]): readonly string[] {
  return [
    `To check that both issuers are allowed: ${nameCommand('verify', input)}`,
    formatConversion(listPortals(input, ready)),
    `Then, to remove the old issuer: ${nameCommand('finish', input)}`,
  ];
}

/** Returns what to know about what was seen of an organization, and what was not. */
export function warnOfFleet(fleet: Fleet, histories?: Histories): readonly string[] {
  const { connections } = fleet;
  const warnings = [warnOfHidden(fleet), ...warnOfSpelling(fleet), ...warnOfTenant(fleet)];
  if (connections.some(({ status }) => status === 'retiring')) {
    warnings.push(
      'Connections of multitenant applications keep the Azure DevOps issuer, but Azure DevOps does not show which these are. They are counted here as connections to convert.',
    );
  }
  const unread = connections.filter(({ id }) => histories?.has(id) === true && histories.get(id) === undefined);
  if (unread.length > 0) warnings.push(`The usage history of ${unread.length} connections could not be read.`);
  return warnings.map(neutralise);
}

/** Returns that there may be connections that were not seen, with the number of those that are known of. */
export function warnOfHidden({ hidden }: Fleet): string {
  const missing = 'Connections that this token cannot see are missing here';
  if (hidden === 0) return `${missing}: Azure DevOps silently hides them, and even whole projects.`;
  return `${missing}: Azure DevOps reports ${hidden} that it does not show, and there may be others. Give the token's owner the Reader role on them.`;
}

function warnOfSpelling({ organization, spelling }: Fleet): readonly string[] {
  if (spelling === undefined) return [];
  return [
    `Subjects spell the organization ${spelling}, but --organization-url has ${organization.name}. Write it as ${spelling}, because AWS compares letter case.`,
  ];
}

function warnOfTenant({ tenant }: Fleet): readonly string[] {
  switch (tenant.kind) {
    case 'confirmed':
      return [];
    case 'unconfirmed':
      return [
        "The organization's tenant is unconfirmed, because no connection is converted yet: the Entra identities shown use each connection's own tenant. Nothing is written without --tenant-id.",
      ];
    case 'conflict':
      return [`The organization's tenant is ambiguous: ${tenant.ids.join(' or ')}. Check --tenant-id.`];
  }
}

/** Defines `migrate`. */
export function addMigrate(command: Command): void {
  command
    .description(
      `Moves an account's roles from the Azure DevOps issuer, which retires on ${azureDevOpsIssuerRetires}, to the Entra issuer without an outage: audit, plan, apply, verify, then convert the connections in Azure DevOps, then finish.`,
    )
    .addHelpText(
      'after',
      `
Examples:
  $ aws-wif migrate audit --organization-url https://dev.azure.com/contoso --account 111111111111
  $ aws-wif migrate apply --organization-url https://dev.azure.com/contoso --account 111111111111
  $ aws-wif migrate finish --organization-url https://dev.azure.com/contoso --account 111111111111

${conversion}`,
    );
}

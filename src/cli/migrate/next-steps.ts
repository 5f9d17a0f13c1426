import type { FleetConnection } from '../../migration/fleet/connections.ts';
import { neutralise } from '../../outside-text.ts';
import type { MigrationInput } from './input.ts';

/**
 * Where a connection is converted: by hand, since no command of Azure DevOps for it is confirmed.
 *
 * @see https://learn.microsoft.com/azure/devops/pipelines/release/convert-service-connections
 */
export const conversion =
  'Converting a connection is done in Azure DevOps, by hand: Project settings > Service connections > the connection > ' +
  'Update, and Update again to confirm. Microsoft documents no way back, and editing an old connection may convert it: let ' +
  'the roles trust both issuers first.';

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
export function formatConversion(portals: readonly Portal[]): string {
  return [conversion, ...portals.map(({ project, url }) => neutralise(`  ${project}: "${url}"`))].join('\n');
}

/** Returns a command of the migration for the same organization and account. */
export function nameCommand(subcommand: string, { target, organization, given }: MigrationInput): string {
  const { accountId, partition } = target.account;
  const { url, name } = organization;
  // The host of an own domain is in lower case, the organization's name is not.
  const address = url.hostname.endsWith('.visualstudio.com')
    ? `https://${name}.visualstudio.com`
    : url.href.replace(/\/$/, '');
  const tenant = given.tenantId === undefined ? '' : ` --tenant-id ${given.tenantId}`;
  const elsewhere = partition === 'aws' ? '' : ` --partition ${partition}`;
  return `aws-wif migrate ${subcommand} --organization-url ${address} --account ${accountId}${elsewhere}${tenant}`;
}

/** Returns what comes after roles trust both issuers. */
export function listNextOfApply(input: MigrationInput, ready: readonly FleetConnection[]): readonly string[] {
  return [
    `See that both issuers are admitted: ${nameCommand('verify', input)}`,
    formatConversion(listPortals(input, ready)),
    `Then remove the old issuer: ${nameCommand('finish', input)}`,
  ];
}

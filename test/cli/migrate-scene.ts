import { mkdtempSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { startIam, type IamAccount, type IamServer } from '../fakes/iam.ts';
import type { RecordedServer } from '../fakes/recorded-server.ts';
import { startRestApi, type StoredConnection } from '../fakes/rest-api.ts';
import { folder, run, type Ran } from './command-line.ts';
import {
  canaryKeys,
  connectionId,
  entraAudiences,
  entraSubject,
  entraUrl,
  oldAudience,
  oldConnectionId,
  oldSubject,
  oldUrl,
  organizationId,
  projectId,
  tenantId,
  tokens,
} from './company.ts';
import { runInterrupted } from './interrupted.ts';

export const accountId = '111111111111';
export const oldArn = `arn:aws:iam::${accountId}:oidc-provider/${oldUrl}`;
export const entraArn = `arn:aws:iam::${accountId}:oidc-provider/${entraUrl}`;
/** Of the connection aws-old, once it is converted. */
export const nextSubject = entraSubject.replace(connectionId, oldConnectionId);
export const sharedProjectId = '5b0a1a39-0d5e-4a62-a8f3-0f8a5a2f4a11';

const parameters = (issuer: string, subject: string) => ({
  tenantid: tenantId,
  workloadIdentityFederationIssuer: `https://${issuer}`,
  workloadIdentityFederationSubject: subject,
});

export const oldConnection: StoredConnection = {
  id: oldConnectionId,
  name: 'aws-old',
  projectId,
  parameters: parameters(oldUrl, oldSubject),
  usedBy: ['infra-main', 'infra-pr', 'infra-main', '##vso[task.setvariable variable=PATH]x\u001b[31m'],
};
/** The same, converted. */
export const convertedConnection: StoredConnection = {
  ...oldConnection,
  parameters: parameters(entraUrl, nextSubject),
};
/** Another one that was converted long ago, which shows the organization's tenant. */
export const entraConnection: StoredConnection = {
  id: connectionId,
  name: 'aws',
  projectId,
  parameters: parameters(entraUrl, entraSubject),
};
export const govConnection: StoredConnection = {
  id: '00000000-0000-4000-8000-000000000007',
  name: 'gov',
  projectId,
  environment: 'AzureUSGovernment',
  parameters: parameters(oldUrl, 'sc://contoso/Payments/gov'),
};
export const evilConnection: StoredConnection = {
  id: '00000000-0000-4000-8000-000000000008',
  name: '##vso[task.setvariable variable=PATH]\u001b[31m\u202e',
  projectId,
  parameters: parameters(oldUrl, 'sc://contoso/Payments/another'),
};

const trust = (subjects: unknown, more: object = {}) => ({
  Effect: 'Allow',
  Principal: { Federated: oldArn },
  Action: 'sts:AssumeRoleWithWebIdentity',
  Condition: { StringEquals: { [`${oldUrl}:sub`]: subjects, [`${oldUrl}:aud`]: oldAudience } },
  ...more,
});
export const humans = {
  Sid: 'Humans',
  Effect: 'Allow',
  Principal: { AWS: `arn:aws:iam::${accountId}:root` },
  Action: 'sts:AssumeRole',
};
export const deployPolicy = { Version: '2012-10-17', Id: 'kept', Statement: [humans, trust(oldSubject)] };
export const openPolicy = {
  Version: '2012-10-17',
  Statement: trust('', { Condition: { StringLike: { [`${oldUrl}:sub`]: 'sc://contoso/Payments/*' } } }),
};
/** Opened to the whole tenant by the Entra provider. */
export const exposedPolicy = {
  Version: '2012-10-17',
  Statement: [
    {
      ...trust(''),
      Principal: { Federated: entraArn },
      Condition: { StringEquals: { [`${entraUrl}:aud`]: entraAudiences[1] } },
    },
  ],
};

export const plainAccount: IamAccount = {
  accessKeyId: canaryKeys.AWS_ACCESS_KEY_ID,
  accountId,
  roles: [
    { name: 'deploy', path: '/teams/', trustPolicy: deployPolicy },
    { name: 'humans', trustPolicy: { Version: '2012-10-17', Statement: [humans] } },
  ],
  providers: [{ url: oldUrl, clientIds: [oldAudience], tags: { 'managed-by': 'aws-wif' } }],
};

export interface MigrateScene {
  readonly connections: StoredConnection[];
  readonly organization: RecordedServer;
  readonly iam: IamServer;
  readonly saveFolder: string;
  /** Runs `migrate` with a subcommand on this organization and account. */
  readonly migrate: (subcommand: string, ...args: readonly string[]) => Promise<Ran>;
  /** The same, with Ctrl-C while the first write goes through. */
  readonly interrupt: (subcommand: string, ...args: readonly string[]) => Promise<Ran>;
  readonly runRaw: (args: readonly string[], env?: Readonly<Record<string, string>>) => Promise<Ran>;
  readonly policy: (role: string) => unknown;
  readonly saved: () => readonly string[];
  readonly close: () => Promise<void>;
}

/** Starts an organization with a project or two, and an account. */
export async function startMigration(
  account: Partial<IamAccount> = {},
  connections: StoredConnection[] = [oldConnection, entraConnection],
): Promise<MigrateScene> {
  const organization = await startRestApi({
    organization: { name: 'contoso', id: organizationId },
    projects: [
      { id: projectId, name: 'Payments' },
      { id: sharedProjectId, name: 'Data Lake' },
    ],
    connections,
    tokens: { [tokens.full]: 'all', [tokens.noProjects]: 'no-projects', [tokens.nothing]: 'nothing' },
  });
  const iam = await startIam([{ ...plainAccount, ...account }]);
  const saveFolder = mkdtempSync(join(folder, 'saved-'));
  const env = { ...canaryKeys, AWS_ENDPOINT_URL: iam.url, AZURE_DEVOPS_EXT_PAT: tokens.full };
  const runRaw = (args: readonly string[], more: Readonly<Record<string, string>> = {}) =>
    run(args, { ...env, ...more });
  const nameFlags = (subcommand: string, args: readonly string[]): readonly string[] => {
    const place = ['--organization-url', `${organization.url}/contoso`, '--account', accountId];
    const writes = ['apply', 'finish'].includes(subcommand) ? ['--save-folder', saveFolder] : [];
    return ['migrate', subcommand, ...place, ...writes, ...args];
  };
  return {
    connections,
    organization,
    iam,
    saveFolder,
    runRaw,
    migrate: (subcommand, ...args) => runRaw(nameFlags(subcommand, args)),
    interrupt: (subcommand, ...args) => runInterrupted(iam, nameFlags(subcommand, args), env, 'SIGINT'),
    policy: role => {
      const found = iam.state(accountId).roles.find(({ name }) => name === role);
      return JSON.parse(found?.trustPolicy ?? 'null') as unknown;
    },
    saved: () => readdirSync(saveFolder).map(name => join(saveFolder, name)),
    close: async () => {
      await Promise.all([organization.close(), iam.close()]);
    },
  };
}

import { openAccount } from '../../src/aws/account.ts';
import type { PlannedChange } from '../../src/account/state.ts';
import type { AccountRun } from '../../src/cli/accounts/run.ts';
import { carryOutRun } from '../../src/cli/accounts/write.ts';
import { planAccount, verifyRun } from '../../src/cli/setup/command.ts';
import type { SetupRun } from '../../src/cli/setup/report.ts';
import { deriveIdentity } from '../../src/identity/audience.ts';
import type { SetupRequest, WantedRole } from '../../src/setup/request.ts';
import type { SavedDocument } from '../../src/account/saved-documents.ts';
import { startIam, type IamAccount, type IamServer } from '../fakes/iam.ts';
import { canaryKeys, connectionId, entraUrl, oldUrl, organizationId, tenantId } from './company.ts';

export const accountId = '111111111111';
export const readOnly = 'arn:aws:iam::aws:policy/ReadOnlyAccess';
export const ownPolicy = `arn:aws:iam::${accountId}:policy/deploy`;
export const boundary = `arn:aws:iam::${accountId}:policy/boundary`;
export const entraArn = `arn:aws:iam::${accountId}:oidc-provider/${entraUrl}`;
export const oldArn = `arn:aws:iam::${accountId}:oidc-provider/${oldUrl}`;

const facts = {
  organizationId,
  organization: 'contoso',
  project: 'Payments',
  connection: 'aws',
  tenantId,
  connectionId,
};
export const entraIdentity = deriveIdentity('entra', facts);
export const oldIdentity = deriveIdentity('azure-devops', facts);

const wanted: WantedRole = {
  name: 'deploy',
  path: undefined,
  policyArns: [readOnly, ownPolicy],
  maxSessionSeconds: 7200,
  boundaryArn: boundary,
  tags: { team: 'payments' },
};

/** A request that asks for everything there is, on both issuers. */
export function ask(change: Partial<SetupRequest> = {}, role: Partial<WantedRole> = {}): SetupRequest {
  return {
    account: { accountId, partition: 'aws' },
    identities: [oldIdentity, entraIdentity],
    existingRole: false,
    acceptExposedRoles: false,
    raisedQuota: false,
    ...change,
    role: { ...wanted, ...role },
  };
}

/** Starts an account of an administrator. */
export function startAccount(change: Partial<IamAccount> = {}): Promise<IamServer> {
  return startAccounts([canaryKeys.AWS_ACCESS_KEY_ID], change);
}

/** Starts an account of its own for each key, all with the same id. */
export function startAccounts(keys: readonly string[], change: Partial<IamAccount> = {}): Promise<IamServer> {
  const account = { accountId, roles: [], providers: [], policyArns: [ownPolicy, boundary], ...change };
  return startIam(keys.map(accessKeyId => ({ ...account, accessKeyId })));
}

/** The environment that leads an SDK to a stand-in, and to no files of this machine. */
export function leadTo(server: { readonly url: string }): Readonly<Record<string, string>> {
  return {
    ...canaryKeys,
    AWS_ENDPOINT_URL: server.url,
    AWS_CONFIG_FILE: '/absent',
    AWS_SHARED_CREDENTIALS_FILE: '/absent',
  };
}

/** What a run saved, account by account. */
export type Saved = (readonly SavedDocument[])[];

export interface Run {
  readonly profile?: string;
  readonly saved?: Saved;
  readonly stop?: AbortSignal;
  /** Done between the plan and its being carried out. */
  readonly between?: () => void;
}

/** Plans and carries out as the command does, without asking; waits are not waited. */
export async function setUp(
  request: SetupRequest,
  { saved = [], between, profile, stop = new AbortController().signal }: Run = {},
): Promise<SetupRun> {
  const target = { account: request.account, profile, assumeRoleArn: undefined };
  const open = () => Promise.resolve(openAccount({ partition: request.account.partition, profile }));
  const planned = await planAccount(target, request, open);
  between?.();
  const save = (_: unknown, documents: readonly SavedDocument[]): string => {
    saved.push(documents);
    return 'saved.json';
  };
  const pause = () => Promise.resolve();
  const run = await carryOutRun(planned, { save, stop, pause });
  return run.status === 'done' && run.outcomes.length > 0 ? verifyRun(run, pause) : run;
}

/** The changes that a run made. */
export function doneOf({ outcomes }: AccountRun): readonly PlannedChange['change'][] {
  return outcomes.flatMap(({ planned, state }) => (state === 'done' ? planned.change : []));
}

/** Sets variables of this process for a suite; call the result to set them back. */
export function setEnvironment(values: Readonly<Record<string, string>>): () => void {
  const before = { ...process.env };
  Object.assign(process.env, values);
  return () => {
    for (const name of Object.keys(process.env)) if (!(name in before)) Reflect.deleteProperty(process.env, name);
    Object.assign(process.env, before);
  };
}

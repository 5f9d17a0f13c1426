import { requireNamedConnections } from '../../connections/options.ts';
import { readNamedTargets, fillAccount, readAccounts } from '../../accounts/options.ts';
import { readAll } from '../../terminal/failure.ts';
import { readRequest, type SetupOptions } from '../options.ts';
import { askAccount, findRoleAccount, type AccountPorts } from './ask-account.ts';
import { askConnection, requireListed, type ConnectionPorts } from './ask-connection.ts';
import type { Questions } from '../../terminal/questions.ts';

/** Whom to ask: somebody, Azure DevOps, AWS. */
export type DialoguePorts = ConnectionPorts & AccountPorts;

/** Returns whether an option is missing that `setup` needs and can ask for. */
export function needsAnswers(options: SetupOptions): boolean {
  return lacksAccount(options) || options.roleName === undefined || lacksConnection(options);
}

/**
 * Returns the options with what was missing, asked for. Throws the mistakes of those that were given before it asks, and
 * `Interrupted` if somebody ends the questions; then nothing was changed.
 */
export async function completeOptions(given: SetupOptions, ports: DialoguePorts): Promise<SetupOptions> {
  requireReadable(given);
  const named = lacksConnection(given) ? { ...given, ...(await askConnection(given, ports)) } : given;
  const located = lacksAccount(named) ? { ...named, ...(await askAccount(named, ports)) } : named;
  return { ...located, ...(await askRole(located, ports.questions)) };
}

/** Several profiles are for several accounts, which are not asked for. */
function lacksAccount({ account = [], profile = [] }: SetupOptions): boolean {
  return account.length === 0 && profile.length <= 1;
}

function lacksConnection(options: SetupOptions): boolean {
  const { organizationUrl, project, connection } = options;
  return !namesIds(options) && [organizationUrl, project, connection].includes(undefined);
}

/** Somebody who names ids knows them all, or is told which ones are missing. */
function namesIds({ organization, organizationId, connectionId }: SetupOptions): boolean {
  return [organization, organizationId, connectionId].some(one => one !== undefined);
}

/** Reads what is given, with something right instead of all that is missing. */
function requireReadable(options: SetupOptions): void {
  const account = [findRoleAccount(options.assumeRole) ?? '111111111111'];
  readAll(
    () => readNamedTargets(lacksAccount(options) ? { ...options, account } : options),
    () => readRequest({ roleName: 'role', ...options }, undefined),
    () => {
      (namesIds(options) ? requireNamedConnections : requireListed)(options);
    },
  );
}

type Answers = Pick<SetupOptions, 'roleName' | 'policyArn'>;

/** Returns the role's name, and the policy to attach to it; those that were given are not asked for. */
async function askRole(options: SetupOptions, questions: Questions): Promise<Answers> {
  const { policyArn } = options;
  const roleName = options.roleName ?? (await askName(options, questions));
  return { roleName, policyArn: policyArn ?? (await askPolicies({ ...options, roleName }, questions)) };
}

function askName(options: SetupOptions, { askText }: Questions): Promise<string> {
  return askText({
    title: 'Name of the IAM role, created if it does not exist',
    suggestion: suggestName(options),
    check: roleName => {
      readRequest({ ...options, roleName }, undefined);
    },
  });
}

/** IAM accepts 64 of these characters. */
function suggestName({ project, connection: [connection = 'deploy'] = [] }: SetupOptions): string {
  const name = project === undefined ? connection : `${project}-${connection}`;
  return name.replace(/[^\w+=,.@-]+/g, '-').slice(0, 64);
}

/** `another` is an ARN that is typed. */
async function askPolicies(options: SetupOptions, questions: Questions): Promise<readonly string[]> {
  const readOnly = `arn:${options.partition}:iam::aws:policy/ReadOnlyAccess`;
  const chosen = await questions.choose<'another' | readonly string[]>('Policy to attach to the role', [
    { value: [readOnly], title: 'ReadOnlyAccess', hint: 'AWS managed: enough to look around' },
    { value: 'another', title: 'another managed policy', hint: 'by its ARN' },
    { value: [], title: 'none', hint: 'attach policies later, or keep the ones the role already has' },
  ]);
  if (chosen !== 'another') return chosen;
  const accounts = readAccounts(options);
  const policy = await questions.askText({
    title: 'ARN of the policy',
    check: arn => {
      for (const account of accounts) readRequest({ ...options, policyArn: [fillAccount(arn, account)] }, account);
    },
  });
  return [policy];
}

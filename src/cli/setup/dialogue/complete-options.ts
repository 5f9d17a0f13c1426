import { requireNamedConnections } from '../../connections/options.ts';
import { readNamedTargets } from '../../accounts/options.ts';
import { readAll } from '../../terminal/failure.ts';
import { readRequest, type SetupOptions } from '../options.ts';
import { askAccount, findRoleAccount, type AccountPorts } from './ask-account.ts';
import { askConnection, requireListed, type ConnectionPorts } from './ask-connection.ts';
import { askRole } from './ask-role.ts';

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

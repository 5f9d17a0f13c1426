import { isGuid } from '../../../../src/identity/guid.ts';
import { describeStray } from '../../../../src/stray-characters.ts';
import { faulty, missing, type Checked, type Faults } from './faults.ts';
import { findWrapping, tellHint } from './hints.ts';

/** A service connection as the agent handed it to the step. */
export interface ServiceConnection {
  readonly id: string;
  readonly scheme: string;
  readonly subject: string | undefined;
  readonly tenantId?: string | undefined;
  readonly environment?: string | undefined;
}

/**
 * Returns the service connection, which must use workload identity federation. Azure DevOps has replaced its name by
 * its id before the job began; `find` knows only what the agent handed to this very step.
 */
export function checkConnection(
  text: string,
  find: (id: string) => ServiceConnection | undefined,
): Checked<ServiceConnection> {
  if (text === '') return missing('serviceConnection', "the service connection's name");
  const connection = isGuid(text) ? find(text) : undefined;
  if (connection === undefined) return notAvailable(text);
  return connection.scheme.toLowerCase() === 'workloadidentityfederation' ? connection : wrongScheme(connection);
}

function notAvailable(text: string): Faults {
  return faulty(
    `Azure DevOps handed no service connection "${text}"${tellHint(findWrapping(text))} to this step.${tellStray(text)}`,
    'one service connection that this pipeline may use, by its name or by a variable that is known when the run is queued.',
    "Check the name in serviceConnection and permit the pipeline in the connection's settings; a variable that is set at run time cannot name a connection, and pull requests from forks get none.",
    'ConnectionNotAvailable',
  );
}

/** A name may hold letters of any script. */
function tellStray(text: string): string {
  const stray = describeStray(text, 'letters');
  return stray === undefined ? '' : ` The name holds ${stray}.`;
}

function wrongScheme(connection: ServiceConnection): Faults {
  return faulty(
    `Service connection ${connection.id} uses the scheme "${connection.scheme}".`,
    'WorkloadIdentityFederation; a secret, a certificate or a managed identity has no ID token that AWS could check.',
    'Choose or create an Azure Resource Manager service connection with workload identity federation, or convert this one in its settings.',
    'ConnectionSchemeUnsupported',
  );
}

import type { ExpectedKind } from '../../../../src/identity/check-id-token.ts';
import { isGuid, azureDevOpsIssuerRetires } from '../../../../src/identity/issuer.ts';
import { describeStray } from '../../../../src/stray-characters.ts';
import { faulty, missing, type Checked, type Faults } from './faults.ts';
import { findWrapping, refuse, tellHint } from './hints.ts';

/** A service connection as the agent handed it to the step. */
export interface ServiceConnection {
  readonly id: string;
  readonly scheme: string;
  readonly subject: string | undefined;
  readonly tenantId?: string | undefined;
  readonly environment?: string | undefined;
  /** Whether its settings name an Azure scope (a subscription, for example), which only Azure Resource Manager has. */
  readonly hasAzureScope?: boolean | undefined;
  /** Whether its settings have the fields of the AWS Toolkit's type. */
  readonly isAwsToolkit?: boolean | undefined;
}

/** A service connection that obtains ID tokens, and its kind as the step's author says it. */
export interface CheckedConnection extends ServiceConnection {
  readonly kind: ExpectedKind;
}

/** The inputs that name a service connection; undefined if something is wrong with the text, which was noted then. */
export interface ConnectionTexts {
  readonly serviceConnection: string | undefined;
  readonly azureDevOpsConnection: string | undefined;
}

type ConnectionInput = keyof ConnectionTexts;

/** A value of connectionType: its input, and its kind in words. */
interface ConnectionType {
  readonly value: string;
  readonly input: ConnectionInput;
  readonly kind: ExpectedKind;
  readonly title: string;
}

const azureRm: ConnectionType = {
  value: 'azureRM',
  input: 'serviceConnection',
  kind: 'azure-rm',
  title: 'Azure Resource Manager',
};
const azureDevOps: ConnectionType = {
  value: 'azureDevOps',
  input: 'azureDevOpsConnection',
  kind: 'azure-devops',
  title: 'Azure DevOps',
};

type Find = (id: string) => ServiceConnection | undefined;

/** Returns the type that connectionType names, in any letter case. */
export function checkConnectionType(text: string): Checked<ConnectionType> {
  const found = [azureRm, azureDevOps].find(({ value }) => value.toLowerCase() === text.toLowerCase());
  const rules = {
    expected: 'azureRM (an Azure Resource Manager connection) or azureDevOps (an Azure DevOps connection).',
    remedy:
      'Set connectionType: azureRM with serviceConnection, or connectionType: azureDevOps with azureDevOpsConnection.',
  };
  return found ?? refuse('Input connectionType is', text, rules);
}

/** Returns the type whose input alone is filled in, for finding more mistakes beside a wrong connectionType. */
export function guessConnectionType(texts: ConnectionTexts): ConnectionType | undefined {
  const [type, ...others] = [azureRm, azureDevOps].filter(({ input }) => (texts[input] ?? '') !== '');
  return others.length === 0 ? type : undefined;
}

/**
 * Returns the service connection that the step names; undefined if its text is wrong on its own. A connection in the
 * other type's input is a fault, not ignored: the step would act as another identity than its author may have meant.
 */
export function chooseConnection(
  type: ConnectionType,
  texts: ConnectionTexts,
  find: Find,
): Checked<CheckedConnection | undefined> {
  const other = type === azureRm ? azureDevOps : azureRm;
  const [text, stray = ''] = [texts[type.input], texts[other.input]];
  if (stray !== '') return wrongInput(type, other, text, stray);
  return text === undefined ? undefined : checkConnection(text, find, type);
}

/**
 * Returns the service connection, which must use workload identity federation. Azure DevOps has replaced its name by
 * its id before the job began; `find` knows only what the agent handed to this step.
 */
export function checkConnection(text: string, find: Find, type: ConnectionType = azureRm): Checked<CheckedConnection> {
  if (text === '') return missing(type.input, "the service connection's name");
  const connection = isGuid(text) ? find(text.toLowerCase()) : undefined;
  if (connection === undefined) return notAvailable(text, type);
  if (connection.isAwsToolkit === true) return toolkit(connection, type);
  if (holdsPassword(connection)) return storedKeys(connection, type);
  if (connection.scheme.toLowerCase() !== 'workloadidentityfederation') return wrongScheme(connection, type);
  if (type === azureDevOps && connection.hasAzureScope === true) return hasScope(connection);
  return { ...connection, kind: type.kind };
}

function wrongInput(type: ConnectionType, other: ConnectionType, text: string | undefined, stray: string): Faults {
  const found = text === '' ? `${type.input} is empty and ${other.input} is` : `${other.input} is also`;
  return faulty(
    `Input connectionType is ${type.value}, but ${found} "${stray}".${tellStray(stray)}`,
    `one service connection, in the input of its type: ${azureRm.value} and ${azureRm.input}, or ${azureDevOps.value} and ${azureDevOps.input}.`,
    `Set connectionType: ${other.value} to use the ${other.title} connection, or name the ${type.title} connection in ${type.input} and clear ${other.input}. The classic editor shows ${other.input} while connectionType is ${other.title}.`,
  );
}

function notAvailable(text: string, { input, title }: ConnectionType): Faults {
  return faulty(
    `Azure DevOps did not give this step a service connection named "${text}"${tellHint(findWrapping(text))}.${tellStray(text)}`,
    'a service connection that this pipeline may use, given by name or by a variable known at queue time.',
    `Check the name in ${input} (connections of type ${title}), and grant the pipeline access in the connection's settings. A variable set at run time cannot name a connection, and pull requests from forks cannot use one.`,
    'ConnectionNotAvailable',
  );
}

/** A name may hold letters of any script. */
function tellStray(text: string): string {
  const stray = describeStray(text, 'letters');
  return stray === undefined ? '' : ` The name contains ${stray}.`;
}

function wrongScheme(connection: ServiceConnection, { title }: ConnectionType): Faults {
  return faulty(
    `Service connection ${connection.id} uses the scheme "${connection.scheme}".`,
    'WorkloadIdentityFederation; a secret, a certificate or a managed identity provides no ID token that AWS can verify.',
    `Choose or create an ${title} service connection with workload identity federation, or convert this one in its settings.`,
    'ConnectionSchemeUnsupported',
  );
}

/**
 * The scheme of a user name and a password, which is what the AWS Toolkit's type has for its keys: of a connection with keys
 * alone the agent has no other field.
 */
function holdsPassword({ scheme }: ServiceConnection): boolean {
  return /^usernamepassword$|endpoint-auth-scheme-basic$/i.test(scheme);
}

function storedKeys({ id, scheme }: ServiceConnection, { input, title }: ConnectionType): Faults {
  return faulty(
    `Service connection ${id} uses the scheme "${scheme}" (a user name and password, or AWS access keys), so it has no ID token. The task did not use its stored values.`,
    'a service connection of type Azure Resource Manager or Azure DevOps with workload identity federation.',
    `Create an ${title} service connection with workload identity federation, add its issuer and subject to the role's trust policy (aws-wif setup), and name it in ${input}.`,
    'ConnectionSchemeUnsupported',
  );
}

/** Its keys, if it has any, are not read: what identifies it are the names of its fields. */
function toolkit({ id }: ServiceConnection, { input }: ConnectionType): Faults {
  return faulty(
    `Service connection ${id} is an AWS Toolkit connection (type AWS). If it stores access keys, it has no ID token. If it has Use OIDC selected, its tokens come from the Azure DevOps issuer, which retires on ${azureDevOpsIssuerRetires}, and it cannot be converted. The task did not use its stored values.`,
    'a service connection of type Azure Resource Manager or Azure DevOps with workload identity federation, whose tokens come from the Microsoft Entra issuer.',
    `Create such a connection, add its issuer and subject to the role's trust policy (aws-wif setup --existing-role adds them and keeps the existing statements), and name it in ${input}. Keep the AWS connection until no pipeline uses it.`,
    'ConnectionSchemeUnsupported',
  );
}

function hasScope({ id }: ServiceConnection): Faults {
  return faulty(
    `Input connectionType is azureDevOps, but service connection ${id} has an Azure scope, so it is an Azure Resource Manager connection.`,
    'an Azure DevOps service connection in azureDevOpsConnection.',
    'Set connectionType: azureRM and name this connection in serviceConnection, or choose an Azure DevOps connection.',
  );
}

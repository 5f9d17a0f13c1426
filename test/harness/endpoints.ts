import type { Masker } from './masking.ts';
import type { Endpoint } from './types.ts';
import { formatVariableName } from './variables.ts';

/** An endpoint of the job message; the job's own connection to the server is the one without an id. */
export interface MessageEndpoint {
  readonly id: string | undefined;
  readonly name?: string;
  readonly type?: string;
  readonly url: string;
  readonly scheme: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly data: Readonly<Record<string, string>>;
}

/** Agent: Agent.Sdk/Util/MaskingUtil.cs; whatever is not listed there is masked, issuer and subject included. */
const openParameters: ReadonlySet<string> = new Set([
  'role',
  'scope',
  'tenantid',
  'issuedat',
  'expiresat',
  'audience',
  'authenticationtype',
  'authorizationtype',
  'accesstokentype',
  'accesstokenfetchingmethod',
  'usewindowssecurity',
  'unsecured',
  'oauthaccesstokenissupplied',
  'completecallbackpayload',
  'acceptuntrustedcertificates',
]);

export function systemConnection(url: string, accessToken: string): MessageEndpoint {
  const data = { ServerId: 'ignored', ServerName: 'ignored' };
  return { id: undefined, url: normalizeUrl(url), scheme: 'OAuth', parameters: { AccessToken: accessToken }, data };
}

/** Data values are macro-expanded once, at the start of the job. Agent: JobRunner.cs, "Expand the endpoint data values". */
export function messageEndpoint(endpoint: Endpoint, expand: (text: string) => string): MessageEndpoint {
  const data = Object.entries(endpoint.data ?? {}).map(([name, value]) => [name, expand(value)] as const);
  const id = parseGuid(endpoint.id);
  if (id === undefined) throw new Error(`Endpoint id '${endpoint.id}' is not a GUID.`);
  const { scheme, parameters, name, type } = endpoint;
  const shown = { ...(name === undefined ? {} : { name }), ...(type === undefined ? {} : { type }) };
  return { id, ...shown, url: normalizeUrl(endpoint.url), scheme, parameters, data: Object.fromEntries(data) };
}

export function maskEndpoint(endpoint: MessageEndpoint, masker: Masker): void {
  for (const [name, value] of Object.entries(endpoint.parameters))
    if (!openParameters.has(name.toLowerCase())) masker.addValue(value);
}

/**
 * Refuses a run whose input names a connection of another type, as the server does before any job starts. A value with a
 * `$(variable)` in it is not known then, and the agent does not look at types.
 */
export function refuseOtherTypes(
  all: readonly MessageEndpoint[],
  task: string,
  inputs: readonly { readonly name: string; readonly type: string; readonly written: string }[],
): void {
  for (const { name, type, written } of inputs) {
    const [, wanted = ''] = type.split(':');
    const endpoint = all.find(({ id }) => id !== undefined && id === parseGuid(written));
    if (endpoint?.type === undefined || endpoint.type.toLowerCase() === wanted.toLowerCase()) continue;
    throw new Error(
      `The pipeline is not valid. Step ${task} input ${name} expects a service connection of type ${wanted} but the ` +
        `provided service connection ${endpoint.name ?? written} is of type ${endpoint.type}.`,
    );
  }
}

/**
 * The endpoints that the values of `connectedService:` inputs name, then the job's own connection. What is not a GUID,
 * or the GUID of an endpoint that the job does not have, is left out without a word.
 * Agent: TaskRunner.cs, "Get each endpoint ID referenced by the task".
 */
export function pickEndpoints(
  all: readonly MessageEndpoint[],
  inputValues: readonly string[],
): readonly MessageEndpoint[] {
  const ids = new Set(inputValues.flatMap(value => value.split(',')).map(text => parseGuid(text.trim())));
  const named = all.filter(({ id }) => id !== undefined && ids.has(id));
  return [...named, ...all.filter(({ id }) => id === undefined)];
}

/** Agent: Handlers/Handler.cs, AddEndpointsToEnvironment. */
export function endpointEnvironment(endpoint: MessageEndpoint): readonly (readonly [string, string])[] {
  const { id, url, scheme, parameters } = endpoint;
  const key = id ?? 'SYSTEMVSSCONNECTION';
  const authorization = Object.entries(parameters).map(
    ([name, value]) => [`ENDPOINT_AUTH_PARAMETER_${key}_${formatVariableName(name)}`, value] as const,
  );
  return [
    [`ENDPOINT_URL_${key}`, url],
    [`ENDPOINT_AUTH_${key}`, JSON.stringify({ parameters, scheme })],
    [`ENDPOINT_AUTH_SCHEME_${key}`, scheme],
    ...authorization,
    ...(id === undefined ? [] : dataEnvironment(id, endpoint.data)),
  ];
}

function dataEnvironment(id: string, data: Readonly<Record<string, string>>): readonly (readonly [string, string])[] {
  const values = Object.entries(data).map(
    ([name, value]) => [`ENDPOINT_DATA_${id}_${formatVariableName(name)}`, value] as const,
  );
  return [[`ENDPOINT_DATA_${id}`, JSON.stringify(data)], ...values];
}

/** The forms of .NET's Guid.TryParse that people write; the empty GUID is none. */
function parseGuid(text: string): string | undefined {
  const digits = text.replace(/^\{(.*)\}$|^\((.*)\)$/s, '$1$2');
  const dashed = /^([0-9a-f]{8})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{12})$/i.exec(digits);
  const id = dashed?.slice(1).join('-').toLowerCase();
  return id === '00000000-0000-0000-0000-000000000000' ? undefined : id;
}

/** .NET's Uri adds the slash after a bare host. */
function normalizeUrl(url: string): string {
  return new URL(url).href;
}

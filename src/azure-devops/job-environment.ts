import { Secret } from '../secret.ts';
import { isRecord, parseJson, parseRecord } from '../json.ts';

/**
 * Every variable that the task reads, by the name under which Azure Pipelines, AWS or Node documents it. What is not listed
 * here is not handed out, so the list cannot fall behind the code.
 */
export const variableNames = [
  'Agent.CAInfo',
  'Agent.ClientCert',
  'Agent.ClientCertKey',
  'Agent.IsSelfHosted',
  'Agent.ProxyBypassList',
  'Agent.ProxyUrl',
  'Agent.ProxyUsername',
  'Agent.SkipCertValidation',
  'Agent.TempDirectory',
  'Build.BuildId',
  'Build.BuildUri',
  'Build.DefinitionName',
  'Release.AttemptNumber',
  'Release.DefinitionName',
  'Release.ReleaseId',
  'Release.ReleaseUri',
  'System.CollectionId',
  'System.Debug',
  'System.DefinitionName',
  'System.HostType',
  'System.JobAttempt',
  'System.JobId',
  'System.OidcRequestUri',
  'System.PhaseAttempt',
  'System.StageAttempt',
  'System.TaskInstanceName',
  'AWS.AssumeRoleArn',
  'AWS_CA_BUNDLE',
  'AWS_CONFIG_FILE',
  'AWS_CONTAINER_CREDENTIALS_FULL_URI',
  'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
  'AWS_DEFAULT_REGION',
  'AWS_EC2_METADATA_DISABLED',
  'AWS_ENDPOINT_URL',
  'AWS_ENDPOINT_URL_STS',
  'AWS_PROFILE',
  'AWS_REGION',
  'AWS_SDK_LOAD_CONFIG',
  'AWS_SHARED_CREDENTIALS_FILE',
  'AWS_WIF_KNOWN_WARNINGS',
  'HTTPS_PROXY',
  'HTTP_PROXY',
  'NO_PROXY',
  'VSTS_HTTP_PROXY',
  'http_proxy',
  'https_proxy',
  'no_proxy',
  'NODE_EXTRA_CA_CERTS',
  'NODE_OPTIONS',
  'NODE_USE_ENV_PROXY',
  'NODE_USE_SYSTEM_CA',
  'OPENSSL_CONF',
  'OPENSSL_MODULES',
  'SSL_CERT_DIR',
  'SSL_CERT_FILE',
  'SystemRoot',
] as const;

export type VariableName = (typeof variableNames)[number];

/** Passwords that the agent was configured with; its proxy's URL may hold one. */
export type SecretName = 'Agent.ClientCertPassword' | 'Agent.ProxyPassword' | 'Agent.ProxyUrl';

/** A value of the environment. */
export interface EnvironmentValue {
  readonly value: string;
  /**
   * The job's variables that become this environment variable, by their own names: whoever can echo a log line can have
   * set them. Empty where the value is the agent machine's or the step's own `env:`. More than one is a collision: the
   * agent writes them one over the other, and which one is left is the order of a dictionary.
   */
  readonly names: readonly string[];
}

/** A service connection, or the job's own connection, as the agent passes it to the step. */
export interface Endpoint {
  readonly url: string;
  readonly scheme: string;
  /** Those that this product reads; stored keys and passwords of a connection are never among them. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly parameterNames: readonly string[];
  readonly data: Readonly<Record<string, string>>;
}

/** The environment of one step as it began, with what is known about where each value comes from. */
export interface JobEnvironment {
  /** Returns a value, undefined if it is not set or empty. A secret variable counts only if no other is there. */
  readonly find: (name: VariableName) => EnvironmentValue | undefined;
  readonly findSecret: (name: SecretName) => Secret | undefined;
  /** Returns an endpoint by its id, undefined if the agent did not pass it to this step. */
  readonly findEndpoint: (id: string) => Endpoint | undefined;
  /** The step's inputs by the names of their environment variables. */
  readonly inputs: ReadonlyMap<string, string>;
  /** The values of the listed variables by the names of their environment variables. */
  readonly values: Readonly<Record<string, string | undefined>>;
  /** The names of all environment variables that are set and not empty. */
  readonly names: readonly string[];
  /** The environment variables that secret variables of the job would be, except for being secret. */
  readonly jobSecrets: ReadonlySet<string>;
  /** Returns the job's variables, public or secret, that become the same environment variable as one of this name. */
  readonly claimants: (name: string) => Claimants;
}

/** The names of variables of the job as they were set, by what they are. */
export interface Claimants {
  readonly open: readonly string[];
  readonly secret: readonly string[];
}

/** The key of the job's own connection, SystemVssConnection. */
export const jobEndpoint = 'SYSTEMVSSCONNECTION';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Returns what a step's environment says, and which of it a variable of the job says.
 *
 * VSTS_PUBLIC_VARIABLES and VSTS_SECRET_VARIABLES list the job's variables by their own names. No variable can pose as
 * them: the agent writes both after the variables. It writes inputs, endpoints and task variables later still, but
 * nothing for an endpoint that the step does not get.
 *
 * @see https://github.com/microsoft/azure-pipelines-agent/blob/master/src/Agent.Worker/Handlers/Handler.cs AddVariablesToEnvironment
 * @see https://github.com/microsoft/azure-pipelines-agent/blob/master/src/Agent.Worker/Handlers/NodeHandler.cs RunAsync
 */
export function readJobEnvironment(environment: Environment, platform: NodeJS.Platform): JobEnvironment {
  // Windows knows no letter case in names.
  const keyOf = platform === 'win32' ? (name: string): string => name.toUpperCase() : (name: string): string => name;
  const all = new Map(Object.entries(environment).map(([name, value]) => [keyOf(name), value ?? '']));
  const read = (name: string): string => all.get(keyOf(name)) ?? '';
  const listed = parseNames(read('VSTS_PUBLIC_VARIABLES'));
  const claims = claimNames(listed ?? [], keyOf);
  const secrets = claimNames(parseNames(read('VSTS_SECRET_VARIABLES')) ?? [], keyOf);
  // Where the list cannot be read, as one that was cut, everything may be the job's.
  const claim = (key: string): readonly string[] => (listed === undefined ? [key] : (claims.get(key) ?? []));
  const claimants = (name: string): Claimants => {
    const key = keyOf(formatVariable(name));
    return { open: claim(key), secret: secrets.get(key) ?? [] };
  };
  /** A secret variable of the job; a public one whose name begins with SECRET_ can pose as it, and as none of the job's. */
  const readSecret = (key: string): EnvironmentValue | undefined => {
    const value = read(`SECRET_${key}`);
    const names = secrets.get(keyOf(key)) ?? [];
    if (value === '' || names.length === 0) return undefined;
    return { value, names: [...names, ...claim(keyOf(`SECRET_${key}`))] };
  };
  const find = (name: VariableName): EnvironmentValue | undefined => {
    const key = formatVariable(name);
    const value = read(key);
    return value === '' ? readSecret(key) : { value, names: claimants(name).open };
  };
  return {
    find,
    findSecret: name => {
      const key = formatVariable(name).toUpperCase();
      const value = readSecret(key)?.value ?? read(key);
      return value === '' ? undefined : new Secret(value);
    },
    findEndpoint: id =>
      // A variable of that name can only be there to pose as a connection that the step does not get.
      id !== jobEndpoint && claims.has(keyOf(`ENDPOINT_AUTH_${id}`)) ? undefined : readEndpoint(id, read),
    inputs: new Map([...all].filter(([name]) => name.startsWith('INPUT_'))),
    values: Object.fromEntries(variableNames.map(formatVariable).map(key => [key, read(key) || undefined])),
    names: [...all].flatMap(([name, value]) => (value === '' || vaulted.test(name) ? [] : [name])),
    jobSecrets: new Set(secrets.keys()),
    claimants,
  };
}

/** Returns the names of a collision as they are in a sentence: "AWS.Region" and "AWS_REGION". */
export function listNames(names: readonly string[]): string {
  return names.map(name => `"${name}"`).join(' and ');
}

/**
 * Returns a line for each listed variable that several variables of the job become, where that decides nothing: what a
 * step sets itself is named as it sets it, and what decides something is refused elsewhere.
 */
export function describeCollisions({ find }: Pick<JobEnvironment, 'find'>): readonly string[] {
  return variableNames
    .filter(name => !deciding.has(name))
    .flatMap(name => {
      const names = find(name)?.names ?? [];
      if (names.length < 2) return [];
      return [
        `${listNames(names)} become one environment variable, ${formatVariable(name)}; this step uses its value.`,
      ];
    });
}

const deciding: ReadonlySet<VariableName> = new Set([
  'Agent.TempDirectory',
  'Build.BuildId',
  'Build.DefinitionName',
  'Release.AttemptNumber',
  'Release.DefinitionName',
  'Release.ReleaseId',
  'System.CollectionId',
  'System.HostType',
  'System.JobAttempt',
  'System.OidcRequestUri',
  'AWS_CONFIG_FILE',
  'AWS_CONTAINER_CREDENTIALS_FULL_URI',
  'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
  'AWS_DEFAULT_REGION',
  'AWS_PROFILE',
  'AWS_REGION',
  'AWS_SHARED_CREDENTIALS_FILE',
  'AWS_WIF_KNOWN_WARNINGS',
]);

/** What the agent writes for this step, and what no script of a later one gets. */
const vaulted = /^(?:INPUT_|SECRET_|ENDPOINT_|SECUREFILE_|VSTS_TASKVARIABLE_)/;

/** The spelling of a documented name in the environment; names that hold no dot are environment names already. */
function formatVariable(name: string): string {
  return name.includes('.') ? name.replaceAll('.', '_').toUpperCase() : name;
}

/**
 * The environment variables that the job's variables claim. The list does not say which were set with preserveCase, so a
 * name claims its own spelling and its capitals.
 *
 * @see https://github.com/microsoft/azure-pipelines-agent/blob/master/src/Microsoft.VisualStudio.Services.Agent/Util/VarUtil.cs ConvertToEnvVariableFormat
 */
function claimNames(names: readonly string[], keyOf: (name: string) => string): ReadonlyMap<string, readonly string[]> {
  const claims = new Map<string, readonly string[]>();
  for (const name of names) {
    const spelling = name.replace(/[. ]/g, '_');
    for (const key of new Set([keyOf(spelling), spelling.toUpperCase()])) {
      claims.set(key, [...(claims.get(key) ?? []), name]);
    }
  }
  return claims;
}

/** The whole JSON that the agent writes; single parameters that the connection lacks can be posed as by a variable. */
function readEndpoint(id: string, read: (name: string) => string): Endpoint | undefined {
  const authorization = parseRecord(read(`ENDPOINT_AUTH_${id}`));
  if (authorization === undefined) return undefined;
  const { scheme, parameters } = authorization;
  return {
    url: read(`ENDPOINT_URL_${id}`),
    scheme: typeof scheme === 'string' ? scheme : '',
    parameters: keepKnown(keepTexts(parameters)),
    parameterNames: isRecord(parameters) ? Object.keys(parameters) : [],
    data: keepTexts(parseRecord(read(`ENDPOINT_DATA_${id}`))),
  };
}

const knownParameters: ReadonlySet<string> = new Set(['accesstoken', 'tenantid', 'workloadidentityfederationsubject']);

function keepKnown(parameters: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(parameters).filter(([name]) => knownParameters.has(name.toLowerCase())));
}

function keepTexts(value: unknown): Readonly<Record<string, string>> {
  if (!isRecord(value)) return {};
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

/** Returns the names of a list; none if there is no list, undefined if it cannot be read. */
function parseNames(json: string): readonly string[] | undefined {
  if (json.trim() === '') return [];
  const names = parseJson(json);
  return Array.isArray(names) ? names.filter(name => typeof name === 'string') : undefined;
}

/**
 * Returns whether the agent says that it is a Microsoft-hosted one: 0, where all others say 1. A variable of the job that
 * becomes the same environment variable says nothing.
 *
 * @see https://github.com/microsoft/azure-pipelines-agent/blob/master/src/Agent.Worker/JobRunner.cs
 */
export function isMicrosoftHosted({ find }: Pick<JobEnvironment, 'find'>): boolean {
  const { value, names = [] } = find('Agent.IsSelfHosted') ?? {};
  return value === '0' && names.length === 1 && names[0]?.toLowerCase() === 'agent.isselfhosted';
}

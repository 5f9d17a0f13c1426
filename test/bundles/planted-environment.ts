import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { names } from './scene.ts';

/** Files and addresses of somebody who wants the task to go astray. */
export interface Trap {
  readonly home: string;
  readonly config: string;
  readonly credentials: string;
  readonly tokenFile: string;
  /** Exists once the planted `credential_process` has run. */
  readonly marker: string;
  /** A server that nobody should ask anything. */
  readonly url: string;
  readonly remove: () => void;
}

/** Writes hostile AWS files, in a home folder and beside it. */
export function setTrap(url: string): Trap {
  const home = mkdtempSync(join(tmpdir(), 'aws-assume-role-wif-trap-'));
  const marker = join(home, 'marker');
  const program = `"${process.execPath}" -e "require('fs').writeFileSync('${marker}','')"`;
  const profile = `credential_process = ${program}\nregion = ap-south-1\nendpoint_url = ${url}\nuse_fips_endpoint = true\n`;
  const config = `[default]\n${profile}[profile planted]\n${profile}services = s\n[services s]\nsts =\n  endpoint_url = ${url}\n`;
  const keys =
    'aws_access_key_id = AKIAPLANTEDPLANTED00\naws_secret_access_key = planted-planted-planted-planted-planted\n';
  mkdirSync(join(home, '.aws'));
  for (const name of ['config', '.aws/config']) writeFileSync(join(home, name), config);
  for (const name of ['credentials', '.aws/credentials'])
    writeFileSync(join(home, name), `[default]\n${keys}[planted]\n${keys}`);
  writeFileSync(join(home, 'token'), 'e30.e30.planted');
  const remove = () => {
    rmSync(home, { recursive: true, force: true });
  };
  const [configFile, credentials, tokenFile] = ['config', 'credentials', 'token'].map(name => join(home, name));
  return {
    home,
    config: configFile ?? '',
    credentials: credentials ?? '',
    tokenFile: tokenFile ?? '',
    marker,
    url,
    remove,
  };
}

const otherRole = 'arn:aws:iam::222222222222:role/other';
const auth = JSON.stringify({ scheme: 'OAuth', parameters: { AccessToken: 'planted-token' } });

/** Environment variables that other tools obey, by what they are about; as pipeline variables they reach the task too. */
export const planted: Readonly<Record<string, (trap: Trap) => Readonly<Record<string, string>>>> = {
  endpoints: ({ url }) => ({
    AWS_ENDPOINT_URL: url,
    AWS_ENDPOINT_URL_STS: url,
    AWS_USE_FIPS_ENDPOINT: 'true',
    AWS_USE_DUALSTACK_ENDPOINT: 'true',
    AWS_STS_REGIONAL_ENDPOINTS: 'legacy',
    AWS_REGION: 'ap-south-1',
    AWS_DEFAULT_REGION: 'ap-south-1',
  }),
  profiles: ({ home, config, credentials }) => ({
    HOME: home,
    USERPROFILE: home,
    AWS_SDK_LOAD_CONFIG: '1',
    AWS_PROFILE: 'planted',
    AWS_CONFIG_FILE: config,
    AWS_SHARED_CREDENTIALS_FILE: credentials,
  }),
  'another default profile': () => ({ AWS_DEFAULT_PROFILE: 'planted' }),
  'the home folder alone': ({ home }) => ({ HOME: home, USERPROFILE: home }),
  keys: () => ({
    AWS_ACCESS_KEY_ID: 'AKIAPLANTEDPLANTED00',
    AWS_SECRET_ACCESS_KEY: 'planted-planted-planted-planted-planted',
    AWS_SESSION_TOKEN: 'planted-session-token',
  }),
  'a web identity': ({ tokenFile }) => ({
    AWS_WEB_IDENTITY_TOKEN_FILE: tokenFile,
    AWS_ROLE_ARN: otherRole,
    AWS_ROLE_SESSION_NAME: 'planted',
  }),
  'a container': ({ url, tokenFile }) => ({
    AWS_CONTAINER_CREDENTIALS_FULL_URI: url,
    AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: '/planted',
    AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: tokenFile,
  }),
  'a metadata service': ({ url }) => ({ AWS_EC2_METADATA_SERVICE_ENDPOINT: url, AWS_DEFAULTS_MODE: 'auto' }),
  'how the SDK behaves': () => ({
    AWS_DEFAULTS_MODE: 'auto',
    AWS_RETRY_MODE: 'adaptive',
    AWS_MAX_ATTEMPTS: '9',
    AWS_EXECUTION_ENV: 'planted',
    AWS_SDK_UA_APP_ID: 'planted',
    AWS_SIGV4A_SIGNING_REGION_SET: '*',
    AWS_AUTH_SCHEME_PREFERENCE: 'sigv4a',
    AWS_ACCOUNT_ID_ENDPOINT_MODE: 'required',
  }),
  'a trace as in AWS Lambda': () => ({ AWS_LAMBDA_FUNCTION_NAME: 'planted', _X_AMZN_TRACE_ID: 'Root=1-planted' }),
  proxies: ({ url }) => ({
    HTTPS_PROXY: url,
    HTTP_PROXY: url,
    ALL_PROXY: url,
    https_proxy: url,
    http_proxy: url,
    NODE_USE_ENV_PROXY: '1',
    NODE_TLS_REJECT_UNAUTHORIZED: '0',
  }),
  'inputs by their aliases': () => ({
    INPUT_ROLETOASSUME: otherRole,
    INPUT_AZURESUBSCRIPTION: names.connections['azure-devops'].id,
    INPUT_CONNECTEDSERVICENAMEARM: names.connections['azure-devops'].id,
    INPUT_AWSREGION: 'ap-south-1',
    INPUT_ROLEDURATIONSECONDS: '900',
  }),
  'what the agent itself says': ({ url }) => ({
    ENDPOINT_URL_SYSTEMVSSCONNECTION: url,
    ENDPOINT_AUTH_SYSTEMVSSCONNECTION: auth,
    ENDPOINT_AUTH_PARAMETER_SYSTEMVSSCONNECTION_ACCESSTOKEN: 'planted-token',
    SYSTEM_COLLECTIONURI: url,
    SYSTEM_TEAMFOUNDATIONCOLLECTIONURI: url,
    SYSTEM_ACCESSTOKEN: 'planted-token',
  }),
};

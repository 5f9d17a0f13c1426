import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const hostile: Readonly<Record<string, string>> = {
  AWS_ACCESS_KEY_ID: 'AKIAPLANTED000000000',
  AWS_SECRET_ACCESS_KEY: 'planted',
  AWS_SESSION_TOKEN: 'planted',
  AWS_PROFILE: 'planted',
  AWS_REGION: 'us-east-1',
  AWS_DEFAULT_REGION: 'us-east-1',
  AWS_ENDPOINT_URL: 'https://planted.example',
  AWS_ENDPOINT_URL_STS: 'https://planted.example',
  AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'false',
  AWS_USE_FIPS_ENDPOINT: 'true',
  AWS_USE_DUALSTACK_ENDPOINT: 'true',
  AWS_DEFAULTS_MODE: 'auto',
  AWS_RETRY_MODE: 'adaptive',
  AWS_MAX_ATTEMPTS: '9',
  AWS_STS_REGIONAL_ENDPOINTS: 'legacy',
  AWS_SDK_UA_APP_ID: 'planted',
  AWS_EXECUTION_ENV: 'planted',
  AWS_AUTH_SCHEME_PREFERENCE: 'sigv4a',
  AWS_SIGV4A_SIGNING_REGION_SET: '*',
  AWS_DISABLE_CLOCK_SKEW_CORRECTION: 'true',
  AWS_ROLE_ARN: 'arn:aws:iam::999999999999:role/planted',
  AWS_ROLE_SESSION_NAME: 'planted',
  AWS_WEB_IDENTITY_TOKEN_FILE: '/planted/token',
  AWS_EC2_METADATA_DISABLED: 'false',
  AWS_REQUEST_MIN_COMPRESSION_SIZE_BYTES: '0',
  AWS_DISABLE_REQUEST_COMPRESSION: 'false',
  HTTPS_PROXY: 'http://planted.example:8080',
};

const hostileConfig = `[default]
region = us-east-1
endpoint_url = https://planted.example
use_fips_endpoint = true
use_dualstack_endpoint = true
defaults_mode = auto
sdk_ua_app_id = planted
[profile planted]
region = us-east-1
services = planted
use_fips_endpoint = true
sdk_ua_app_id = planted
[services planted]
sts =
  endpoint_url = https://planted.example
`;

/** Everything around a process that an AWS SDK reads when it is not told otherwise. */
export interface HostileEnvironment {
  readonly begin: () => Promise<void>;
  readonly plant: (environment: Readonly<Record<string, string>>) => void;
  /** A home folder with a hostile ~/.aws/config. */
  readonly folder: () => string;
  readonly configFile: () => string;
  /** What the metadata service was asked for. */
  readonly asked: readonly string[];
}

/** Plants hostile variables, a hostile home folder and a metadata service from `begin` to the end of the suite. */
export function plantEnvironment(): HostileEnvironment {
  const kept = new Map<string, string | undefined>();
  const asked: string[] = [];
  let folder = '';
  const metadata = createServer((incoming, response) => {
    asked.push(incoming.url ?? '');
    response.end('planted');
  });
  const plant = (environment: Readonly<Record<string, string>>): void => {
    for (const [name, value] of Object.entries(environment)) {
      if (!kept.has(name)) kept.set(name, process.env[name]);
      process.env[name] = value;
    }
  };
  const configFile = () => join(folder, '.aws', 'config');

  after(async () => {
    for (const [name, value] of kept) {
      if (value === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = value;
    }
    metadata.close();
    await rm(folder, { recursive: true });
  });

  const begin = async (): Promise<void> => {
    await once(metadata.listen(0, '127.0.0.1'), 'listening');
    folder = await mkdtemp(join(tmpdir(), 'sts-environment-'));
    await mkdir(join(folder, '.aws'));
    await writeFile(configFile(), hostileConfig);
    const address = `http://127.0.0.1:${(metadata.address() as AddressInfo).port}`;
    plant({
      ...hostile,
      HOME: folder,
      USERPROFILE: folder,
      AWS_EC2_METADATA_SERVICE_ENDPOINT: address,
      AWS_CONTAINER_CREDENTIALS_FULL_URI: `${address}/credentials`,
    });
  };
  return { begin, plant, folder: () => folder, configFile, asked };
}

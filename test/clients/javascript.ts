import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { callers, listProfile, type Client } from './client.ts';

const require = createRequire(import.meta.url);

/** The folder of npm's `aws-sdk`, the SDK for JavaScript v2: .ci/run fetches it. */
const v2Folder = process.env['AWS_SDK_V2'] ?? '';

export const javaScriptV2: Client = {
  name: 'SDK for JavaScript v2',
  findGap: () => (v2Folder === '' ? "name the folder of npm's aws-sdk in AWS_SDK_V2" : undefined),
  readVersion: () => readVersion(join(v2Folder, 'package.json')),
  call: service => ({ command: process.execPath, args: [join(callers, 'javascript-v2.mjs'), v2Folder, service] }),
  serves: ['static', 'refreshing'],
  roads: ['instance', 'container'],
  notes: {
    reads: '`AWS_CONFIG_FILE`, `AWS_SHARED_CREDENTIALS_FILE` (both only with `AWS_SDK_LOAD_CONFIG`), `AWS_PROFILE`',
    needs: '`AWS_SDK_LOAD_CONFIG=1`, which the task sets',
    remedy: 'check that the step did not unset `AWS_SDK_LOAD_CONFIG`; it does not show why a helper failed',
  },
};

export const javaScriptV3: Client = {
  name: 'SDK for JavaScript v3',
  findGap: () => undefined,
  readVersion: () => readVersion(require.resolve('@aws-sdk/client-sts/package.json')),
  call: (service, profile) => ({
    command: process.execPath,
    args: [join(callers, 'javascript-v3.mjs'), service, ...listProfile(profile)],
  }),
  serves: ['static', 'refreshing'],
  roads: ['instance', 'container'],
  notes: {
    reads: '`AWS_CONFIG_FILE`, `AWS_SHARED_CREDENTIALS_FILE`, `AWS_PROFILE`; the profile wins over keys',
    needs: '`AWS_EC2_METADATA_DISABLED=true`, which the task sets: it continues its search after a helper failed',
    remedy: 'run the `credential_process` line of the credentials file in the step to see the reason',
  },
};

function readVersion(path: string): string {
  return (JSON.parse(readFileSync(path, 'utf8')) as { readonly version: string }).version;
}

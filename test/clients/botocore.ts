import { join } from 'node:path';
import { callers, findDebianPython, findProgram, listProfile, print, type Client } from './client.ts';

export const botocore = describeBotocore('SDK for Python (botocore)', findDebianPython);

/** The boto3 of another Python on PATH, if there is one. */
export const newerBotocore: Client = {
  ...describeBotocore('SDK for Python (botocore), another Python', () => {
    const python = findProgram('python3') ?? '';
    return python === findDebianPython() ? '' : python;
  }),
  isRare: true,
};

function describeBotocore(name: string, findPython: () => string): Client {
  const readVersion = () => print(findPython(), '-c', 'import botocore; print(botocore.__version__)');
  return {
    name,
    findGap: () => (findPython() !== '' && readVersion() !== '' ? undefined : 'no such Python with botocore'),
    readVersion,
    call: (service, profile) => ({
      command: findPython(),
      args: [join(callers, 'python-sdk.py'), service, ...listProfile(profile)],
    }),
    preload: () => [findPython(), join(callers, 'preloaded.py'), 'botocore.session', 'botocore.client'],
    serves: ['static', 'refreshing'],
    roads: ['instance', 'container'],
    notes: {
      reads: '`AWS_CONFIG_FILE`, `AWS_SHARED_CREDENTIALS_FILE`, `AWS_PROFILE`',
      needs: 'nothing',
      remedy: 'the exception names the profile or the helper: look its code up in troubleshooting.md',
    },
  };
}

import { needProgram, print, type Client } from './client.ts';

export const restic: Client = {
  name: 'restic (MinIO client for Go)',
  findGap: () => needProgram('restic'),
  readVersion: () => print('restic', 'version').split(' ')[1] ?? '',
  call: service => ({ command: 'restic', args: ['-r', `s3:${service}/backup`, '--no-cache', 'init'] }),
  environment: { RESTIC_PASSWORD: 'any' },
  serves: ['static', 'refreshing'],
  roads: ['instance', 'container'],
  ownClock: 'a Go program reads the clock past libfaketime',
  notes: {
    reads: '`AWS_SHARED_CREDENTIALS_FILE`, `AWS_PROFILE`; a `credential_process` without quotes',
    needs:
      'an agent in a folder with a plain path, without blanks, for `refreshCredentials`; and `AWS_CONTAINER_CREDENTIALS_FULL_URI` as the task sets it: without it, the instance role when a profile fails',
    remedy: 'map the three keys in its step by `env:`',
  },
};

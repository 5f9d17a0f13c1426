import { needProgram, print, type Client } from './client.ts';

export const rclone: Client = {
  name: 'rclone',
  findGap: () => needProgram('rclone'),
  readVersion: () => print('rclone', 'version').replace('rclone ', ''),
  call: service => ({
    command: 'rclone',
    args: [
      'lsd',
      `:s3,provider=AWS,env_auth=true,endpoint='${service}':`,
      '--retries',
      '1',
      '--low-level-retries',
      '1',
    ],
  }),
  serves: ['static', 'refreshing'],
  roads: ['instance', 'container'],
  ownClock: 'a Go program reads the clock past libfaketime',
  notes: {
    reads: '`AWS_CONFIG_FILE`, `AWS_SHARED_CREDENTIALS_FILE`, `AWS_PROFILE` (SDK for Go v1)',
    needs: '`env_auth = true`',
    remedy: 'the error names the profile or the helper: look its code up in troubleshooting.md',
  },
};

import { findProgram, needProgram, print, type Client } from './client.ts';

export const awsCli: Client = {
  name: 'AWS CLI',
  findGap: () => needProgram('aws'),
  readVersion: () =>
    print(findProgram('aws') ?? '', '--version')
      .split(' ')[0]
      ?.replace('aws-cli/', '') ?? '',
  call: (service, profile) => ({
    command: findProgram('aws') ?? 'aws',
    args: ['sts', 'get-caller-identity', '--output', 'json', '--endpoint-url', service].concat(
      profile === undefined ? [] : ['--profile', profile],
    ),
  }),
  serves: ['static', 'refreshing'],
  roads: ['instance', 'container'],
  notes: {
    reads: '`AWS_CONFIG_FILE`, `AWS_SHARED_CREDENTIALS_FILE`, `AWS_PROFILE`',
    needs: 'nothing',
    remedy: 'the line on stderr names the profile or the helper: look its code up in troubleshooting.md',
  },
};

import { needProgram, print, type Client } from './client.ts';

export const s3cmd: Client = {
  name: 's3cmd',
  findGap: () => needProgram('s3cmd'),
  readVersion: () => print('s3cmd', '--version').replace('s3cmd version ', ''),
  call: service => {
    const host = service.replace('http://', '');
    return { command: 's3cmd', args: ['--no-ssl', '--host', host, '--host-bucket', host, 'ls'] };
  },
  serves: [],
  roads: ['instance'],
  ignoresSwitch: true,
  notes: {
    reads: 'neither file, only `AWS_CREDENTIAL_FILE` and `~/.aws/credentials`',
    needs: 'the three keys by `env:`, and none in `~/.s3cfg`, which win over them',
    remedy: 'map the three keys in its step by `env:`',
  },
};

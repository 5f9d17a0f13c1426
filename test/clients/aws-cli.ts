import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { callers, findProgram, needProgram, print, type Client } from './client.ts';

export const awsCli: Client = {
  name: 'AWS CLI',
  findGap: () => needProgram('aws'),
  readVersion: () =>
    print(findProgram('aws') ?? '', '--version')
      .split(' ')[0]
      ?.replace('aws-cli/', '') ?? '',
  call: (service, profile) => {
    const [command = 'aws', ...program] = findCommand();
    const args = ['sts', 'get-caller-identity', '--output', 'json', '--endpoint-url', service];
    return { command, args: [...program, ...args, ...(profile === undefined ? [] : ['--profile', profile])] };
  },
  preload: () => {
    const [python = '', program] = findCommand();
    return program === undefined ? undefined : [python, join(callers, 'preloaded.py'), 'awscli.clidriver'];
  },
  serves: ['static', 'refreshing'],
  roads: ['instance', 'container'],
  notes: {
    reads: '`AWS_CONFIG_FILE`, `AWS_SHARED_CREDENTIALS_FILE`, `AWS_PROFILE`',
    needs: 'nothing',
    remedy: 'the line on stderr names the profile or the helper: look its code up in troubleshooting.md',
  },
};

/** Returns the program; of version 1, which is a script, its interpreter first. */
function findCommand(): readonly string[] {
  const program = findProgram('aws') ?? 'aws';
  const [, python] = /^#!(\S*python\S*)\n/.exec(readFileSync(program, 'latin1')) ?? [];
  return python === undefined ? [program] : [python, program];
}

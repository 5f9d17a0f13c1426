import { join } from 'node:path';
import { callers, needProgram, print, type Client } from './client.ts';

const probe = ['-e', 'require "aws-sdk-core"; puts Aws::CORE_GEM_VERSION'];

export const rubySdk: Client = {
  name: 'SDK for Ruby',
  findGap: () => needProgram('ruby') ?? (print('ruby', ...probe) === '' ? 'no aws-sdk-core for ruby' : undefined),
  readVersion: () => print('ruby', ...probe),
  call: service => ({ command: 'ruby', args: [join(callers, 'ruby.rb'), service] }),
  preload: () => ['ruby', join(callers, 'preloaded.rb'), 'aws-sdk-core'],
  serves: ['static', 'refreshing'],
  roads: ['instance', 'container'],
  notes: {
    reads: '`AWS_CONFIG_FILE`, `AWS_SHARED_CREDENTIALS_FILE`, `AWS_PROFILE`',
    needs: 'nothing',
    remedy: 'the error names the profile or the helper: look its code up in troubleshooting.md',
  },
};

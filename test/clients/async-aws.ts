import { join } from 'node:path';
import { callers, needProgram, print, type Client } from './client.ts';

const probe =
  'require "AsyncAws/Core/autoload.php"; require "Symfony/Component/HttpClient/autoload.php"; echo "there";';

export const asyncAws: Client = {
  name: 'AsyncAws (PHP)',
  findGap: () => needProgram('php') ?? (print('php', '-r', probe) === 'there' ? undefined : 'no AsyncAws for php'),
  readVersion: () => print('dpkg-query', '-W', '-f', '${Version}', 'php-async-aws-core'),
  call: service => ({ command: 'php', args: [join(callers, 'async-aws.php'), service] }),
  serves: ['static'],
  roads: ['instance', 'container'],
  ignoresSwitch: true,
  notes: {
    reads: '`AWS_CONFIG_FILE`, `AWS_SHARED_CREDENTIALS_FILE`, `AWS_PROFILE`, but no `credential_process`',
    needs: 'a profile with keys (`refreshCredentials: false`)',
    remedy: 'map the three keys in its step by `env:`',
  },
};

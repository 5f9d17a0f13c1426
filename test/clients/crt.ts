import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { callers, print, type Client } from './client.ts';

const python = '/usr/bin/python3';
const probe = 'import awscrt.auth, importlib.metadata as m; print(m.version("awscrt"))';

export const commonRuntime: Client = {
  name: 'AWS Common Runtime (CRT)',
  findGap: () => (existsSync(python) && print(python, '-c', probe) !== '' ? undefined : 'no awscrt for Python'),
  readVersion: () => print('dpkg-query', '-W', '-f', '${Version}', 'python3-awscrt') || print(python, '-c', probe),
  call: service => ({ command: python, args: [join(callers, 'crt.py'), service] }),
  serves: ['static'],
  roads: ['instance', 'container'],
  notes: {
    reads: '`AWS_CONFIG_FILE`, `AWS_SHARED_CREDENTIALS_FILE`, `AWS_PROFILE`, but no `credential_process`',
    needs: 'a profile with keys (`refreshCredentials: false`)',
    remedy: 'its error gives no reason; map the three keys in its step by `env:`',
  },
};

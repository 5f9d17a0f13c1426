import { join } from 'node:path';
import { callers, findDebianPython, print, type Client } from './client.ts';

const probe = 'import awscrt.auth, importlib.metadata as m; print(m.version("awscrt"))';

export const commonRuntime: Client = {
  name: 'AWS Common Runtime (CRT)',
  findGap: () =>
    findDebianPython() !== '' && print(findDebianPython(), '-c', probe) !== '' ? undefined : 'no awscrt for Python',
  readVersion: () =>
    print('dpkg-query', '-W', '-f', '${Version}', 'python3-awscrt') || print(findDebianPython(), '-c', probe),
  call: service => ({ command: findDebianPython(), args: [join(callers, 'crt.py'), service] }),
  serves: ['static'],
  roads: ['instance', 'container'],
  notes: {
    reads: '`AWS_CONFIG_FILE`, `AWS_SHARED_CREDENTIALS_FILE`, `AWS_PROFILE`, but no `credential_process`',
    needs: 'a profile with keys (`refreshCredentials: false`)',
    remedy: 'its error gives no reason; map the three keys in its step by `env:`',
  },
};

import assert from 'node:assert/strict';
import { startProxy, type FakeProxy } from '../../fakes/proxy.ts';
import { runAsIs as run } from '../command-line.ts';
import { tokens } from '../company.ts';

const project = ['--project', 'Payments', '--connection', 'aws', '--json'];

describe('aws-wif asks Azure DevOps through the proxy of the environment', () => {
  let proxy: FakeProxy;
  before(async () => {
    proxy = await startProxy({ login: { username: 'wif', password: 'p@ss' } });
  });
  after(() => proxy.close());
  const login = () => proxy.url.replace('//', '//wif:p%40ss@');

  const cases = [
    { name: 'HTTPS_PROXY', env: () => ({ HTTPS_PROXY: login() }) },
    { name: 'https_proxy', env: () => ({ https_proxy: login() }) },
    // The library would find these in the URL: in the organization's name, and a dot for any sign.
    { name: 'NO_PROXY of other hosts', env: () => ({ HTTPS_PROXY: login(), NO_PROXY: 'contoso,.corp,dev-azure.com' }) },
    { name: 'NO_PROXY that is no regular expression', env: () => ({ HTTPS_PROXY: login(), NO_PROXY: '[::1],*.corp' }) },
  ];
  for (const { name, env } of cases) {
    it(`with ${name}, by CONNECT only`, async () => {
      const before = proxy.connects.length;
      const args = ['connection', '--organization-url', 'https://dev.azure.com/contoso', ...project];
      const { status, stdout } = await run(args, { ...env(), AZURE_DEVOPS_EXT_PAT: tokens.full });
      const { errors } = JSON.parse(stdout) as { readonly errors: readonly { readonly code: string }[] };
      assert.deepEqual([status, errors.map(({ code }) => code)], [3, ['ProxyRefused']], stdout);
      const connects = proxy.connects.slice(before).map(({ target }) => target);
      assert.deepEqual([new Set(connects), proxy.plainRequests], [new Set(['dev.azure.com:443']), []]);
      assert.ok(!stdout.includes('p@ss') && !stdout.includes('p%40ss'), stdout);
    });
  }

  it('says which proxy setting cannot be read', async () => {
    const args = ['connection', '--organization-url', 'https://dev.azure.com/contoso', ...project];
    const { stdout } = await run(args, { HTTPS_PROXY: 'socks5://127.0.0.1:9', AZURE_DEVOPS_EXT_PAT: tokens.full });
    const { errors } = JSON.parse(stdout) as { readonly errors: readonly { readonly code: string }[] };
    assert.deepEqual(
      errors.map(({ code }) => code),
      ['ProxyInvalid'],
      stdout,
    );
  });
});

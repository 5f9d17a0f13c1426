import assert from 'node:assert/strict';
import type { JobOptions } from '../harness/types.ts';
import {
  agentProxy,
  checkHelper,
  checkNoSecret,
  checkProxied,
  hosts,
  listTargets,
  login,
  plain,
  withLogin,
  useProxiedScene,
  type ProxiedScene,
} from './proxy-scene.ts';
import { over, readAnswer, startRefreshing } from './refresh-scene.ts';
import { openScene, type Scene } from './scene.ts';
import { agentEnvironment, secureServers } from './secure-servers.ts';
import { listIssues, listSecrets, runTask } from './task-run.ts';

describe('bundles/proxy', () => {
  let proxied: ProxiedScene;
  let scene: Scene;

  useProxiedScene(opened => {
    proxied = opened;
    ({ scene } = opened);
  });

  interface Way {
    readonly name: string;
    readonly secure?: boolean;
    readonly describe: (url: string) => JobOptions;
    readonly setting: string;
  }

  const ways: readonly Way[] = [
    {
      name: "the agent's proxy on https",
      secure: true,
      describe: url => proxied.job({ proxy: agentProxy(url) }),
      setting: 'Agent.ProxyUrl',
    },
    {
      name: "the agent's proxy, before those of the environment, with exceptions that would keep a matcher busy for hours",
      describe: url =>
        proxied.job(
          { proxy: { ...agentProxy(url), bypassList: ['^(([a-z:/.])+)+!', '(.*.*.*)*!', 'x'.repeat(501)] } },
          { inheritedEnvironment: { ...agentEnvironment, HTTPS_PROXY: 'http://127.0.0.1:9', NO_PROXY: '*' } },
        ),
      setting: 'Agent.ProxyUrl',
    },
    {
      name: 'https_proxy before HTTPS_PROXY, with exceptions for others',
      describe: url =>
        proxied.job(
          {},
          {
            inheritedEnvironment: {
              ...agentEnvironment,
              https_proxy: withLogin(url),
              HTTPS_PROXY: 'http://127.0.0.1:9',
              NO_PROXY: 'localhost,127.0.0.1,.example.com,169.254.169.254',
            },
          },
        ),
      setting: 'https_proxy',
    },
    {
      name: 'HTTPS_PROXY as a variable of the pipeline',
      describe: url => proxied.job({}, { variables: { HTTPS_PROXY: withLogin(url) } }),
      setting: 'HTTPS_PROXY',
    },
  ];
  for (const { name, secure, describe: describeJob, setting } of ways) {
    it(`${name}: the task and the helper reach both services through it, and show its password nowhere`, async () => {
      const tls = secure === true ? { tls: await proxied.authority.issue({ hosts: ['127.0.0.1'] }) } : {};
      const proxy = await proxied.startProxy({ login, ...tls });
      const refreshing = await startRefreshing(scene, { inputs: plain, job: describeJob(proxy.url) });
      checkProxied(scene, proxy);
      checkNoSecret(refreshing.step.rawLines, listSecrets(scene));
      checkNoSecret(refreshing.step.log, listSecrets(scene));
      assert.ok(refreshing.step.log.includes(`Proxy: ${proxy.host}:${proxy.port} (${setting}).`));
      await checkHelper(scene, refreshing, proxy);
    });
  }

  describe('exceptions', () => {
    /** A name that nobody can resolve: a request past the proxy ends there, one through it at the stand-in. */
    const endpoint = 'https://vpce-1.sts.eu-west-1.vpce.invalid/';
    const direct: Readonly<Record<string, (url: string) => JobOptions>> = {
      "an expression of the agent's bypass list": url =>
        proxied.job({ proxy: { url, ...login, bypassList: ['^https://other', '\\.vpce\\.invalid'] } }),
      'no_proxy before NO_PROXY': url =>
        proxied.job(
          {},
          {
            inheritedEnvironment: {
              ...agentEnvironment,
              HTTPS_PROXY: withLogin(url),
              no_proxy: 'vpce.invalid:443',
              NO_PROXY: 'x',
            },
          },
        ),
    };
    for (const [name, describeJob] of Object.entries(direct)) {
      it(`${name} sends a host past the proxy, and the others through it`, async () => {
        const proxy = await proxied.startProxy({ login });
        const inputs = { ...plain, stsEndpoint: endpoint };
        const { step } = await runTask(scene, { inputs, job: describeJob(proxy.url) });
        assert.match(listIssues(step, 'error').join(), /^NetworkNameNotResolved: AWS STS at vpce-1\.sts/);
        assert.deepEqual(listTargets(proxy), [hosts.azureDevOps]);
        checkNoSecret(step.rawLines, listSecrets(scene));
      });
    }

    const through: Readonly<Record<string, (url: string) => JobOptions>> = {
      "an entry of the agent's list that is no expression": url =>
        proxied.job({ proxy: { url, ...login, bypassList: ['*.vpce.invalid'] } }),
      "NO_PROXY next to the agent's own proxy": url =>
        proxied.job(
          { proxy: agentProxy(url) },
          { inheritedEnvironment: { ...agentEnvironment, NO_PROXY: '.vpce.invalid' } },
        ),
    };
    for (const [name, describeJob] of Object.entries(through)) {
      it(`${name} sends nothing past the proxy`, async () => {
        const proxy = await proxied.startProxy({ login });
        const inputs = { ...plain, stsEndpoint: endpoint };
        const { step } = await runTask(scene, { inputs, job: describeJob(proxy.url) });
        assert.match(
          listIssues(step, 'error').join(),
          /^ProxyRefused: .* answered a tunnel request to \S+ with status 502/,
        );
        assert.deepEqual(listTargets(proxy), [hosts.azureDevOps, 'vpce-1.sts.eu-west-1.vpce.invalid:443']);
      });
    }

    // On http every other test shows it.
    for (const agent of [{}, { proxy: { url: 'http://127.0.0.1:9' } }]) {
      it(`loopback on https is never reached through a proxy, by task or helper, ${'proxy' in agent ? 'of the agent' : 'of the environment'}`, async () => {
        const servers = await secureServers(['azureDevOps', 'sts']);
        const local = await openScene(servers.scene);
        const proxy = await proxied.startProxy();
        const names = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy', 'ALL_PROXY', 'all_proxy'];
        const variables = Object.fromEntries([
          ...names.map(name => [name, proxy.url] as const),
          ['NODE_USE_ENV_PROXY', '1'],
        ]);
        const inheritedEnvironment = { ...servers.trusting, ...variables };
        const refreshing = await startRefreshing(local, { job: { agent, inheritedEnvironment } });
        refreshing.shift(over);
        readAnswer(await refreshing.run(undefined, inheritedEnvironment));
        assert.deepEqual([proxy.connects, proxy.plainRequests], [[], []]);
        await local.close();
      });
    }
  });
});

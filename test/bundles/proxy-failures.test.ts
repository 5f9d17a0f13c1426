import assert from 'node:assert/strict';
import type { FakeProxy, ProxyBehaviour } from '../fakes/proxy.ts';
import { findLeaks } from '../harness/canaries.ts';
import {
  agentProxy,
  checkNoSecret,
  checkNothingSent,
  checkProxied,
  hosts,
  listTargets,
  login,
  openProxiedScene,
  plain,
  withLogin,
  useProxiedScene,
  type ProxiedScene,
} from './proxy-scene.ts';
import { ending, over, readAnswer, startRefreshing, type HelperRun, type RefreshingJob } from './refresh-scene.ts';
import { waitUntil } from '../harness/wait-until.ts';
import type { Scene } from './scene.ts';
import { agentEnvironment } from './secure-servers.ts';
import { countRequests, listIssues, listSecrets, runTask } from './task-run.ts';

describe('bundles/proxy-failures', () => {
  let proxied: ProxiedScene;
  let scene: Scene;

  useProxiedScene(opened => {
    proxied = opened;
    ({ scene } = opened);
  });

  describe('a proxy that gives no tunnel', () => {
    const page = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n{"oidcToken":"e30.e30.forged"}';
    const rows: readonly { name: string; behaviour: ProxyBehaviour; code: string; says: RegExp }[] = [
      {
        name: 'asks for another login (407)',
        behaviour: { kind: 'answer', status: 407, headers: { 'proxy-authenticate': 'Basic realm="x"' } },
        code: 'ProxyAuthenticationRequired',
        says: /config\.sh --proxyurl/,
      },
      { name: 'resets the connection', behaviour: { kind: 'reset' }, code: 'NetworkReset', says: /127\.0\.0\.1/ },
      {
        name: 'answers in the place of the service',
        behaviour: { kind: 'raw', bytes: page },
        code: 'Network\\w+',
        says: /Azure DevOps at dev\.azure\.com:443/,
      },
    ];
    for (const { name, behaviour, code, says } of rows) {
      it(`${name}: ${code} in the task, naming the proxy, and nothing is sent`, async () => {
        const proxy = await proxied.startProxy();
        proxy.behave(behaviour);
        const run = await runTask(scene, { inputs: plain, job: proxied.job({ proxy: agentProxy(proxy.url) }) });
        checkNothingSent(scene, run);
        const error = listIssues(run.step, 'error').join();
        assert.match(error, new RegExp(`^${code}: `));
        assert.match(error, says);
        if (behaviour.kind !== 'raw') assert.ok(error.includes(`${proxy.host}:${proxy.port}`), error);
        assert.deepEqual([listTargets(proxy), proxy.plainRequests], [[hosts.azureDevOps], []]);
      });
    }

    describe('in the helper', () => {
      let proxy: FakeProxy;
      let refreshing: RefreshingJob;

      before(async () => {
        proxy = await proxied.startProxy();
        const job = proxied.job({ proxy: agentProxy(proxy.url) });
        refreshing = await startRefreshing(scene, { inputs: plain, job });
      });

      function checkFailure(run: HelperRun, code: string, says: RegExp): void {
        assert.deepEqual([run.exitCode, run.stdout], [1, ''], run.stderr);
        assert.match(run.stderr, new RegExp(`^${code}: `));
        assert.match(run.stderr, says);
        assert.deepEqual(countRequests(scene), [0, 0]);
        checkNoSecret(run.stderr.split('\n'), listSecrets(scene));
      }

      for (const { name, behaviour, code, says } of rows.slice(0, 1)) {
        it(`${name}: ${code}, and nothing is sent`, async () => {
          refreshing.shift(over);
          proxy.behave(behaviour);
          checkFailure(await refreshing.run(), code, says);
        });
      }

      it('the session that still works is handed out meanwhile', async () => {
        refreshing.shift(ending);
        proxy.behave({ kind: 'answer', status: 403 });
        const run = await refreshing.run();
        assert.equal(readAnswer(run).AccessKeyId, refreshing.readCache().accessKeyId);
        assert.match(run.stderr, /could not be renewed\. ProxyRefused: /);
        checkNoSecret(run.stderr.split('\n'), listSecrets(scene));
      });

      it('hangs: ends within seconds, naming the proxy, in task and helper', async () => {
        refreshing.shift(over);
        proxy.behave({ kind: 'hang' });
        const job = proxied.job({ proxy: agentProxy(proxy.url) });
        const [run, { step }] = await Promise.all([refreshing.run(), runTask(scene, { inputs: plain, job })]);
        const says = new RegExp(`127\\.0\\.0\\.1:${proxy.port} `);
        checkFailure(run, 'NetworkTimeout', says);
        assert.match(listIssues(step, 'error').join(), says);
        await waitUntil('the end of all connections', () => proxy.openConnections === 0);
      });
    });
  });

  describe('hostile proxy variables', () => {
    it('a proxy that plays the services itself learns nothing', async () => {
      const stranger = await openProxiedScene();
      const routes = {
        [hosts.azureDevOps]: stranger.scene.azureDevOps.server.url,
        [hosts.sts]: stranger.scene.sts.url,
      };
      const proxy = await proxied.startProxy({ routes });
      const variables = { HTTPS_PROXY: proxy.url, https_proxy: proxy.url, NODE_TLS_REJECT_UNAUTHORIZED: '0' };
      const run = await runTask(scene, { inputs: plain, job: proxied.job({}, { variables }) });
      assert.match(listIssues(run.step, 'error').join(), /^NetworkTls: Azure DevOps at dev\.azure\.com:443/);
      checkNothingSent(scene, run);
      assert.deepEqual(countRequests(stranger.scene), [0, 0]);
      assert.deepEqual(proxy.plainRequests, []);
      await stranger.close();
    });

    it("an echoed line cannot add exceptions to the agent's own proxy, nor replace it", async () => {
      const [proxy, other] = await Promise.all([proxied.startProxy({ login }), proxied.startProxy()]);
      const names = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy', 'ALL_PROXY', 'all_proxy'];
      const variables = Object.fromEntries(names.map(name => [name, other.url]));
      const job = proxied.job(
        { proxy: agentProxy(proxy.url) },
        { variables: { ...variables, NO_PROXY: '*', no_proxy: '*' } },
      );
      const run = await runTask(scene, { inputs: plain, job });
      assert.equal(run.step.result, 'Succeeded', run.step.log.join('\n'));
      checkProxied(scene, proxy);
      assert.deepEqual([other.connects, other.plainRequests], [[], []]);
    });

    const invalid = [
      {
        value: `socks5://${login.username}:${encodeURIComponent(login.password)}@proxy.corp:1080`,
        says: /socks5:\/\/proxy\.corp:1080/,
      },
      { value: '##vso[task.setvariable variable=X]1', says: /HTTPS_PROXY is not a URL/ },
    ];
    for (const { value, says } of invalid) {
      it(`${JSON.stringify(value)} is refused without showing a password, and sets nothing`, async () => {
        const inheritedEnvironment = { ...agentEnvironment, HTTPS_PROXY: value };
        const run = await runTask(scene, { inputs: plain, job: proxied.job({}, { inheritedEnvironment }) });
        const error = listIssues(run.step, 'error').join();
        assert.match(error, /^ProxyInvalid: /);
        assert.match(error, says);
        checkNothingSent(scene, run);
        assert.equal(run.job.variable('X'), undefined);
      });
    }

    it('a login with characters that matter in URLs, headers and commands is sent as it is and printed nowhere', async () => {
      const odd = { username: 'DOMAIN\\user@corp', password: '%41;]##vso[x]"\'&=+ €' };
      const proxy = await proxied.startProxy({ login: odd });
      for (const job of [
        proxied.job({ proxy: { url: proxy.url, ...odd } }),
        proxied.job({}, { inheritedEnvironment: { ...agentEnvironment, HTTPS_PROXY: withLogin(proxy.url, odd) } }),
      ]) {
        const run = await runTask(scene, { inputs: plain, job });
        assert.equal(run.step.result, 'Succeeded', run.step.log.join('\n'));
        const secrets = [odd.password, encodeURIComponent(odd.password), `${odd.username}:${odd.password}`];
        assert.deepEqual(findLeaks(run.step.rawLines, secrets), []);
      }
    });
  });
});

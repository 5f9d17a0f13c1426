import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { JobOptions } from '../harness/types.ts';
import {
  agentProxy,
  checkHelper,
  checkNoSecret,
  checkNothingSent,
  checkProxied,
  issueClient,
  login,
  openProxiedScene,
  plain,
  useProxiedScene,
  type ProxiedScene,
} from './proxy-scene.ts';
import { over, readAnswer, startRefreshing } from './refresh-scene.ts';
import type { Scene } from './scene.ts';
import { agentEnvironment } from './secure-servers.ts';
import { countRequests, listIssues, listPublished, listSecrets, resetScene, runTask } from './task-run.ts';

describe('bundles/proxy-certificates', () => {
  let proxied: ProxiedScene;
  let scene: Scene;

  useProxiedScene(opened => {
    proxied = opened;
    ({ scene } = opened);
  });

  describe('certificates', () => {
    it('an authority of NODE_EXTRA_CA_CERTS is trusted by the task, and by the helper without that variable', async () => {
      const proxy = await proxied.startProxy({ login });
      const inheritedEnvironment = { ...agentEnvironment, NODE_EXTRA_CA_CERTS: proxied.caFile };
      const job = proxied.job({ proxy: agentProxy(proxy.url), certificates: {} }, { inheritedEnvironment });
      const refreshing = await startRefreshing(scene, { inputs: plain, job });
      await checkHelper(scene, refreshing, proxy);
    });

    const unknown: Readonly<Record<string, JobOptions>> = {
      'that a variable of the pipeline names': { variables: { NODE_EXTRA_CA_CERTS: 'authority.pem' } },
      'though NODE_TLS_REJECT_UNAUTHORIZED is 0': { variables: { NODE_TLS_REJECT_UNAUTHORIZED: '0' } },
    };
    for (const [name, others] of Object.entries(unknown)) {
      it(`an authority ${name} is refused before anything is sent`, async () => {
        const proxy = await proxied.startProxy({ login });
        const variables = Object.entries(others.variables ?? {});
        const own = variables.map(([key, value]) => [key, value === 'authority.pem' ? proxied.caFile : value] as const);
        const job = proxied.job(
          { proxy: agentProxy(proxy.url), certificates: {} },
          { variables: Object.fromEntries(own) },
        );
        const run = await runTask(scene, { inputs: plain, job });
        assert.match(listIssues(run.step, 'error').join(), /^NetworkTls: Azure DevOps at dev\.azure\.com:443/);
        checkNothingSent(scene, run);
      });
    }

    it('an https proxy of an unknown authority is refused before anything is sent', async () => {
      const stranger = await openProxiedScene();
      const tls = await stranger.authority.issue({ hosts: ['127.0.0.1'] });
      const proxy = await proxied.startProxy({ login, tls });
      const certificates = { caFile: proxied.caFile, skipValidation: true };
      const job = proxied.job({ proxy: agentProxy(proxy.url), certificates });
      const run = await runTask(scene, { inputs: plain, job });
      assert.match(listIssues(run.step, 'error').join(), /^NetworkTls: The proxy at 127\.0\.0\.1:\d+ /);
      assert.deepEqual(proxy.connects, []);
      checkNothingSent(scene, run);
      await stranger.close();
    });

    it("the agent's client certificate is shown to AWS STS, and its password to nobody", async () => {
      const strict = await openProxiedScene({ clientCertificate: true });
      const proxy = await strict.startProxy({ login });
      const client = await issueClient(strict, 'key-password-Qw3');
      assert.ok(client);
      const certificates = { caFile: strict.caFile, client };
      const job = strict.job({ proxy: agentProxy(proxy.url), certificates });
      const refreshing = await startRefreshing(strict.scene, { inputs: plain, job });
      refreshing.shift(over);
      readAnswer(await refreshing.run());
      assert.deepEqual(
        strict.scene.sts.calls.map(({ request }) => request.clientCertificate),
        ['agent-7', 'agent-7'],
      );
      const key = readFileSync(client.key, 'utf8').split('\n')[1] ?? '';
      checkNoSecret(refreshing.step.rawLines, [...listSecrets(strict.scene), 'key-password-Qw3', key]);
      await strict.close();
    });

    it('AWS STS that asks for a client certificate takes no agent without one', async () => {
      const strict = await openProxiedScene({ clientCertificate: true });
      const proxy = await strict.startProxy({ login });
      const { step } = await runTask(strict.scene, {
        inputs: plain,
        job: strict.job({ proxy: agentProxy(proxy.url) }),
      });
      assert.equal(step.result, 'Failed');
      assert.deepEqual([strict.scene.sts.calls.length, listPublished(step)], [0, []]);
      await strict.close();
    });
  });

  describe('Agent.SkipCertValidation', () => {
    const says = /Agent\.SkipCertValidation/;

    it('takes Azure DevOps unchecked, with a warning, and checks AWS STS all the same', async () => {
      const odd = await openProxiedScene({ strangers: ['azureDevOps'] });
      const proxy = await odd.startProxy({ login });
      const certificates = { caFile: odd.caFile, skipValidation: true };
      const job = odd.job({ proxy: agentProxy(proxy.url), certificates });
      const refreshing = await startRefreshing(odd.scene, { inputs: plain, job });
      assert.match(listIssues(refreshing.step, 'warning').join('\n'), says);
      checkProxied(odd.scene, proxy);
      refreshing.shift(over);
      assert.equal(readAnswer(await refreshing.run()).AccessKeyId, odd.scene.sts.sessions.at(-1)?.accessKeyId);
      await odd.close();
    });

    it('leaves AWS STS of an unknown authority refused, in the task', async () => {
      const odd = await openProxiedScene({ strangers: ['azureDevOps', 'sts'] });
      const proxy = await odd.startProxy({ login });
      const certificates = { caFile: odd.caFile, skipValidation: true };
      const job = odd.job({ proxy: agentProxy(proxy.url), certificates });
      const { step } = await runTask(odd.scene, { inputs: plain, job });
      assert.match(listIssues(step, 'error').join(), /^NetworkTls: AWS STS at sts\.eu-west-1\.amazonaws\.com:443/);
      assert.match(listIssues(step, 'warning').join('\n'), says);
      assert.deepEqual([countRequests(odd.scene), listPublished(step)], [[1, 0], []]);
      await odd.close();
    });

    it('leaves AWS STS of an unknown authority refused, in the helper', async () => {
      const proxy = await proxied.startProxy({ login });
      const certificates = { caFile: proxied.caFile, skipValidation: true };
      const job = proxied.job({ proxy: agentProxy(proxy.url), certificates });
      const refreshing = await startRefreshing(scene, { inputs: plain, job });
      resetScene(scene);
      refreshing.shift(over);
      const { network } = JSON.parse(readFileSync(refreshing.statePath(), 'utf8')) as { network: object };
      // As if the authority of both had never been told.
      refreshing.changeState({ network: { ...network, tls: { ca: [], clientCertificate: null } } });
      const run = await refreshing.run();
      assert.match(run.stderr, /^NetworkTls: AWS STS at sts\.eu-west-1\.amazonaws\.com:443/);
      assert.deepEqual([run.exitCode, run.stdout, countRequests(scene)], [1, '', [1, 0]]);
    });

    it('does not hold for a proxy that a variable of the job may have chosen', async () => {
      const odd = await openProxiedScene({ strangers: ['azureDevOps'] });
      const evil = await odd.startProxy();
      for (const name of ['HTTPS_PROXY', 'AGENT_PROXYURL', 'agent.proxyurl']) {
        const certificates = { caFile: odd.caFile, skipValidation: true };
        const { step } = await runTask(odd.scene, {
          inputs: plain,
          job: odd.job({ certificates }, { variables: { [name]: evil.url } }),
        });
        assert.match(listIssues(step, 'warning').join('\n'), /may not be the agent's own: .* is verified anyway/);
        assert.match(listIssues(step, 'error').join(), /^NetworkTls: Azure DevOps/);
        assert.deepEqual([countRequests(odd.scene), listPublished(step)], [[0, 0], []], name);
      }
      await odd.close();
    });
  });
});

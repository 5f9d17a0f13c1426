import assert from 'node:assert/strict';
import { createPrivateKey } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAuthority, type Authority } from '../fakes/certificates.ts';
import { startProxy, type FakeProxy, type ProxyOptions } from '../fakes/proxy.ts';
import type { ServerTls } from '../fakes/recorded-server.ts';
import { findLeaks } from '../harness/canaries.ts';
import type { AgentCertificates, AgentProxy, JobOptions } from '../harness/types.ts';
import { unpackTask } from './packed-task.ts';
import { over, readAnswer, type RefreshingJob } from './refresh-scene.ts';
import { openScene, type Scene } from './scene.ts';
import { agentEnvironment } from './secure-servers.ts';
import { countRequests, listPublished, listSecrets, resetScene, type TaskRun } from './task-run.ts';

/** The public names that the stand-ins go by; only the proxy knows where they are. */
export const hosts = { azureDevOps: 'dev.azure.com:443', sts: 'sts.eu-west-1.amazonaws.com:443' } as const;

/** No endpoint is told, so that the real names are used, and a failure is not tried again. */
export const plain = { stsEndpoint: '', maxAttempts: '1' } as const;

export const login = { username: 'agent-user', password: 'pä:ss/w%rd-Zq8' } as const;

/** Stand-ins on https, by the names of the real services, that are reached through a proxy alone. */
export interface ProxiedScene {
  readonly scene: Scene;
  readonly authority: Authority;
  /** PEM file of the authority behind all certificates. */
  readonly caFile: string;
  readonly writeFile: (name: string, text: string) => string;
  /** Starts a proxy that leads to the stand-ins. */
  readonly startProxy: (options?: ProxyOptions) => Promise<FakeProxy>;
  /** A job of an agent that was configured so; its authority is known unless told otherwise. */
  readonly job: (agent: { proxy?: AgentProxy; certificates?: AgentCertificates }, others?: JobOptions) => JobOptions;
  readonly close: () => Promise<void>;
}

export interface ProxiedOptions {
  /** Certificates of another authority than the one that the agent is told of. */
  readonly strangers?: readonly ('azureDevOps' | 'sts')[];
  /** AWS STS asks for a client certificate of the authority. */
  readonly clientCertificate?: boolean;
}

/** Starts Azure DevOps and AWS STS under their real names. */
export async function openProxiedScene({
  strangers = [],
  clientCertificate,
}: ProxiedOptions = {}): Promise<ProxiedScene> {
  const [authority, stranger] = await Promise.all([createAuthority(), createAuthority('Stranger')]);
  const issue = (name: 'azureDevOps' | 'sts') => {
    const names = [hosts[name].replace(/:443$/, ''), '127.0.0.1'];
    return (strangers.includes(name) ? stranger : authority).issue({ hosts: names });
  };
  const client = clientCertificate === true ? { clientAuthority: authority.pem } : {};
  const [azureDevOps, sts]: readonly ServerTls[] = await Promise.all([issue('azureDevOps'), issue('sts')]);
  const scene = await openScene({
    servers: { azureDevOps: { ...tlsOf(azureDevOps) }, sts: { ...tlsOf(sts && { ...sts, ...client }) } },
    authority: strangers.includes('azureDevOps') ? stranger.pem : authority.pem,
  });
  const folder = mkdtempSync(join(tmpdir(), 'aws-assume-role-wif-proxy-'));
  const writeFile = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const caFile = writeFile('authority.pem', authority.pem);
  const routes = { [hosts.azureDevOps]: scene.azureDevOps.server.url, [hosts.sts]: scene.sts.url };
  const proxies: FakeProxy[] = [];
  return {
    scene,
    authority,
    caFile,
    writeFile,
    startProxy: async options => {
      const proxy = await startProxy({ routes, ...options });
      proxies.push(proxy);
      return proxy;
    },
    job: ({ proxy, certificates }, others) => ({
      collectionUri: 'https://dev.azure.com/contoso/',
      serverUri: 'https://dev.azure.com/contoso/',
      oidcRequestUri: scene.azureDevOps.oidcRequestUri().replace(scene.azureDevOps.server.url, 'https://dev.azure.com'),
      inheritedEnvironment: agentEnvironment,
      agent: { ...(proxy ? { proxy } : {}), certificates: certificates ?? { caFile } },
      ...others,
    }),
    close: async () => {
      await Promise.all([scene.close(), ...proxies.map(proxy => proxy.close())]);
      rmSync(folder, { recursive: true });
    },
  };
}

function tlsOf(tls: ServerTls | undefined): { readonly tls?: ServerTls } {
  return tls === undefined ? {} : { tls };
}

/** A client's certificate as an agent keeps it: the key has a password. */
export async function issueClient(
  { authority, writeFile }: ProxiedScene,
  password: string,
): Promise<AgentCertificates['client']> {
  const { certificate, key } = await authority.issue({ hosts: ['agent-7'], clientAuth: true });
  const cipher = { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: password } as const;
  return {
    certificate: writeFile('client.pem', certificate),
    key: writeFile('client.key', String(createPrivateKey(key).export(cipher))),
    archive: writeFile('client.pfx', ''),
    password,
  };
}

/** A proxy's URL with a user name and password in it. */
export function withLogin(url: string, { username, password }: { username: string; password: string } = login): string {
  return url.replace('//', `//${encodeURIComponent(username)}:${encodeURIComponent(password)}@`);
}

/** The proxy as an agent is configured with it. */
export function agentProxy(url: string): AgentProxy {
  return { url, ...login };
}

export function listTargets({ connects }: FakeProxy): readonly string[] {
  return connects.map(({ target }) => target);
}

/** No line holds one of the secrets, or the login for the proxy in any form. */
export function checkNoSecret(lines: readonly string[], secrets: readonly string[]): void {
  const { username, password } = login;
  const all = [...secrets, password, encodeURIComponent(password), `${username}:${password}`];
  assert.deepEqual(findLeaks(lines, all), []);
}

/** Both services were reached by CONNECT alone, in their order, and the login was shown to the proxy alone. */
export function checkProxied(scene: Scene, proxy: FakeProxy): void {
  assert.deepEqual(listTargets(proxy), [hosts.azureDevOps, hosts.sts]);
  assert.deepEqual(proxy.plainRequests, []);
  assert.deepEqual(countRequests(scene), [1, 1]);
  const requests = [...scene.azureDevOps.tokenRequests(), ...scene.sts.calls.map(({ request }) => request)];
  for (const { headers } of requests) assert.equal(headers['proxy-authorization'], undefined);
}

/** The step failed, nothing reached a service and nothing was handed on or shown. */
export function checkNothingSent(scene: Scene, { step }: TaskRun): void {
  assert.equal(step.result, 'Failed', step.log.join('\n'));
  assert.deepEqual([countRequests(scene), listPublished(step)], [[0, 0], []]);
  checkNoSecret(step.rawLines, listSecrets(scene));
  checkNoSecret(step.log, listSecrets(scene));
}

/** The helper refreshes through the same proxy, which the task has used before. */
export async function checkHelper(scene: Scene, refreshing: RefreshingJob, proxy: FakeProxy): Promise<void> {
  resetScene(scene);
  refreshing.shift(over);
  const run = await refreshing.run();
  assert.equal(readAnswer(run).AccessKeyId, scene.sts.sessions.at(-1)?.accessKeyId);
  assert.equal(run.stderr, '');
  assert.deepEqual(listTargets(proxy).slice(2), [hosts.azureDevOps, hosts.sts]);
  assert.deepEqual(countRequests(scene), [1, 1]);
}

/** Opens a scene for the tests of a suite, which is as new for each of them, and gives it to them. */
export function useProxiedScene(give: (proxied: ProxiedScene) => void): void {
  let proxied: ProxiedScene;

  before(async function () {
    this.timeout(60_000);
    unpackTask();
    proxied = await openProxiedScene();
    give(proxied);
  });

  beforeEach(() => {
    resetScene(proxied.scene);
  });

  after(() => proxied.close());
}

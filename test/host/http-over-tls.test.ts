import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer as createPlainServer } from 'node:http';
import { createServer, type Server, type ServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { WifError } from '../../src/errors.ts';
import { openHttp } from '../../src/host/http.ts';
import { createAuthority, type Leaf } from '../fakes/certificates.ts';
import type { Sent } from './send-each.ts';

const day = 86_400_000;
const run = promisify(execFile);

const rows = [
  { name: 'a certificate of a trusted authority', status: 200, reason: undefined },
  { name: 'an authority that nobody knows', status: undefined, reason: /UNABLE_TO_|SELF_SIGNED/ },
  { name: 'a certificate for another host', status: undefined, reason: /ERR_TLS_CERT_ALTNAME_INVALID/ },
  { name: 'a certificate that has expired', status: undefined, reason: /CERT_HAS_EXPIRED/ },
  { name: 'a certificate that is not valid yet', status: undefined, reason: /CERT_NOT_YET_VALID/ },
  { name: 'a certificate for clients', status: undefined, reason: /purpose/i },
  { name: 'a server without TLS', status: undefined, reason: /SSL|EPROTO/ },
] as const;

type Name = (typeof rows)[number]['name'];

/** What a process of its own, which alone can be given another authority to trust, got from each server. */
async function sendFromProcess(
  urls: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<readonly Sent[]> {
  const script = fileURLToPath(new URL('send-each.ts', import.meta.url));
  const env = { ...process.env, NODE_NO_WARNINGS: '1', ...environment };
  const { stdout } = await run(process.execPath, ['--import', 'tsx', script, ...urls], { env });
  return JSON.parse(stdout) as readonly Sent[];
}

async function issueLeaves(): Promise<{ readonly pem: string; readonly leaves: ReadonlyMap<Name, Leaf> }> {
  const hosts = ['127.0.0.1'];
  const [trusted, stranger] = await Promise.all([createAuthority('Trusted'), createAuthority('Stranger')]);
  const now = Date.now();
  const past = { notBefore: new Date(now - 2 * day), notAfter: new Date(now - day) };
  const future = { notBefore: new Date(now + day), notAfter: new Date(now + 2 * day) };
  const leaves = new Map<Name, Leaf>([
    ['a certificate of a trusted authority', await trusted.issue({ hosts })],
    ['an authority that nobody knows', await stranger.issue({ hosts })],
    ['a certificate for another host', await trusted.issue({ hosts: ['sts.eu-west-1.amazonaws.com'] })],
    ['a certificate that has expired', await trusted.issue({ hosts, ...past })],
    ['a certificate that is not valid yet', await trusted.issue({ hosts, ...future })],
    ['a certificate for clients', await trusted.issue({ hosts, clientAuth: true })],
  ]);
  return { pem: trusted.pem, leaves };
}

describe('host/http over TLS', () => {
  const servers: (Server | ReturnType<typeof createPlainServer>)[] = [];
  const urls = new Map<Name, string>();
  const sent = new Map<string, readonly Sent[]>();
  const reached: string[] = [];
  let folder = '';

  async function start(name: Name, options?: ServerOptions): Promise<void> {
    const listener = (_: unknown, response: { end: () => unknown }): void => {
      reached.push(name);
      response.end();
    };
    const server = options === undefined ? createPlainServer(listener) : createServer(options, listener);
    server.on('tlsClientError', () => undefined);
    servers.push(server);
    await once(server.listen(0, '127.0.0.1'), 'listening');
    urls.set(name, `https://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  }

  before(async () => {
    const { pem, leaves } = await issueLeaves();
    for (const [name, { certificate, key }] of leaves) await start(name, { cert: certificate, key });
    await start('a server without TLS');
    folder = await mkdtemp(join(tmpdir(), 'http-over-tls-'));
    const authority = join(folder, 'authority.pem');
    await writeFile(authority, pem);
    const all = [...urls.values()];
    const [checked, unchecked] = await Promise.all([
      sendFromProcess(all, { NODE_EXTRA_CA_CERTS: authority }),
      sendFromProcess(all, { NODE_EXTRA_CA_CERTS: authority, NODE_TLS_REJECT_UNAUTHORIZED: '0' }),
    ]);
    sent.set('a plain environment', checked).set('NODE_TLS_REJECT_UNAUTHORIZED=0', unchecked);
  });

  after(async () => {
    for (const server of servers) {
      server.closeAllConnections();
      server.close();
    }
    await rm(folder, { recursive: true });
  });

  for (const environment of ['a plain environment', 'NODE_TLS_REJECT_UNAUTHORIZED=0']) {
    for (const { name, status, reason } of rows) {
      it(`${status === undefined ? 'refuses' : 'takes'} ${name} with ${environment}`, () => {
        const found = sent.get(environment)?.find(({ url }) => url === urls.get(name));
        assert.equal(found?.status, status, found?.message);
        if (reason === undefined) return;
        assert.equal(found?.code, 'NetworkTls', found?.message);
        assert.match(found.message ?? '', reason);
        assert.equal(found.retriable, false);
        assert.ok(!reached.includes(name));
      });
    }
  }

  it('NODE_TLS_REJECT_UNAUTHORIZED=0 set around a call changes nothing', async () => {
    const kept = process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
    try {
      const http = openHttp({ service: 'AWS STS', signal: new AbortController().signal, attemptMs: 5000 });
      const url = new URL(urls.get('an authority that nobody knows') ?? '');
      await assert.rejects(
        http.send({ method: 'POST', url, headers: { authorization: 'canary' }, body: 'canary' }),
        (error: WifError) => error.code === 'NetworkTls' && !error.message.includes('canary'),
      );
    } finally {
      if (kept === undefined) Reflect.deleteProperty(process.env, 'NODE_TLS_REJECT_UNAUTHORIZED');
      else process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = kept;
    }
  });
});

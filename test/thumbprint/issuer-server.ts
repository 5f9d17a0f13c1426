import { once } from 'node:events';
import { createServer, type SecureVersion, type TLSSocket } from 'node:tls';
import type { AddressInfo } from 'node:net';
import { redirectTo, type Answer } from '../fakes/faults.ts';
import { startRecordedServer, type RecordedServer } from '../fakes/recorded-server.ts';
import { keyPem, pem, type Made } from './chains.ts';

/** A server that speaks only TLS. */
export interface TlsServer {
  readonly url: URL;
  close(): Promise<void>;
}

/** Serves certificates exactly in the given order, with the first one's key. */
export async function serveChain(chain: readonly Made[], version?: SecureVersion): Promise<TlsServer> {
  const only = version === undefined ? {} : { minVersion: version, maxVersion: version };
  const sockets = new Set<TLSSocket>();
  const server = createServer({ ...(await identify(chain)), ...only }, socket => {
    sockets.add(socket.on('error', () => undefined));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: new URL(`https://127.0.0.1:${(server.address() as AddressInfo).port}`),
    close: async () => {
      sockets.forEach(socket => socket.destroy());
      server.close();
      await once(server, 'close');
    },
  };
}

async function identify(chain: readonly Made[]): Promise<{ readonly cert: string; readonly key: string }> {
  const [server] = chain;
  if (server === undefined) throw new Error('a server has a certificate');
  return { cert: chain.map(pem).join('\n'), key: await keyPem(server) };
}

export interface IssuerServer extends RecordedServer {
  /** Without `https://`, as IAM keeps a provider's URL. */
  readonly provider: string;
  /** Where the keys are; its own host in the beginning. */
  keysUrl: string;
}

/** Starts an issuer at `<address>/tenant` that serves a chain, a discovery document and keys. */
export async function startIssuer(chain: readonly Made[]): Promise<IssuerServer> {
  const { cert: certificate, key } = await identify(chain);
  const places = { issuer: '', keysUrl: '' };
  const respond = ({ path }: { readonly path: string }): Answer => {
    if (path === '/moved/.well-known/openid-configuration') return redirectTo(`${places.issuer}/elsewhere`);
    if (path !== '/tenant/.well-known/openid-configuration') return { status: 404, body: 'nothing here' };
    const body = JSON.stringify({ issuer: places.issuer, jwks_uri: places.keysUrl });
    return { status: 200, headers: { 'content-type': 'application/json' }, body };
  };
  const server = await startRecordedServer(respond, { tls: { certificate, key } });
  places.issuer = `${server.url}/tenant`;
  places.keysUrl = `${server.url}/keys`;
  const own = {
    provider: places.issuer.replace('https://', ''),
    get keysUrl() {
      return places.keysUrl;
    },
    set keysUrl(url: string) {
      places.keysUrl = url;
    },
  };
  return Object.create(server, Object.getOwnPropertyDescriptors(own)) as IssuerServer;
}

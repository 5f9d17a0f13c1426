import { isIP, type LookupFunction } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import type { TlsOptions } from '../tls.ts';

/** How one connection is made. */
export interface IssuerConnection {
  readonly tls: TlsOptions;
  readonly lookup: LookupFunction;
  readonly signal: AbortSignal;
}

/**
 * Returns the certificates that a server sends, DER, in its order, over a connection that passed every check. What the
 * local store adds to complete the chain is not among them.
 *
 * `getPeerCertificate(true)` would append the store's root. `getPeerX509Certificate()` holds the handshake's own list,
 * each certificate's `issuerCertificate` being just the next one; it empties that list, so it is asked once.
 */
export function readServedChain(url: URL, { tls, lookup, signal }: IssuerConnection): Promise<readonly Uint8Array[]> {
  return new Promise((resolve, reject) => {
    const host = url.hostname.replace(/^\[|\]$/g, '');
    const servername = isIP(host) === 0 ? { servername: host } : {};
    const socket = connect({ ...tls, host, port: Number(url.port || '443'), lookup, ...servername });
    const stop = (): void => {
      socket.destroy(signal.reason as Error);
    };
    signal.addEventListener('abort', stop, { once: true });
    socket.once('secureConnect', () => {
      resolve(listServed(socket));
      socket.destroy();
    });
    socket.on('error', reject);
    socket.once('close', () => {
      signal.removeEventListener('abort', stop);
      reject(new Error('socket hang up before the handshake was complete'));
    });
  });
}

function listServed(socket: TLSSocket): readonly Uint8Array[] {
  const chain: Uint8Array[] = [];
  for (let one = socket.getPeerX509Certificate(); one !== undefined; one = one.issuerCertificate) chain.push(one.raw);
  return chain;
}

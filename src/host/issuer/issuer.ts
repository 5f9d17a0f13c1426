import { request, type RequestOptions } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import type { DocumentAnswer } from '../../thumbprint/discovery.ts';
import type { Issuers } from '../../thumbprint/thumbprint-list.ts';
import { IssuerError } from '../../thumbprint/issuer-error.ts';
import { buildTlsOptions, type TlsOptions } from '../tls.ts';
import { explainIssuerFailure, issuerTimeout } from './issuer-failure.ts';
import { checkLiteralHost, openLookup, type AddressRules } from './public-address.ts';

export interface IssuerOptions extends AddressRules {
  /** Authorities that are trusted besides the public ones, PEM, one each. */
  readonly ca: readonly string[];
  /** Most milliseconds for one document or handshake; 10 s by default. */
  readonly attemptMs?: number;
}

/** Real documents have two or three kilobytes. */
const maxBytes = 100_000;

/**
 * Returns a reader of issuers. It trusts the public CAs and those given, whatever NODE_EXTRA_CA_CERTS and
 * NODE_TLS_REJECT_UNAUTHORIZED say; it uses no proxy, follows no redirect, and connects to public addresses only.
 */
export function openIssuers(options: IssuerOptions): Issuers {
  const tls = buildTlsOptions({ ca: options.ca, clientCertificate: undefined }, { pinned: true });
  const lookup = openLookup(options);
  const ask = async <Answer>(url: URL, act: (connection: IssuerConnection) => Promise<Answer>): Promise<Answer> => {
    checkLiteralHost(url, options);
    const ms = options.attemptMs ?? 10_000;
    const signal = AbortSignal.timeout(ms);
    try {
      return await act({ tls, lookup, signal });
    } catch (thrown) {
      throw signal.aborted ? issuerTimeout(url, ms) : explainIssuerFailure(thrown, url);
    }
  };
  return {
    readDocument: url => ask(url, connection => readDocument(url, connection)),
    readChain: url => ask(url, connection => readServedChain(url, connection)),
  };
}

function readDocument(url: URL, { tls, lookup, signal }: IssuerConnection): Promise<DocumentAnswer> {
  const headers = { accept: 'application/json', 'accept-encoding': 'identity' };
  const options: RequestOptions = { ...tls, lookup, signal, headers, agent: false };
  return new Promise((resolve, reject) => {
    const outgoing = request(url, options, incoming => {
      const { statusCode: status = 0 } = incoming;
      const { location } = incoming.headers;
      readText(incoming, url).then(body => {
        resolve({ status, location, body });
      }, reject);
    });
    outgoing.on('error', reject);
    outgoing.on('upgrade', (_, socket) => socket.destroy(new Error('the server switched protocols')));
    outgoing.on('close', () => {
      reject(new Error('socket hang up'));
    });
    outgoing.end();
  });
}

async function readText(incoming: AsyncIterable<unknown>, url: URL): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw tooLarge(url);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function tooLarge(url: URL): IssuerError {
  return new IssuerError({
    code: 'DiscoveryTooLarge',
    found: `${url.href} has more than ${maxBytes} bytes.`,
    expected: 'a discovery document of a few kilobytes.',
    remedy: 'Check which server responds there.',
  });
}

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
function readServedChain(url: URL, { tls, lookup, signal }: IssuerConnection): Promise<readonly Uint8Array[]> {
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

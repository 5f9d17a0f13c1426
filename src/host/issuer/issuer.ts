import { request, type RequestOptions } from 'node:https';
import type { DocumentAnswer } from '../../thumbprint/discovery.ts';
import type { Issuers } from '../../thumbprint/thumbprint-list.ts';
import { IssuerError } from '../../thumbprint/issuer-error.ts';
import { readServedChain, type IssuerConnection } from './certificate-chain.ts';
import { explainIssuerFailure, issuerTimeout } from './issuer-failure.ts';
import { checkLiteralHost, openLookup, type AddressRules } from './public-address.ts';
import { buildTlsOptions } from '../tls.ts';

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

import { Secret } from '../secret.ts';
import { isBypassExpression } from './bypass-list.ts';
import type { ProxyServer, ProxySettings } from './proxy.ts';
import type { ClientCertificate, TlsSettings } from './tls.ts';
import { isRecord } from '../json.ts';

/** How this machine reaches the outside. */
export interface NetworkSettings {
  readonly proxy: ProxySettings;
  readonly tls: TlsSettings;
}

/** Settings as plain JSON, with their secrets readable: for a file that only its owner reads, never for a log. */
export interface EncodedNetworkSettings {
  readonly proxy: Omit<ProxySettings, 'server'> & { readonly server: EncodedServer | null };
  readonly tls: Omit<TlsSettings, 'clientCertificate'> & { readonly clientCertificate: EncodedCertificate | null };
}

type EncodedServer = Omit<ProxyServer, 'credentials'> & {
  readonly credentials: { readonly username: string; readonly password: string } | null;
};

interface EncodedCertificate {
  readonly certificate: string;
  readonly key: string;
  readonly passphrase: string | null;
}

/** Returns settings as plain JSON values; the secrets in them are readable. */
export function encodeNetworkSettings({ proxy, tls }: NetworkSettings): EncodedNetworkSettings {
  const { server } = proxy;
  const own = tls.clientCertificate;
  return {
    proxy: { ...proxy, server: server === undefined ? null : encodeServer(server) },
    tls: {
      ca: tls.ca,
      clientCertificate:
        own === undefined ? null : { ...own, key: own.key.reveal(), passphrase: own.passphrase?.reveal() ?? null },
    },
  };
}

/** Returns the settings that were encoded, undefined for anything else. */
export function decodeNetworkSettings(value: unknown): NetworkSettings | undefined {
  if (!isEncoded(value)) return undefined;
  const { proxy, tls } = value;
  return {
    proxy: {
      server: proxy.server === null ? undefined : decodeServer(proxy.server),
      bypassExpressions: proxy.bypassExpressions,
      noProxy: proxy.noProxy,
    },
    tls: {
      ca: tls.ca,
      clientCertificate: tls.clientCertificate === null ? undefined : decodeCertificate(tls.clientCertificate),
    },
  };
}

function encodeServer(server: ProxyServer): EncodedServer {
  const { credentials } = server;
  return {
    ...server,
    credentials:
      credentials === undefined ? null : { username: credentials.username, password: credentials.password.reveal() },
  };
}

function decodeServer({ credentials, ...server }: EncodedServer): ProxyServer {
  if (credentials === null) return { ...server, credentials: undefined };
  return { ...server, credentials: { ...credentials, password: new Secret(credentials.password) } };
}

function decodeCertificate({ certificate, key, passphrase }: EncodedCertificate): ClientCertificate {
  return {
    certificate,
    key: new Secret(key),
    passphrase: passphrase === null ? undefined : new Secret(passphrase),
  };
}

function isEncoded(value: unknown): value is EncodedNetworkSettings {
  if (!isRecord(value) || !isRecord(value['proxy']) || !isRecord(value['tls'])) return false;
  const { proxy, tls } = value;
  return (
    isTexts(proxy['bypassExpressions']) &&
    proxy['bypassExpressions'].every(isBypassExpression) &&
    isTexts(proxy['noProxy']) &&
    isTexts(tls['ca']) &&
    (proxy['server'] === null || isServer(proxy['server'])) &&
    (tls['clientCertificate'] === null || isCertificate(tls['clientCertificate']))
  );
}

function isServer(value: unknown): value is EncodedServer {
  if (!isRecord(value)) return false;
  const { protocol, host, port, setting, credentials } = value;
  const isWhole = typeof host === 'string' && Number.isInteger(port) && typeof setting === 'string';
  if ((protocol !== 'http:' && protocol !== 'https:') || !isWhole) return false;
  return credentials === null || (isRecord(credentials) && isTexts([credentials['username'], credentials['password']]));
}

function isCertificate(value: unknown): value is EncodedCertificate {
  if (!isRecord(value)) return false;
  const { certificate, key, passphrase } = value;
  return isTexts([certificate, key]) && (passphrase === null || typeof passphrase === 'string');
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every(entry => typeof entry === 'string');
}

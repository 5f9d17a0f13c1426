import { BlockList, isIP, isIPv6 } from 'node:net';
import { isLiteralLoopback } from '../identity/token-url.ts';
import type { Secret } from '../secret.ts';
import { compileUrlPattern, type StepLimit } from './url-pattern.ts';

export interface ProxyCredentials {
  readonly username: string;
  readonly password: Secret;
}

export interface ProxyServer {
  readonly protocol: 'http:' | 'https:';
  /** Without the brackets of an IPv6 address. */
  readonly host: string;
  readonly port: number;
  readonly credentials: ProxyCredentials | undefined;
  /** What configured it, for errors: Agent.ProxyUrl or an environment variable. */
  readonly setting: string;
}

/** The one proxy of a step and what does not go through it. */
export interface ProxySettings {
  readonly server: ProxyServer | undefined;
  /** The agent's list: regular expressions that `compileUrlPattern` accepts; any other matches nothing. */
  readonly bypassExpressions: readonly string[];
  /** The entries of NO_PROXY. */
  readonly noProxy: readonly string[];
}

/**
 * Returns the proxy that a URL is reached through, undefined for a direct connection. Loopback is always direct. A list of
 * expressions that takes too long ends as if the rest of it did not match.
 */
export function chooseProxy(url: URL, settings: ProxySettings): ProxyServer | undefined {
  if (url.protocol !== 'https:' || isLiteralLoopback(url) || url.hostname === 'localhost') return undefined;
  const limit = { left: maxSteps };
  if (settings.bypassExpressions.some(expression => isBypassed(expression, url, limit))) return undefined;
  if (settings.noProxy.some(entry => isCovered(entry, url))) return undefined;
  return settings.server;
}

/** Returns a proxy's host and port, for logs and errors. */
export function describeProxy({ host, port }: ProxyServer): string {
  return formatAuthority(host, port);
}

/** For the whole list and one URL: less than a second, and enough for a thousand everyday entries. */
const maxSteps = 5_000_000;

/** The agent matches scheme, host and port, the task library the whole URL; either counts. */
function isBypassed(expression: string, url: URL, limit: StepLimit): boolean {
  const pattern = compileUrlPattern(expression);
  if (pattern instanceof Error) return false;
  return pattern.test(url.origin, limit) || pattern.test(url.href, limit);
}

/** An entry is `*`, an address, a network or a host with its subdomains, each perhaps with a port. */
function isCovered(entry: string, url: URL): boolean {
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|(.+?))(?::(\d+))?$/.exec(entry.toLowerCase()) ?? [];
  const pattern = bracketed ?? plain ?? '';
  const host = url.hostname.replace(/^\[|\]$|\.$/g, '');
  if (isIPv6(entry)) return isInNetwork(entry, host);
  if (port !== undefined && port !== (url.port || '443')) return false;
  if (isIP(host) !== 0) return pattern === '*' || isInNetwork(pattern, host);
  if (pattern.startsWith('*')) return host.endsWith(pattern.slice(1));
  const domain = pattern.replace(/^\./, '');
  return domain !== '' && (host === domain || host.endsWith(`.${domain}`));
}

function isInNetwork(network: string, address: string): boolean {
  const [, base = '', bits] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(network) ?? [];
  if (isIP(base) === 0 || isIP(base) !== isIP(address)) return false;
  const [widest, family] = isIPv6(base) ? ([128, 'ipv6'] as const) : ([32, 'ipv4'] as const);
  const prefix = Number(bits ?? widest);
  if (prefix > widest) return false;
  const list = new BlockList();
  list.addSubnet(base, prefix, family);
  return list.check(address, family);
}

/** Returns host and port as they are in a URL and in a CONNECT. */
export function formatAuthority(host: string, port: number): string {
  return `${isIPv6(host) ? `[${host}]` : host}:${port}`;
}

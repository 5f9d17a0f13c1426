import { BlockList, isIP, isIPv6 } from 'node:net';
import { WifError } from '../errors.ts';
import { isLiteralLoopback } from '../identity/token-url.ts';
import { Secret } from '../secret.ts';
import { isBypassed, readBypassList } from './bypass-list.ts';

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

/** Values of the agent's variables, undefined if it has none. */
export interface ProxyVariables {
  readonly 'Agent.ProxyUrl': string | undefined;
  readonly 'Agent.ProxyUsername': string | undefined;
  readonly 'Agent.ProxyBypassList': string | undefined;
}

export interface ReadProxySettings {
  readonly settings: ProxySettings;
  /** What was ignored, each a sentence. */
  readonly warnings: readonly string[];
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Returns the proxy that the agent was configured with, else that of the environment (https_proxy before HTTPS_PROXY, as
 * curl does), with the exceptions that belong to it. Throws `ProxyInvalid` for one that is no http or https URL.
 */
export function readProxySettings(
  variables: ProxyVariables,
  environment: Environment,
  password: Secret | undefined,
): ReadProxySettings {
  const agentUrl = variables['Agent.ProxyUrl']?.trim() ?? '';
  if (agentUrl !== '') {
    const username = variables['Agent.ProxyUsername'] ?? '';
    const login = username === '' ? undefined : { username, password: password ?? new Secret('') };
    const { expressions, warnings } = readBypassList(variables['Agent.ProxyBypassList'] ?? '');
    const server = parseServer('Agent.ProxyUrl', agentUrl, login);
    return { settings: { server, bypassExpressions: expressions, noProxy: [] }, warnings };
  }
  const own = findSet(environment, ['https_proxy', 'HTTPS_PROXY']);
  const noProxy = findSet(environment, ['no_proxy', 'NO_PROXY'])?.value.split(/[\s,]+/) ?? [];
  const server = own === undefined ? undefined : parseServer(own.name, own.value, undefined);
  return { settings: { server, bypassExpressions: [], noProxy: noProxy.filter(entry => entry !== '') }, warnings: [] };
}

function findSet(environment: Environment, names: readonly string[]): { name: string; value: string } | undefined {
  return names.map(name => ({ name, value: environment[name]?.trim() ?? '' })).find(({ value }) => value !== '');
}

/** A value without a scheme is read as every other tool reads it: `proxy:3128` is an http proxy. */
function parseServer(setting: string, value: string, login: ProxyCredentials | undefined): ProxyServer {
  const text = /^[a-z][a-z\d+.-]*:\/\//i.test(value) ? value : `http://${value}`;
  if (!URL.canParse(text)) throw invalid(`${setting} is not a URL`);
  const url = new URL(text);
  const { protocol, hostname, port } = url;
  if (protocol !== 'http:' && protocol !== 'https:') throw invalid(`${setting} is ${protocol}//${url.host}`);
  const standard = protocol === 'https:' ? 443 : 80;
  return {
    protocol,
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? standard : Number(port),
    credentials: login ?? readUserinfo(url),
    setting,
  };
}

function readUserinfo({ username, password }: URL): ProxyCredentials | undefined {
  if (username === '' && password === '') return undefined;
  return { username: decode(username), password: new Secret(decode(password)) };
}

/**
 * Returns a user name or password as it was typed. Passwords are often written as they are, so each escape is judged on
 * its own: one that stands for a character is decoded, any other % stays. URL has escaped some characters besides.
 */
function decode(text: string): string {
  return text.replace(escapedCharacter, escape => tryToDecode(escape) ?? escape);
}

/** One to four escaped bytes, as many as the first one announces (RFC 3629, section 3). */
const escapedCharacter =
  /%[0-7][\da-f]|%[cd][\da-f]%[89ab][\da-f]|%e[\da-f](?:%[89ab][\da-f]){2}|%f[\da-f](?:%[89ab][\da-f]){3}/gi;

function tryToDecode(escapes: string): string | undefined {
  try {
    return decodeURIComponent(escapes);
  } catch {
    return undefined;
  }
}

/** The value itself is not shown: it may hold a password. */
function invalid(found: string): WifError {
  return new WifError({
    code: 'ProxyInvalid',
    found: `${found}, so the proxy cannot be used.`,
    expected: 'the URL of an http or https proxy: http://proxy.example.com:3128.',
    remedy: "Correct the agent's proxy configuration or the environment variable, or remove it if there is no proxy.",
  });
}

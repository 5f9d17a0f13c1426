import { WifError } from '../errors.ts';
import { cutText } from '../outside-text.ts';
import { Secret } from '../secret.ts';
import type { ProxyCredentials, ProxyServer, ProxySettings } from './proxy.ts';
import { compileUrlPattern } from './url-pattern.ts';

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
  return text.replace(/(?:%[0-9a-f]{2})+/gi, decodeEscapes);
}

/** Bytes of UTF-8 become characters; those that are none stay escaped. */
function decodeEscapes(escapes: string): string {
  // At most four bytes make a character.
  for (const length of [3, 6, 9, 12]) {
    const character = tryToDecode(escapes.slice(0, length));
    if (character !== undefined) return character + decode(escapes.slice(length));
  }
  return escapes === '' ? '' : escapes.slice(0, 3) + decode(escapes.slice(3));
}

function tryToDecode(escapes: string): string | undefined {
  try {
    return decodeURIComponent(escapes);
  } catch {
    return undefined;
  }
}

/** The longest list that is read, in characters and in entries. */
const maxListLength = 100_000;
const maxEntries = 1000;

interface BypassList {
  readonly expressions: readonly string[];
  readonly warnings: readonly string[];
}

function readBypassList(text: string): BypassList {
  if (text.length > maxListLength) return ignoreAll(`is longer than ${maxListLength} characters`);
  const listed = parseList(text);
  if (listed === undefined) return ignoreAll('is not a JSON array of strings');
  if (listed.length > maxEntries) return ignoreAll(`has more than ${maxEntries} entries`);
  const entries = listed.map(entry => entry.trim()).filter(entry => entry !== '');
  const judged = entries.map(entry => ({ entry, fault: explainIgnored(entry) }));
  return {
    expressions: judged.filter(({ fault }) => fault === undefined).map(({ entry }) => entry),
    warnings: summarizeIgnored(judged.flatMap(({ fault }) => fault ?? [])),
  };
}

function ignoreAll(why: string): BypassList {
  return { expressions: [], warnings: [`Agent.ProxyBypassList ${why} and is ignored.`] };
}

function explainIgnored(entry: string): string | undefined {
  const pattern = compileUrlPattern(entry);
  return pattern instanceof Error ? `"${cutText(entry, 100)}", which ${pattern.why}` : undefined;
}

/** Returns whether the text can be an entry of the agent's bypass list: a regular expression that is supported here. */
export function isBypassExpression(text: string): boolean {
  return explainIgnored(text) === undefined;
}

/** A list may be wrong all through; ten warnings show what is wrong with it. */
function summarizeIgnored(ignored: readonly string[]): readonly string[] {
  const shown = ignored.slice(0, 10);
  const more = ignored.length - shown.length;
  return [
    ...shown.map(found => `Agent.ProxyBypassList contains ${found}. This entry is ignored.`),
    ...(more === 0 ? [] : [`Agent.ProxyBypassList contains ${more} more entries that are ignored.`]),
  ];
}

function parseList(text: string): readonly string[] | undefined {
  if (text.trim() === '') return [];
  try {
    const list: unknown = JSON.parse(text);
    return Array.isArray(list) && list.every(entry => typeof entry === 'string') ? list : undefined;
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

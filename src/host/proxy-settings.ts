import { WifError } from '../errors.ts';
import { Secret } from '../secret.ts';
import type { ProxyCredentials, ProxyServer, ProxySettings } from './proxy.ts';

/** Values of the agent's variables, undefined where it has none. */
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
 * Returns a user name or password as it was typed. Passwords are often written as they are, so each escape is judged by
 * itself: one that stands for a character is decoded, any other % stays. URL has escaped some characters besides.
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

function readBypassList(text: string): { expressions: readonly string[]; warnings: readonly string[] } {
  const listed = parseList(text);
  if (listed === undefined) {
    return { expressions: [], warnings: ['Agent.ProxyBypassList is no JSON list of texts; it is ignored.'] };
  }
  const entries = listed.map(entry => entry.trim()).filter(entry => entry !== '');
  const ignored = entries.filter(entry => !isExpression(entry));
  return {
    expressions: entries.filter(isExpression),
    warnings: ignored.map(
      entry => `Agent.ProxyBypassList holds "${entry}", which is no regular expression; this entry is ignored.`,
    ),
  };
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

/** Returns whether a text can stand among the expressions of the agent's bypass list. */
export function isExpression(text: string): boolean {
  try {
    return new RegExp(text, 'i') instanceof RegExp;
  } catch {
    return false;
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

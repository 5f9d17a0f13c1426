import { Agent, type IncomingMessage, type RequestOptions } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { AdoHttpClient } from 'azure-devops-node-api/AdoHttpClientBases.js';
import { BearerCredentialHandler } from 'azure-devops-node-api/handlers/bearertoken.js';
import { PersonalAccessTokenCredentialHandler } from 'azure-devops-node-api/handlers/personalaccesstoken.js';
import type {
  IHttpClientResponse,
  IRequestHandler,
  IRequestInfo,
} from 'azure-devops-node-api/interfaces/common/VsoBaseInterfaces.js';
import { isHost, readRetryAfter } from '../identity/http.ts';
import { readReason } from '../identity/service-reason.ts';
import { alignBase64, listEscapes } from '../secret-forms.ts';
import type { Secret } from '../secret.ts';
import { AzureDevOpsError, type Refusal } from './rest-records.ts';
import { isRecord, parseJson } from '../json.ts';

export interface RestApiOptions {
  /** The organization's URL, checked already: the token is sent there, and nowhere else. */
  readonly url: URL;
  /** A personal access token, or an Entra token. */
  readonly token: Secret;
  /** Of one answer; a megabyte by default. */
  readonly maxBytes?: number | undefined;
  /** Shared by all requests to the organization. */
  readonly patience?: Patience;
  /** Is told of a wait of a second or more before it begins, once for requests that wait together. */
  readonly onWait?: OnWait;
  /** Returns what https requests leave by; undefined, as by default: directly. The library's own reading of proxies is not used. */
  readonly chooseAgent?: (url: URL) => HttpsAgent | undefined;
}

const defaultMaxBytes = 1_000_000;
const socketTimeout = 30_000;

/** Gets the status that asks for a wait, and how long it is. */
type OnWait = (status: number, ms: number) => void;

/**
 * How long the requests to an organization wait for it, in all. Once one is refused although it waited, or is told to wait for
 * too long, none waits any more: neither those that are waiting, which nobody may want then, nor later ones.
 */
export class Patience {
  readonly #end = new AbortController();
  readonly #onWait: OnWait;
  #leftMs: number;
  #saidUntilMs = 0;

  /** Ten minutes by default: hundreds of requests that wait for a minute each look like a hang. */
  constructor(leftMs = 600_000, onWait: OnWait = () => undefined) {
    this.#leftMs = leftMs;
    this.#onWait = onWait;
  }

  /** Returns whether a time was waited; false, at once, if it is not worth it. */
  async wait(ms: number, status = 429): Promise<boolean> {
    this.#leftMs -= ms;
    if (this.#leftMs < 0) this.end();
    if (!this.#end.signal.aborted) this.#say(ms, status);
    try {
      await sleep(ms, undefined, { signal: this.#end.signal });
      return true;
    } catch {
      return false;
    }
  }

  #say(ms: number, status: number): void {
    const untilMs = Date.now() + ms;
    if (ms < 1000 || untilMs - this.#saidUntilMs < 1000) return;
    this.#saidUntilMs = untilMs;
    this.#onWait(status, ms);
  }

  end(): void {
    this.#end.abort();
  }
}

interface Api {
  readonly rest: { client: AdoHttpClient };
}

/**
 * Returns a client of the library without the look-up of resource areas, which would name further hosts for the token,
 * without redirects and without authentication across origins. Its calls reject with AzureDevOpsError.
 */
export function openApi<T extends Api>(
  Kind: new (url: string, handlers: IRequestHandler[], options: object) => T,
  { url, token, maxBytes = defaultMaxBytes, patience = new Patience(), chooseAgent = () => undefined }: RestApiOptions,
): T {
  const handlers = [chooseHandler(token.reveal()), checkedTransport(url, chooseAgent(url))];
  const options = { allowRedirects: false, maxRedirects: 0, allowRetries: false, socketTimeout, keepAlive: true };
  const api = new Kind(url.href, handlers, options);
  api.rest.client = new WatchedClient({ token, maxBytes, patience }, handlers, options);
  return api;
}

/**
 * A personal access token holds no dot. Whatever holds one is an Entra token or one of Azure DevOps, of three parts or, where
 * it is encrypted, of five: only Azure DevOps looks into it.
 */
function chooseHandler(token: string): IRequestHandler {
  return token.includes('.')
    ? new BearerCredentialHandler(token, false)
    : new PersonalAccessTokenCredentialHandler(token, false);
}

/**
 * Certificates are checked whatever the environment says, and loopback is reached without a proxy. The library would search
 * NO_PROXY's entries in the whole URL, where an organization's name may hold one.
 */
function checkedTransport({ protocol }: URL, chosen: HttpsAgent | undefined): IRequestHandler {
  const agent = protocol === 'http:' ? new Agent({ keepAlive: true }) : (chosen ?? new HttpsAgent({ keepAlive: true }));
  return {
    prepareRequest: (options: RequestOptions) => {
      Object.assign(options.headers ?? {}, { 'accept-encoding': 'identity' });
      Object.assign(options, { agent, rejectUnauthorized: true });
    },
    canHandleAuthentication: () => false,
    handleAuthentication: () => Promise.reject(new TypeError('not for this handler')),
  };
}

/** The library takes a missing answer, a sign-in page and an empty answer for the same: so each is judged before. */
class WatchedClient extends AdoHttpClient {
  readonly #token: Secret;
  readonly #maxBytes: number;
  readonly #patience: Patience;
  #wasAnswered = false;

  constructor(
    limits: Required<Pick<RestApiOptions, 'token' | 'patience'>> & { readonly maxBytes: number },
    handlers: IRequestHandler[],
    options: object,
  ) {
    super('aws-wif', handlers, options);
    this.#token = limits.token;
    this.#maxBytes = limits.maxBytes;
    this.#patience = limits.patience;
  }

  override async requestRaw(info: IRequestInfo, data: string | NodeJS.ReadableStream): Promise<IHttpClientResponse> {
    for (let waits = 0; ; waits += 1) {
      const { message } = await this.#ask(info, data);
      const body = await readBody(message, this.#maxBytes);
      this.#wasAnswered = true;
      if (await this.#waitFor(message, waits)) continue;
      judge(message, body, this.#token);
      return { message, readBody: () => Promise.resolve(body) };
    }
  }

  /** Waits where an answer asks for that; returns whether the request is to be sent again. */
  async #waitFor(message: IncomingMessage, waits: number): Promise<boolean> {
    const waitMs = readWait(message);
    if (waitMs === undefined) return false;
    if (waits < maxWaits && waitMs <= maxWaitMs) return this.#patience.wait(waitMs, message.statusCode);
    this.#patience.end();
    return false;
  }

  /** The service may close a connection that was kept while it is used again. All requests read, so that one is repeated. */
  async #ask(info: IRequestInfo, data: string | NodeJS.ReadableStream): Promise<IHttpClientResponse> {
    try {
      return await super.requestRaw(info, data);
    } catch (thrown) {
      if (!this.#wasAnswered || !isReset(thrown)) throw thrown;
      return super.requestRaw(info, data);
    }
  }
}

/** How often one request waits, and the longest of its waits: where the service asks for more, its answer is an error. */
const maxWaits = 3;
const maxWaitMs = 30_000;

/**
 * Returns how long to wait before a request is sent again, where the service asks for that: an organization with hundreds of
 * projects is throttled in the middle of being read.
 *
 * @see https://learn.microsoft.com/azure/devops/integrate/concepts/rate-limits
 */
function readWait({ statusCode, headers }: IncomingMessage): number | undefined {
  if (statusCode !== 429 && statusCode !== 503) return undefined;
  return readRetryAfter({ 'retry-after': headers['retry-after'] ?? '', date: headers.date ?? '' }, Date.now());
}

function isReset(thrown: unknown): boolean {
  return isRecord(thrown) && (thrown['code'] === 'ECONNRESET' || thrown['code'] === 'EPIPE');
}

async function readBody(message: IncomingMessage, most: number): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > most) throw new AzureDevOpsError('too-large', message.statusCode ?? 0, undefined);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function judge({ statusCode: status = 0, headers }: IncomingMessage, body: string, token: Secret): void {
  const value = parseJson(body);
  const refusal = nameRefusal(status, headers['content-type'] ?? '', value);
  if (refusal === undefined) return;
  const texts = Object.entries(headers).map(([name, text]) => [name, String(text)] as const);
  const { message } = readReason({ headers: Object.fromEntries(texts), body });
  const said = refusal === 'redirected' ? readHost(headers.location) : message;
  throw new AzureDevOpsError(refusal, status, said === undefined ? undefined : hideToken(said, token));
}

/** A proxy may answer with what it was sent: the token or its header as they are, escaped, or as Base64. */
function hideToken(text: string, token: Secret): string {
  const value = token.reveal();
  const headers = ['PAT', ''].map(user => Buffer.from(`${user}:${value}`).toString('base64'));
  const forms = [...headers, ...headers.map(header => header.replaceAll('=', '')), value, ...alignBase64(value)];
  const all = forms.flatMap(form => [...listEscapes(form), form]).filter(form => form.length > 3);
  return all.reduce((hidden, secret) => hidden.replaceAll(secret, '***'), text);
}

const refusals: Readonly<Record<number, Refusal>> = {
  203: 'sign-in',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not-found',
  429: 'throttled',
};

function nameRefusal(status: number, contentType: string, value: unknown): Refusal | undefined {
  const known = refusals[status];
  if (known !== undefined) return known;
  if (status >= 500) return 'unavailable';
  if (status >= 400) return 'rejected';
  if (status >= 300) return 'redirected';
  if (contentType.startsWith('text/html')) return 'sign-in';
  return value === undefined ? 'unreadable' : undefined;
}

/** Only the host of where a redirect points: the rest may hold anything. */
function readHost(location: string | undefined): string | undefined {
  const { host } = location !== undefined && URL.canParse(location) ? new URL(location) : { host: '' };
  return isHost(host) ? host : undefined;
}

import type { IncomingHttpHeaders } from 'node:http';

export interface RecordedRequest {
  readonly method: string;
  /** Path and query as they came. */
  readonly url: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<IncomingHttpHeaders>;
  readonly body: string;
  /** Which TCP connection it came on, counted from 1. */
  readonly connection: number;
  readonly remoteAddress: string;
  /** Common name of the client's certificate, where one was asked for and given. */
  readonly clientCertificate: string | undefined;
  readonly receivedAt: number;
}

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string | Uint8Array;
}

/** An answer that has nothing to do with the request. */
export type AnswerFault = { readonly kind: 'answer' } & Answer;

/** What can go wrong on the wire. The kinds marked * first let the stand-in do its work, as a real service would have. */
export type Fault =
  | { readonly kind: 'reset-before-headers' }
  | { readonly kind: 'reset-after-answer-is-made' } // *: the work is done, the caller never hears of it
  | { readonly kind: 'reset-after-headers' } // *
  | { readonly kind: 'reset-mid-body' } // *
  | { readonly kind: 'hang' }
  | { readonly kind: 'hang-after-headers' } // *
  | { readonly kind: 'drip'; readonly chunkBytes: number; readonly everyMs: number } // *
  | { readonly kind: 'delay'; readonly ms: number } // *
  | { readonly kind: 'truncate' } // *: half of the body, with a content-length that agrees
  | { readonly kind: 'gzip' } // *
  | { readonly kind: 'alter'; readonly alter: (answer: Answer) => Answer } // *
  | AnswerFault
  | { readonly kind: 'huge-body'; readonly megabytes: number; readonly status?: number; readonly contentType?: string }
  | { readonly kind: 'raw'; readonly bytes: string }; // bytes that need not be HTTP

export type Matching = (request: RecordedRequest) => boolean;

/** What the next requests shall meet; the first planned entry that fits a request is used up by it. */
export interface Plan<T> {
  add(entry: T, times?: number, matching?: Matching): void;
  take(request: RecordedRequest): T | undefined;
  clear(): void;
}

export function createPlan<T>(): Plan<T> {
  const planned: { readonly entry: T; readonly matching: Matching; left: number }[] = [];
  return {
    add: (entry, times = 1, matching = () => true) => planned.push({ entry, matching, left: times }),
    take: request => {
      const next = planned.find(({ left, matching }) => left > 0 && matching(request));
      if (next) next.left -= 1;
      return next?.entry;
    },
    clear: () => planned.splice(0),
  };
}

/** A sign-in page instead of an answer, as Azure DevOps gives to a bad token: status 203 or 200, HTML. */
export function signInPage(status = 203): AnswerFault {
  const body = '<!DOCTYPE html><html><head><title>Azure DevOps Services | Sign In</title></head><body></body></html>';
  const headers = { 'content-type': 'text/html; charset=utf-8', 'x-tfs-processid': crypto.randomUUID() };
  return { kind: 'answer', status, headers, body };
}

/** A redirect as ASP.NET writes it. */
export function redirectTo(location: string, status = 302): AnswerFault {
  const body = `<html><head><title>Object moved</title></head><body><h2>Object moved to <a href="${location}">here</a>.</h2></body></html>`;
  return { kind: 'answer', status, headers: { location, 'content-type': 'text/html; charset=utf-8' }, body };
}

/** An answer that asks to come back later; `after` is seconds or an HTTP date. */
export function retryAfter(status: number, after: number | string, body = ''): AnswerFault {
  return { kind: 'answer', status, headers: { 'retry-after': String(after), 'content-type': 'text/plain' }, body };
}

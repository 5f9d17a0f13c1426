import { WifError } from '../errors.ts';

/** One HTTP request as a value. The body may hold a token: never print it. */
export interface HttpRequest {
  readonly method: 'POST';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** One HTTP answer as a value; header names in lower case. The body may hold credentials: never print it. */
export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * Sends one request and returns its answer, whatever its status. It follows no redirect and throws a WifError when no
 * answer comes.
 */
export interface Http {
  send(request: HttpRequest): Promise<HttpResponse>;
}

/**
 * Returns how many milliseconds a `Retry-After` header asks to wait, from now; undefined if there is none to be
 * understood. Both of its forms are read: seconds, and an HTTP date, which is compared with the answer's own Date if
 * there is one: the host's clock may be hours off. Longer than a billion seconds counts as that; a number that is none of
 * seconds, such as -5 or 1.5, is not understood, though JavaScript takes it for a date.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
 */
export function readRetryAfter(headers: Readonly<Record<string, string>>, nowMs: number): number | undefined {
  const value = headers['retry-after']?.trim();
  if (value === undefined) return undefined;
  if (/^\d+$/.test(value)) return Math.min(Number(value), 1e9) * 1000;
  const date = /^[a-z]{3,9}, .{5,20} \d\d:\d\d:\d\d GMT$/i.test(value) ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(date)) return undefined;
  const answered = Date.parse(headers['date'] ?? '');
  return Math.max(0, date - (Number.isNaN(answered) ? nowMs : answered));
}

/** Returns the refusal of a redirect: it is never followed, since that would carry a token to another host. */
export function redirected({ status, headers }: HttpResponse): WifError {
  return new WifError({
    code: 'RedirectRefused',
    found: `The response was a redirect (${status}) to ${nameTarget(headers['location'] ?? '')}; it was not followed.`,
    expected: 'a response from the service itself.',
    remedy:
      "Check for a proxy or captive portal in between. If Azure DevOps redirects to its sign-in page, it did not accept the job's access token: run the job again.",
  });
}

/** The host alone: the rest of such an address may hold anything. `//host/path` names a host, too. */
function nameTarget(location: string): string {
  const here = 'https://same.invalid';
  if (location === '' || !URL.canParse(location, here)) return 'nowhere';
  const { origin, host } = new URL(location, here);
  if (origin === here) return 'the same host';
  return isHost(host) ? host : 'no valid host';
}

/** Returns whether a URL's host can be one: a URL accepts other characters, with which anything may stand in the host's place. */
export function isHost(host: string): boolean {
  return /^(?:[\w.-]{1,253}|\[[\da-f:.]+\])(?::\d+)?$/i.test(host);
}

/** One HTTP request as a value. The body may hold a token: never print it. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST';
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
 * Returns how many milliseconds a `Retry-After` header asks to wait, from now; undefined where there is none to be
 * understood. Both of its forms are read: seconds and an HTTP date.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
 */
export function readRetryAfter(headers: Readonly<Record<string, string>>, nowMs: number): number | undefined {
  const value = headers['retry-after']?.trim();
  if (value === undefined) return undefined;
  if (/^\d{1,6}$/.test(value)) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMs);
}

import { asWifError, WifError } from '../errors.ts';
import { readRetryAfter, redirected, type HttpResponse } from '../identity/http.ts';
import { doubtRegion } from '../session/region-names.ts';
import { judgeStsRefusal, type StsContext } from '../session/sts-refusal.ts';
import type { StsError } from './read-sts-error.ts';

/** A call that did not end in an answer: what was thrown, what STS said if it spoke, and what came over the wire. */
export interface StsFailure {
  readonly thrown: unknown;
  readonly service: StsError | undefined;
  readonly response: HttpResponse | undefined;
}

/** Far more than any answer of STS has. Parsed XML takes a hundred times its own memory. */
const maxCharacters = 100_000;

/** Returns whether an answer is XML without a document type, as STS writes it; anything else is not parsed. */
export function isXml(response: HttpResponse): boolean {
  if (response.body.length > maxCharacters) return false;
  return /^\s*<(?:\?xml|ErrorResponse|AssumeRole)/.test(response.body) && !/<!(?:DOCTYPE|ENTITY)/i.test(response.body);
}

/** Returns the error of a call that failed: a refusal of STS, or something in its place that is not STS. */
export function judgeFailure({ thrown, service, response }: StsFailure, context: StsContext): WifError {
  if (thrown instanceof WifError) return suspectRegion(thrown, context);
  if (response === undefined) return asWifError(thrown);
  const { status, headers } = response;
  if (status >= 300 && status < 400) return redirected(response);
  const retryAfterMs = readRetryAfter(headers, Date.now());
  if (service !== undefined) {
    return judgeStsRefusal({ ...service, status, retryAfterMs }, context);
  }
  if (status < 500 && status !== 429) return unreadable(status);
  return judgeStsRefusal({ code: 'no error code', message: 'no message', status, retryAfterMs }, context);
}

/** The host of a Region's endpoint holds its code: one that is misspelt looks like trouble with DNS or a proxy. */
function suspectRegion(error: WifError, { region }: StsContext): WifError {
  const [fault] = error.faults;
  const doubt = fault?.found.includes(`.${region}.`) === true && doubtRegion(region);
  return fault && doubt ? new WifError({ ...fault, remedy: `${doubt} ${fault.remedy}` }, error) : error;
}

/** The parser's own message quotes the answer, which may hold keys, so it is not kept as a cause. */
function unreadable(status: number): WifError {
  return new WifError({
    code: 'StsAnswerUnreadable',
    found: `The response (status ${status}) did not come from AWS STS.`,
    expected: 'XML of the AWS STS query API.',
    remedy:
      'Check where stsEndpoint points and whether a proxy or captive portal answers in place of AWS, then run the job again.',
  });
}

import type { Answer, AnswerFault } from './faults.ts';

/** Thrown where IAM or STS says no. */
export class IamRefusal extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** An element's content: text, elements in order, or a list of `member`s; undefined leaves the element out. */
export type Xml = string | number | undefined | readonly Xml[] | { readonly [name: string]: Xml };

const namespaces = {
  iam: 'https://iam.amazonaws.com/doc/2010-05-08/',
  sts: 'https://sts.amazonaws.com/doc/2011-06-15/',
} as const;

export type Service = keyof typeof namespaces;

const requestId = '00000000-0000-0000-0000-000000000001';

/** A result in the query protocol's envelope. */
export function sendResult(service: Service, action: string, result: Xml): Answer {
  const body = write({ [`${action}Result`]: result, ResponseMetadata: { RequestId: requestId } });
  return xml(200, `<${action}Response xmlns="${namespaces[service]}">${body}</${action}Response>`);
}

export function sendRefusal(service: Service, { status, code, message }: IamRefusal): Answer {
  const error = { Type: status < 500 ? 'Sender' : 'Receiver', Code: code, Message: message };
  const body = write({ Error: error, RequestId: requestId });
  return xml(status, `<ErrorResponse xmlns="${namespaces[service]}">${body}</ErrorResponse>`);
}

function faultOf(status: number, code: string, message: string): AnswerFault {
  return { kind: 'answer', ...sendRefusal('iam', new IamRefusal(status, code, message)) };
}

/** What can go wrong at a call. All but `lost` happen before anything is done. */
export const iamFaults = {
  failure: faultOf(500, 'ServiceFailure', 'The request processing has failed because of an unknown error.'),
  denied: faultOf(403, 'AccessDenied', 'User: arn:aws:iam::111111111111:user/admin is not authorized to do this'),
  throttled: faultOf(400, 'Throttling', 'Rate exceeded'),
  reset: { kind: 'reset-before-headers' },
  /** It is done, and the caller never hears of it. */
  lost: { kind: 'reset-after-answer-is-made' },
} as const;

function xml(status: number, body: string): Answer {
  return { status, headers: { 'content-type': 'text/xml', 'x-amzn-requestid': requestId }, body };
}

function write(content: Xml): string {
  if (content === undefined) return '';
  if (typeof content === 'string' || typeof content === 'number') return escape(String(content));
  if (isList(content)) return content.map(one => `<member>${write(one)}</member>`).join('');
  return Object.entries(content)
    .map(([name, inner]) => (inner === undefined ? '' : `<${name}>${write(inner)}</${name}>`))
    .join('');
}

function isList(content: Xml): content is readonly Xml[] {
  return Array.isArray(content);
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

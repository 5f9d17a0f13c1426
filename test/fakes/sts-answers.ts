import { randomUUID } from 'node:crypto';
import type { Answer } from './faults.ts';
import type { StsError } from './sts-errors.ts';

/** How to spoil a good answer of AssumeRole or AssumeRoleWithWebIdentity. */
export type AnswerChange =
  | { readonly kind: 'omit'; readonly element: string }
  | { readonly kind: 'replace'; readonly element: string; readonly text: string } // as XML: it is not escaped
  | { readonly kind: 'doctype' } // an internal entity stands for the access key id
  | { readonly kind: 'external-entity'; readonly url: string } // the session token would have to be fetched
  | { readonly kind: 'escape'; readonly element: string } // every character as a numeric reference: the same text
  | { readonly kind: 'rewrite'; readonly rewrite: (xml: string) => string };

/** An element's content: text, or elements in order; undefined leaves the element out. */
export type Content = string | undefined | { readonly [name: string]: Content };

const namespace = 'https://sts.amazonaws.com/doc/2011-06-15/';

/** A result in the query protocol's envelope: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html. */
export function sendResult(action: string, result: Content): Answer {
  const requestId = randomUUID();
  const body = writeElements({ [`${action}Result`]: result, ResponseMetadata: { RequestId: requestId } });
  return sendXml(200, requestId, `<${action}Response xmlns="${namespace}">${body}</${action}Response>`);
}

export function sendError(error: StsError): Answer {
  const requestId = randomUUID();
  const type = error.status < 500 ? 'Sender' : 'Receiver';
  const body = writeElements({ Error: { Type: type, Code: error.code, Message: error.message }, RequestId: requestId });
  const answer = sendXml(error.status, requestId, `<ErrorResponse xmlns="${namespace}">${body}</ErrorResponse>`);
  if (error.retryAfterSeconds === undefined) return answer;
  return { ...answer, headers: { ...answer.headers, 'retry-after': String(error.retryAfterSeconds) } };
}

export function changeAnswer(answer: Answer, change: AnswerChange): Answer {
  return { ...answer, body: changeXml(String(answer.body), change) };
}

function changeXml(xml: string, change: AnswerChange): string {
  switch (change.kind) {
    case 'omit':
      return xml.replace(matchElement(change.element), '');
    case 'replace':
      return xml.replace(matchElement(change.element), () => wrap(change.element, change.text));
    case 'escape':
      return xml.replace(matchElement(change.element), (_, text: string) => wrap(change.element, escapeAll(text)));
    case 'doctype':
      return addEntity(xml, 'AccessKeyId', (text: string) => `<!ENTITY key "${text}">`);
    case 'external-entity':
      return addEntity(xml, 'SessionToken', () => `<!ENTITY key SYSTEM "${change.url}">`);
    case 'rewrite':
      return change.rewrite(xml);
  }
}

function addEntity(xml: string, element: string, declare: (text: string) => string): string {
  const text = matchElement(element).exec(xml)?.[1] ?? '';
  const body = xml.replace(matchElement(element), wrap(element, '&key;'));
  return `<?xml version="1.0"?><!DOCTYPE r [${declare(text)}]>${body}`;
}

function matchElement(element: string): RegExp {
  return new RegExp(`<${element}>([^]*?)</${element}>`);
}

function wrap(element: string, text: string): string {
  return `<${element}>${text}</${element}>`;
}

function escapeAll(text: string): string {
  return Array.from(text, character => `&#x${(character.codePointAt(0) ?? 0).toString(16)};`).join('');
}

function sendXml(status: number, requestId: string, body: string): Answer {
  return { status, headers: { 'content-type': 'text/xml', 'x-amzn-requestid': requestId }, body };
}

function writeElements(content: Content): string {
  if (content === undefined) return '';
  if (typeof content === 'string') return escapeText(content);
  return Object.entries(content)
    .map(([name, inner]) => (inner === undefined ? '' : wrap(name, writeElements(inner))))
    .join('');
}

function escapeText(text: string): string {
  return text.replace(/[&<>]/g, character => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[character] ?? '');
}

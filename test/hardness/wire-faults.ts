import { gzipSync } from 'node:zlib';
import type { Answer, Fault } from '../fakes/faults.ts';
import { answerWith } from '../bundles/failure-row.ts';

/** A fault, and the codes that it ends in at Azure DevOps and at AWS STS. */
export interface WireFault {
  readonly name: string;
  readonly fault: Fault;
  readonly azureDevOps: RegExp;
  readonly sts: RegExp;
}

const megabyte = 1_000_000;

/** A hundred megabytes in a hundred kilobytes. */
const bomb = gzipSync(Buffer.alloc(100 * megabyte, ' '));

/** Elements without an end, just below the limit of what is read. */
const elements = `<AssumeRole>${'<a/>'.repeat(245_000)}</AssumeRole>`;
const list = `[${'1,'.repeat(490_000)}1]`;

/** What can go wrong with an answer, whoever it is asked of. */
export const wireFaults: readonly WireFault[] = [
  row('status 418', answerWith(418, ''), 'TokenRequestRejected', 'StsAnswerUnreadable'),
  row('status 504', answerWith(504, ''), 'TokenServiceUnavailable', 'StsUnavailable'),
  row('status 304', answerWith(304, ''), 'RedirectRefused', 'RedirectRefused'),
  row('a page', answerWith(200, '<html>hello</html>', 'text/html'), 'TokenSignInPage', 'StsAnswerUnreadable'),
  row('nothing', answerWith(200, ''), 'TokenAnswerUnreadable', 'StsAnswerUnreadable'),
  row('half an answer', { kind: 'truncate' }, 'TokenAnswerUnreadable', 'StsAnswerUnreadable'),
  row('a page of another kind', altered({ 'content-type': 'text/html' }), 'TokenSignInPage', undefined),
  row(
    'less than was promised',
    { kind: 'raw', bytes: 'HTTP/1.1 200 OK\r\ncontent-length: 999\r\n\r\n{' },
    'NetworkReset',
    'NetworkReset',
  ),
  row('a reset before headers', { kind: 'reset-before-headers' }, 'NetworkReset', 'NetworkReset'),
  row('a reset after headers', { kind: 'reset-after-headers' }, 'NetworkReset', 'NetworkReset'),
  row('a reset within the body', { kind: 'reset-mid-body' }, 'NetworkReset', 'NetworkReset'),
  row('what is no HTTP', { kind: 'raw', bytes: 'SSH-2.0-OpenSSH_9.6\r\n' }, 'NetworkFailed', 'NetworkFailed'),
  row(
    'headers without an end',
    { kind: 'raw', bytes: `HTTP/1.1 200 OK\r\nx: ${'x'.repeat(100_000)}` },
    'Network\\w+',
    'Network\\w+',
  ),
];

/** What would take memory, if it were let. */
export const heavyFaults: readonly WireFault[] = [
  row('a hundred megabytes', { kind: 'huge-body', megabytes: 100 }, 'AnswerTooLarge', 'AnswerTooLarge'),
  row('a compressed hundred megabytes', compressed(), 'TokenAnswerUnreadable', 'StsAnswerUnreadable'),
  row('a megabyte of elements', answerWith(200, elements, 'text/xml'), 'TokenAnswerUnreadable', 'StsAnswerUnreadable'),
  row('a megabyte of numbers', answerWith(200, list), 'TokenMissing|TokenAnswerUnreadable', 'StsAnswerUnreadable'),
];

function row(name: string, fault: Fault, azureDevOps: string, sts: string | undefined): WireFault {
  const match = (codes: string | undefined): RegExp => new RegExp(`^(?:${codes ?? 'never'}): `);
  return { name, fault, azureDevOps: match(azureDevOps), sts: match(sts) };
}

/** AWS STS is taken at its body's word, whatever its content type says. */
export function isAnswered({ sts }: WireFault): boolean {
  return sts.source.includes('never');
}

function altered(headers: Readonly<Record<string, string>>): Fault {
  return { kind: 'alter', alter: (answer: Answer) => ({ ...answer, headers: { ...answer.headers, ...headers } }) };
}

function compressed(): Fault {
  const headers = { 'content-type': 'text/xml', 'content-encoding': 'gzip' };
  return { kind: 'answer', status: 200, headers, body: bomb };
}

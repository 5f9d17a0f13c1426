import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import type { Answer, Fault } from './faults.ts';

/** What a fault may play with: the genuine answer on demand, the response, and the TCP connection below it. */
export interface Exchange {
  readonly answer: () => Promise<Answer>;
  readonly response: ServerResponse;
  readonly connection: Socket;
  readonly closing: AbortSignal;
}

export function sendAnswer(response: ServerResponse, answer: Answer): void {
  const body = toBytes(answer);
  writeHead(response, answer, body.length);
  response.end(body);
}

/** Answers wrongly, late, or never. */
export async function sendFault(exchange: Exchange, fault: Fault): Promise<void> {
  switch (fault.kind) {
    case 'hang':
      return;
    case 'reset-before-headers':
      exchange.connection.resetAndDestroy();
      return;
    case 'raw':
      exchange.response.socket?.end(fault.bytes);
      return;
    case 'answer':
      sendAnswer(exchange.response, fault);
      return;
    case 'huge-body':
      return sendHugeBody(exchange.response, fault);
    case 'reset-after-answer-is-made':
    case 'reset-after-headers':
    case 'reset-mid-body':
    case 'hang-after-headers':
    case 'drip':
    case 'delay':
    case 'truncate':
    case 'gzip':
    case 'alter':
      return spoilAnswer(exchange, fault, await exchange.answer());
  }
}

type Spoiling = Exclude<Fault, { kind: 'hang' | 'reset-before-headers' | 'raw' | 'answer' | 'huge-body' }>;

async function spoilAnswer(exchange: Exchange, fault: Spoiling, answer: Answer): Promise<void> {
  switch (fault.kind) {
    case 'reset-after-answer-is-made':
      exchange.connection.resetAndDestroy();
      return;
    case 'reset-after-headers':
      return stopAfter(exchange, answer, 0, true);
    case 'reset-mid-body':
      return stopAfter(exchange, answer, toBytes(answer).length >> 1, true);
    case 'hang-after-headers':
      return stopAfter(exchange, answer, 0, false);
    case 'drip':
      return dripBody(exchange, answer, fault);
    case 'delay':
      await wait(fault.ms, undefined, { signal: exchange.closing, ref: false });
      sendAnswer(exchange.response, answer);
      return;
    case 'truncate':
      sendAnswer(exchange.response, { ...answer, body: toBytes(answer).subarray(0, toBytes(answer).length >> 1) });
      return;
    case 'gzip':
      sendAnswer(exchange.response, compress(answer));
      return;
    case 'alter':
      sendAnswer(exchange.response, fault.alter(answer));
  }
}

async function stopAfter(exchange: Exchange, answer: Answer, bytes: number, reset: boolean): Promise<void> {
  const body = toBytes(answer);
  writeHead(exchange.response, answer, body.length);
  exchange.response.flushHeaders();
  if (bytes > 0) exchange.response.write(body.subarray(0, bytes));
  if (!reset) return;
  // A reset discards what the kernel has not sent yet, so what was written gets a moment to leave.
  await wait(20, undefined, { signal: exchange.closing, ref: false });
  exchange.connection.resetAndDestroy();
}

async function dripBody(exchange: Exchange, answer: Answer, pace: { chunkBytes: number; everyMs: number }) {
  const body = toBytes(answer);
  writeHead(exchange.response, answer, body.length);
  for (let sent = 0; sent < body.length && !exchange.response.destroyed; sent += pace.chunkBytes) {
    exchange.response.write(body.subarray(sent, sent + pace.chunkBytes));
    await wait(pace.everyMs, undefined, { signal: exchange.closing, ref: false });
  }
  exchange.response.end();
}

async function sendHugeBody(
  response: ServerResponse,
  size: { megabytes: number; status?: number; contentType?: string },
): Promise<void> {
  response.writeHead(size.status ?? 200, { 'content-type': size.contentType ?? 'application/json' });
  await pipeline(Readable.from(fillMegabytes(size.megabytes)), response);
}

function* fillMegabytes(count: number): Generator<Buffer> {
  const block = Buffer.alloc(65_536, 'a');
  for (let sent = 0; sent < count * 16; sent += 1) yield block;
}

function compress(answer: Answer): Answer {
  return { ...answer, headers: { ...answer.headers, 'content-encoding': 'gzip' }, body: gzipSync(toBytes(answer)) };
}

function writeHead(response: ServerResponse, answer: Answer, length: number): void {
  for (const [name, value] of Object.entries(answer.headers ?? {})) response.setHeader(name, value);
  if (!response.hasHeader('content-length')) response.setHeader('content-length', length);
  response.writeHead(answer.status);
}

function toBytes(answer: Answer): Buffer {
  return Buffer.from(answer.body ?? '');
}

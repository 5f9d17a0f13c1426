import type { IncomingMessage } from 'node:http';
import { TLSSocket } from 'node:tls';
import type { RecordedRequest } from './faults.ts';

/** Reads the request to its end. */
export async function readRequest(
  incoming: IncomingMessage,
  connection: number,
  receivedAt: number,
): Promise<RecordedRequest> {
  const remoteAddress = incoming.socket.remoteAddress ?? '';
  const clientCertificate = readClientName(incoming);
  const chunks: Buffer[] = [];
  for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk);
  const url = incoming.url ?? '/';
  const { pathname, searchParams } = new URL(url, 'http://loopback');
  return {
    method: incoming.method ?? '',
    url,
    path: pathname,
    query: searchParams,
    headers: incoming.headers,
    body: Buffer.concat(chunks).toString('utf8'),
    connection,
    remoteAddress,
    clientCertificate,
    receivedAt,
  };
}

function readClientName({ socket }: IncomingMessage): string | undefined {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return undefined;
  const { CN } = socket.getPeerCertificate().subject;
  return Array.isArray(CN) ? CN[0] : CN;
}

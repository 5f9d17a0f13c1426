import { createServer } from 'node:http';

/** An S3 that keeps the objects of one bucket in memory, enough for Terraform's backend, and notes who asked. */
export interface StateBucket {
  readonly url: string;
  /** Access key ids that signed requests, in order, each once in a row. */
  readonly callers: readonly string[];
  /** Keys of the objects that are in it. */
  readonly objects: readonly string[];
  close(): Promise<void>;
}

/** Starts a state bucket. A request without a session token and a SigV4 signature's access key is refused. */
export async function startStateBucket(): Promise<StateBucket> {
  const objects = new Map<string, Buffer>();
  const callers: string[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const caller = /Credential=([A-Z0-9]+)\//.exec(request.headers.authorization ?? '')?.[1];
      if (caller === undefined || request.headers['x-amz-security-token'] === undefined) {
        response.writeHead(403).end('<Error><Code>AccessDenied</Code></Error>');
        return;
      }
      if (callers.at(-1) !== caller) callers.push(caller);
      const { pathname, search } = new URL(request.url ?? '/', 'http://bucket');
      const { status, body } = answer(objects, request.method ?? '', pathname, search, Buffer.concat(chunks));
      response.writeHead(status, { 'content-type': 'application/xml' }).end(body);
    });
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    callers,
    get objects() {
      return [...objects.keys()];
    },
    close: () =>
      new Promise(resolve => {
        server.closeAllConnections();
        server.close(() => {
          resolve();
        });
      }),
  };
}

function answer(objects: Map<string, Buffer>, method: string, path: string, search: string, body: Buffer) {
  if (search.includes('list-type')) {
    return {
      status: 200,
      body: '<ListBucketResult><Name>state</Name><KeyCount>0</KeyCount><IsTruncated>false</IsTruncated></ListBucketResult>',
    };
  }
  if (method === 'PUT') {
    objects.set(path, readChunks(body));
    return { status: 200, body: '' };
  }
  if (method === 'DELETE') {
    objects.delete(path);
    return { status: 204, body: '' };
  }
  const object = objects.get(path);
  if (object !== undefined) return { status: 200, body: method === 'HEAD' ? '' : object };
  return {
    status: 404,
    body: method === 'HEAD' ? '' : '<Error><Code>NoSuchKey</Code><Message>no such key</Message></Error>',
  };
}

/** SDKs upload in signed chunks over http: `<size in hex>;chunk-signature=…`, then the bytes. */
function readChunks(body: Buffer): Buffer {
  if (!/^[0-9a-f]+(?:;chunk-signature=[0-9a-f]+)?\r\n/.test(body.subarray(0, 120).toString('latin1'))) return body;
  const parts: Buffer[] = [];
  for (let place = 0; place < body.length;) {
    const end = body.indexOf('\r\n', place);
    const size = Number.parseInt(body.subarray(place, end).toString('latin1'), 16);
    if (!(size > 0)) break;
    parts.push(body.subarray(end + 2, end + 2 + size));
    place = end + 4 + size;
  }
  return Buffer.concat(parts);
}

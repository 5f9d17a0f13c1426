/** Asks each URL of its arguments once and prints what came of it, as one JSON document. Run as a process of its own. */
import { WifError } from '../../src/errors.ts';
import { openHttp } from '../../src/host/http.ts';

export interface Sent {
  readonly url: string;
  readonly status?: number;
  readonly code?: string;
  readonly message?: string;
  readonly retriable?: boolean;
}

const http = openHttp({ service: 'AWS STS', signal: new AbortController().signal, attemptMs: 5000 });

async function send(url: string): Promise<Sent> {
  try {
    const { status } = await http.send({ method: 'POST', url: new URL(url), headers: {}, body: '' });
    return { url, status };
  } catch (thrown) {
    if (!(thrown instanceof WifError)) throw thrown;
    return { url, code: thrown.code, message: thrown.message, retriable: thrown.retriable !== undefined };
  }
}

void Promise.all(process.argv.slice(2).map(send)).then(sent => {
  process.stdout.write(JSON.stringify(sent), () => process.exit(0));
});

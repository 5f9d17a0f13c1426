import { Agent, type AgentOptions, type RequestOptions } from 'node:https';
import { isIP, Socket } from 'node:net';
import type { Duplex } from 'node:stream';

type OnSocket = (error: Error | null, socket: Duplex) => void;

/** Most milliseconds that a connection waits for its request: servers, and what is between, close or drop idle ones. */
const maxIdleMs = 5_000;

interface Ready {
  readonly address: string;
  readonly socket: Socket;
  readonly openedAtMs: number;
}

/** An https agent that can open its first connection before there is a request for it. */
export class ReadyAgent extends Agent {
  readonly #maxIdleMs: number;
  #isPrepared = false;
  #ready: Ready | undefined;

  constructor(options: AgentOptions, idleMs = maxIdleMs) {
    super({ keepAlive: true, ...options });
    this.#maxIdleMs = idleMs;
  }

  /**
   * Opens the connection that the first request takes, if it is one to the URL's host; does nothing when called again.
   * It never fails, and keeps no process alive: a request that finds no connection opens its own, and says what is wrong
   * with that.
   */
  prepare(url: URL): void {
    if (this.#isPrepared) return;
    this.#isPrepared = true;
    const options = { ...this.options, ...readAddress(url) };
    const socket = super.createConnection(options);
    if (!(socket instanceof Socket)) return;
    socket.on('error', () => undefined).unref();
    this.#ready = { address: formatAddress(options), socket, openedAtMs: performance.now() };
  }

  override createConnection(options: RequestOptions, done?: OnSocket): Duplex | null | undefined {
    const ready = this.#ready;
    this.#isPrepared = true;
    this.#ready = undefined;
    if (ready?.address === formatAddress(options) && this.#isFit(ready)) return ready.socket.ref();
    ready?.socket.destroy();
    return super.createConnection(options, done);
  }

  /** Also one that is still being made. What a server says without being asked would be taken for its answer. */
  #isFit({ socket, openedAtMs }: Ready): boolean {
    const isOpen = socket.readable && socket.writable && socket.readableLength === 0;
    return isOpen && performance.now() - openedAtMs < this.#maxIdleMs;
  }
}

/** An address as Node names it to createConnection; it takes no IP address for the name that a certificate bears. */
function readAddress({ hostname, port }: URL) {
  const host = hostname.replace(/^\[|\]$/g, '');
  return { host, port: port === '' ? 443 : Number(port), servername: isIP(host) === 0 ? host : '' };
}

function formatAddress({ host, port }: Pick<RequestOptions, 'host' | 'port'>): string {
  return `${host ?? ''} ${port ?? ''}`;
}

import { Agent, type AgentOptions, type RequestOptions } from 'node:https';
import { isIP } from 'node:net';
import type { Duplex } from 'node:stream';

type OnSocket = (error: Error | null, socket: Duplex) => void;

/** An https agent that can open its first connection before there is a request for it. */
export class ReadyAgent extends Agent {
  #isPrepared = false;
  #ready: { readonly address: string; readonly socket: Duplex } | undefined;

  constructor(options: AgentOptions) {
    super({ keepAlive: true, ...options });
  }

  /**
   * Opens the connection that the first request takes, if it is one to the URL's host; does nothing when called again.
   * It never fails: a request that finds no connection opens its own, and says what is wrong with that.
   */
  prepare(url: URL): void {
    if (this.#isPrepared) return;
    this.#isPrepared = true;
    const options = { ...this.options, ...readAddress(url) };
    const socket = super.createConnection(options);
    socket?.on('error', () => undefined);
    if (socket) this.#ready = { address: formatAddress(options), socket };
  }

  override createConnection(options: RequestOptions, done?: OnSocket): Duplex | null | undefined {
    const ready = this.#ready;
    this.#isPrepared = true;
    this.#ready = undefined;
    if (ready?.address === formatAddress(options) && isOpen(ready.socket)) return ready.socket;
    ready?.socket.destroy();
    return super.createConnection(options, done);
  }
}

/** Node gives an address to a request in this form, too; it takes no IP address for the name that a certificate bears. */
function readAddress({ hostname, port }: URL) {
  const host = hostname.replace(/^\[|\]$/g, '');
  return { host, port: port === '' ? 443 : Number(port), servername: isIP(host) === 0 ? host : '' };
}

function formatAddress({ host, port }: Pick<RequestOptions, 'host' | 'port'>): string {
  return `${host ?? ''} ${port ?? ''}`;
}

/** Also of one that is still being made. */
function isOpen({ readable, writable }: Duplex): boolean {
  return readable && writable;
}

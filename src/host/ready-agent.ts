import { Agent, type RequestOptions } from 'node:https';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { connect as connectTls, type SecureContext, type TLSSocket } from 'node:tls';
import type { PlannedTls } from './tls.ts';

type OnSocket = (error: Error | null, socket: Duplex) => void;

/** Options of a request. Node keeps a request's own signal from its agent. */
export interface AttemptOptions extends RequestOptions {
  /** Ends the request, and a connection that it waits for. */
  readonly attempt?: AbortSignal;
}

/** Max milliseconds that a connection waits for its request: servers, and what is between, close or drop idle ones. */
const maxIdleMs = 5_000;

interface Address {
  readonly host: string;
  readonly port: number;
  readonly servername: string;
}

/** A connection that no request has taken yet. */
interface Ready {
  readonly address: Address;
  readonly openedAtMs: number;
  readonly tcp: Socket;
  /** Undefined while TCP connects. */
  tls?: TLSSocket;
  /** Its handshake is done. */
  isSecured?: true;
}

/** An https agent that can open its first connection before there is a request for it. */
export class ReadyAgent extends Agent {
  readonly #tls: PlannedTls;
  readonly #maxIdleMs: number;
  #isPrepared = false;
  #ready: Ready | undefined;

  constructor(tls: PlannedTls, idleMs = maxIdleMs) {
    const { rejectUnauthorized, minVersion } = tls;
    super({ keepAlive: true, rejectUnauthorized, minVersion });
    this.#tls = tls;
    this.#maxIdleMs = idleMs;
  }

  /**
   * Opens the connection that the first request takes, if it is one to the URL's host; does nothing when called again.
   * The CAs are read while TCP connects. It never fails, and keeps no process alive: a request that finds
   * no connection, or one that fails, opens its own and says what is wrong with that. The promise is kept once the CAs
   * are read: from then on there is nothing to do but wait.
   */
  async prepare(url: URL): Promise<void> {
    if (this.#isPrepared) return;
    this.#isPrepared = true;
    const address = readAddress(url);
    const tcp = connectTcp({ host: address.host, port: address.port, noDelay: true });
    const ready: Ready = { address, openedAtMs: performance.now(), tcp };
    this.#ready = ready;
    tcp.on('error', () => undefined).unref();
    tcp.once('close', () => tcp.emit('settled'));
    tcp.once('connect', () => {
      this.#secure(ready);
    });
    // A name has to be looked up before anything is sent, and its answer should not wait for the CAs.
    if (isIP(address.host) === 0) await new Promise(resolve => tcp.once('lookup', resolve));
    await setImmediate();
    this.#findContext(tcp);
  }

  override createConnection(options: AttemptOptions, done: OnSocket): Duplex | null | undefined {
    const ready = this.#ready;
    this.#isPrepared = true;
    this.#ready = undefined;
    if (ready === undefined || !this.#isFit(ready, options)) {
      ready?.tcp.destroy();
      return this.#open(options, done);
    }
    if (ready.isSecured) return ready.tls?.ref();
    this.#await(ready, options, done);
    return undefined;
  }

  /** Nothing is asked before the handshake is done; if it fails, the request finds out why on its own connection. */
  #await(ready: Ready, options: AttemptOptions, done: OnSocket): void {
    const { tcp } = ready;
    const { attempt } = options;
    const close = (): unknown => tcp.destroy();
    attempt?.addEventListener('abort', close);
    // Once TLS carries it, TCP's own socket has no hold on the process any more.
    (ready.tls ?? tcp).ref();
    tcp.once('settled', () => {
      attempt?.removeEventListener('abort', close);
      try {
        attempt?.throwIfAborted();
        const socket = ready.isSecured && ready.tls?.destroyed === false ? ready.tls.ref() : this.#open(options, done);
        if (socket) done(null, socket);
      } catch (thrown) {
        (done as (error: unknown) => void)(thrown);
      }
    });
  }

  #open(options: RequestOptions, done: OnSocket): Duplex | null | undefined {
    const complete = { ...options, secureContext: this.#tls.findContext() };
    return super.createConnection(complete, done);
  }

  #secure(ready: Ready): void {
    const { address, tcp } = ready;
    const secureContext = this.#findContext(tcp);
    if (secureContext === undefined) return;
    const tls = connectTls({ ...this.options, ...address, secureContext, socket: tcp });
    // After the handshake Node reports an alert, as of a client certificate that is missing, but leaves the socket open.
    ready.tls = tls.on('error', () => tls.destroy());
    tls.once('secureConnect', () => {
      ready.isSecured = true;
      tcp.emit('settled');
    });
  }

  /** What goes wrong ahead goes wrong again with the request, which can say so. */
  #findContext(tcp: Socket): SecureContext | undefined {
    try {
      return this.#tls.findContext();
    } catch {
      tcp.destroy();
      return undefined;
    }
  }

  /** What a server says without being asked would be taken for its answer. */
  #isFit({ address, openedAtMs, tcp, tls }: Ready, { host, port }: RequestOptions): boolean {
    const isTo = address.host === host && String(address.port) === String(port);
    const isOpen = tls === undefined ? !tcp.destroyed : tls.readable && tls.writable && tls.readableLength === 0;
    return isTo && isOpen && performance.now() - openedAtMs < this.#maxIdleMs;
  }
}

/** An address as Node names it to createConnection; it takes no IP address for the name that a certificate bears. */
function readAddress({ hostname, port }: URL): Address {
  const host = hostname.replace(/^\[|\]$/g, '');
  return { host, port: port === '' ? 443 : Number(port), servername: isIP(host) === 0 ? host : '' };
}

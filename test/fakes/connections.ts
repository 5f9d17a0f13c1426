import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';

export interface Handshakes {
  /** TLS handshakes done, resumed ones among them. */
  readonly completed: number;
  readonly resumed: number;
  /** Broken off by either side, for instance by a caller that does not trust the certificate. */
  readonly failed: number;
}

export interface Connection {
  readonly number: number;
  /** The TCP socket, below TLS. */
  readonly socket: Socket;
}

export interface Connections {
  readonly count: number;
  readonly handshakes: Handshakes;
  find(socket: Socket): Connection;
  reset(): void;
  destroy(): void;
}

/** Counts a server's TCP connections and TLS handshakes, and knows the TCP socket of each request. */
export function watchConnections(server: Server): Connections {
  const open = new Map<string, Connection>();
  const handshakes = { completed: 0, resumed: 0, failed: 0 };
  let count = 0;
  server.on('connection', (socket: Socket) => {
    count += 1;
    const peer = namePeer(socket);
    const connection = { number: count, socket };
    open.set(peer, connection);
    socket.on('error', () => undefined);
    socket.once('close', () => {
      if (open.get(peer) === connection) open.delete(peer);
    });
  });
  server.on('secureConnection', (socket: TLSSocket) => {
    handshakes.completed += 1;
    if (socket.isSessionReused()) handshakes.resumed += 1;
  });
  server.on('tlsClientError', () => {
    handshakes.failed += 1;
  });
  return {
    get count() {
      return count;
    },
    handshakes,
    find: socket => open.get(namePeer(socket)) ?? { number: 0, socket },
    reset: () => {
      count = 0;
      Object.assign(handshakes, { completed: 0, resumed: 0, failed: 0 });
    },
    destroy: () => {
      for (const connection of open.values()) connection.socket.destroy();
    },
  };
}

// A request on https knows only its TLS socket; both sockets have the same peer.
function namePeer(socket: Socket): string {
  return `${socket.remoteAddress ?? ''}|${socket.remotePort ?? 0}`;
}

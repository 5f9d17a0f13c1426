import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A way to a server that takes as long as a network would. */
export interface Relay {
  /** Its address, as it is in a URL: host and port. */
  readonly host: string;
  /** Milliseconds of a round trip, for connections that are opened from now on. */
  readonly setRoundTrip: (ms: number) => void;
}

/**
 * Opens a relay on the server's own host, so that the server's certificate fits. Each direction takes half a round trip.
 * Loopback connects at once, so a client's first bytes wait one round trip more: that of the TCP handshake. It does not
 * limit bandwidth, lose packets or know of congestion windows.
 */
export async function openRelay(target: URL): Promise<Relay> {
  const place = { host: target.hostname, port: Number(target.port) };
  let roundTripMs = 0;
  const server = createServer({ noDelay: true, allowHalfOpen: true }, near => {
    const far = connect({ ...place, noDelay: true, allowHalfOpen: true });
    const connectedAt = performance.now() + roundTripMs;
    forward(near, far, roundTripMs / 2, connectedAt);
    forward(far, near, roundTripMs / 2, connectedAt);
  });
  await new Promise<void>(resolve => server.listen(0, place.host, resolve));
  const { port } = server.address() as AddressInfo;
  return {
    host: `${place.host}:${port}`,
    setRoundTrip: ms => {
      roundTripMs = ms;
    },
  };
}

/** Passes on what comes, in order, each chunk so long after it came; nothing counts as sent before the connection stood. */
function forward(from: Socket, to: Socket, delayMs: number, connectedAt: number): void {
  const queue: (() => void)[] = [];
  const later = (act: () => void): void => {
    queue.push(act);
    const now = performance.now();
    // Timers of different lengths could overtake each other; whichever ends takes what is first in the queue.
    setTimeout(() => queue.shift()?.(), Math.max(now, connectedAt) + delayMs - now);
  };
  from.on('data', (chunk: Buffer) => {
    later(() => to.write(chunk));
  });
  from.on('end', () => {
    later(() => to.end());
  });
  from.on('error', () => to.destroy());
  from.on('close', hadError => {
    if (hadError) to.destroy();
  });
}

import { fork, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';

/** Where the stand-ins answer. */
export interface Addresses {
  readonly collectionUrl: string;
  readonly tokenUrl: string;
  readonly gitHubTokenUrl: string;
  readonly stsUrl: string;
}

/** Where the stand-ins are, and the authority behind their certificates (PEM). */
export interface Ready extends Addresses {
  readonly authority: string;
  /** The same servers behind a relay that takes as long as a network would. */
  readonly relayed: Addresses;
  /** An ID token of the connection. */
  readonly sampleToken: string;
}

export type Order =
  | { readonly kind: 'take' }
  | { readonly kind: 'delay'; readonly ms: number }
  | { readonly kind: 'round trip'; readonly ms: number }
  | { readonly kind: 'roles'; readonly arns: readonly string[] };

/** What the stand-ins saw since they were last asked. */
export interface Seen {
  readonly tokenRequests: number;
  /** The action of each request. */
  readonly stsRequests: readonly string[];
  /** TCP connections, at the token's server and at STS. */
  readonly connections: readonly [token: number, sts: number];
  /** TLS handshakes done, resumed ones among them. */
  readonly handshakes: number;
  readonly resumed: number;
  readonly maxAtOnce: number;
  /** Of the sessions that were opened. */
  readonly accessKeyIds: readonly string[];
  /** What a well-behaved caller never does. */
  readonly violations: readonly string[];
}

export interface StandIns extends Ready {
  readonly take: () => Promise<Seen>;
  /** Milliseconds before every answer. */
  readonly setDelay: (ms: number) => Promise<Seen>;
  /** Milliseconds of a round trip to the relayed addresses. */
  readonly setRoundTrip: (ms: number) => Promise<Seen>;
  /** Adds roles that admit the connection. */
  readonly addRoles: (arns: readonly string[]) => Promise<Seen>;
  readonly close: () => void;
}

/** Starts the stand-ins on https in a process of their own. */
export async function startStandIns(): Promise<StandIns> {
  const child = fork(join(import.meta.dirname, 'stand-ins-process.ts'), {
    execArgv: ['--import', 'tsx'],
    // Certificates that the machine is told to trust have nothing to do with it, and would slow its start.
    env: { PATH: process.env['PATH'] ?? '' },
  });
  const ready = await receive<Ready>(child);
  const order = (wanted: Order): Promise<Seen> => {
    const answer = receive<Seen>(child);
    child.send(wanted);
    return answer;
  };
  return {
    ...ready,
    take: () => order({ kind: 'take' }),
    setDelay: ms => order({ kind: 'delay', ms }),
    setRoundTrip: ms => order({ kind: 'round trip', ms }),
    addRoles: arns => order({ kind: 'roles', arns }),
    close: () => {
      child.disconnect();
    },
  };
}

function receive<Message>(child: ChildProcess): Promise<Message> {
  return new Promise((resolve, reject) => {
    const failed = (code: number | null) => {
      reject(new Error(`the stand-ins ended with exit code ${code ?? 'none'}`));
    };
    child.once('exit', failed);
    child.once('message', message => {
      child.off('exit', failed);
      resolve(message as Message);
    });
  });
}

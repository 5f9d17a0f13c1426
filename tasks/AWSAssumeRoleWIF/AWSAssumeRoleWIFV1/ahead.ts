import { setImmediate, setTimeout } from 'node:timers/promises';
import { jobEndpoint, type JobEnvironment } from '../../../src/azure-devops/job-environment.ts';
import { ReadyAgent } from '../../../src/host/ready-agent.ts';
import { planTls } from '../../../src/host/tls.ts';
import { checkTokenUrl } from '../../../src/identity/token-url.ts';
import { readNetwork, type AgentNetwork, type NetworkNotes } from './network.ts';

/** What begins before the rest of the step is loaded. */
export interface Ahead {
  /** Returns how this agent reaches the outside, and says what is out of the ordinary with it. */
  readonly readNetwork: (notes: NetworkNotes) => AgentNetwork;
  /** For Azure DevOps, perhaps connected already; undefined where that has to wait for the step. */
  readonly toAzureDevOps: ReadyAgent | undefined;
}

/** Max milliseconds to wait for the address of Azure DevOps, which the agent has looked up a moment ago. */
const maxLookupMs = 5;

/**
 * Reads the network and begins the connection that the ID token is asked for on, unless a proxy is between; nothing is
 * sent but the handshake. It never fails, waits for nothing but the address, and says nothing: what is wrong is found again
 * by the step, which can say it.
 */
export async function connectAhead(environment: JobEnvironment): Promise<Ahead> {
  const { network, read } = readSilently(environment);
  return { readNetwork: read, toAzureDevOps: network && (await connect(environment, network)) };
}

async function connect(environment: JobEnvironment, network: AgentNetwork): Promise<ReadyAgent | undefined> {
  try {
    const url = checkTokenUrl(environment.find('System.OidcRequestUri')?.value, readJobUrl(environment));
    if (network.proxy.server !== undefined || url.protocol !== 'https:') return undefined;
    const agent = new ReadyAgent(planTls(network.tls, network));
    await Promise.race([agent.prepare(url), setTimeout(maxLookupMs)]);
    // If TCP is connected by now, TLS begins in the next turn, before the rest is loaded.
    await setImmediate();
    return agent;
  } catch {
    return undefined;
  }
}

function readJobUrl({ findEndpoint }: JobEnvironment): string {
  return findEndpoint(jobEndpoint)?.url ?? '';
}

/** Reads the network before there is anybody to say something to; what is to be said is kept, in its order. */
function readSilently(environment: JobEnvironment): {
  readonly network: AgentNetwork | undefined;
  readonly read: Ahead['readNetwork'];
} {
  const kept: ((notes: NetworkNotes) => void)[] = [];
  try {
    const network = readNetwork(environment, keepNotes(kept));
    const read = (notes: NetworkNotes): AgentNetwork => {
      for (const say of kept) say(notes);
      return network;
    };
    return { network, read };
  } catch {
    return { network: undefined, read: notes => readNetwork(environment, notes) };
  }
}

function keepNotes(kept: ((notes: NetworkNotes) => void)[]): NetworkNotes {
  const keep = (say: (notes: NetworkNotes) => void): void => {
    kept.push(say);
  };
  return {
    protect: secrets => {
      keep(({ protect }) => {
        protect(secrets);
      });
    },
    tell: line => {
      keep(({ tell }) => {
        tell(line);
      });
    },
    warn: (code, text) => {
      keep(({ warn }) => {
        warn(code, text);
      });
    },
  };
}

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
  /** May be connected to Azure DevOps, as the network says; undefined where that had to wait for the step. */
  readonly toAzureDevOps: ReadyAgent | undefined;
}

/** Max milliseconds to wait for the address of Azure DevOps, which the agent has looked up a moment ago. */
const maxLookupMs = 5;

/**
 * Begins the connection that the ID token is asked for on, unless a proxy is between; nothing is sent but the handshake.
 * It never fails, waits for no answer and says nothing: what is wrong is found again by the step, which can say it.
 */
export async function connectAhead(environment: JobEnvironment): Promise<Ahead> {
  const later: Ahead = { readNetwork: notes => readNetwork(environment, notes), toAzureDevOps: undefined };
  try {
    const { network, tell } = readSilently(environment);
    const url = checkTokenUrl(environment.find('System.OidcRequestUri')?.value, readJobUrl(environment));
    if (network.proxy.server !== undefined || url.protocol !== 'https:') return later;
    const { tls, pinned, loaded, skipCertValidation } = network;
    const toAzureDevOps = new ReadyAgent(planTls(tls, { pinned, loaded, skipCertValidation }));
    await Promise.race([toAzureDevOps.prepare(url), setTimeout(maxLookupMs)]);
    // What TCP has answered meanwhile is seen in the next turn, and TLS begins.
    await setImmediate();
    return { readNetwork: tell, toAzureDevOps };
  } catch {
    return later;
  }
}

function readJobUrl({ findEndpoint }: JobEnvironment): string {
  return findEndpoint(jobEndpoint)?.url ?? '';
}

/** Reads the network before there is anybody to say something to; what is to be said is kept, in its order. */
function readSilently(environment: JobEnvironment) {
  const kept: ((notes: NetworkNotes) => void)[] = [];
  const keep = (say: (notes: NetworkNotes) => void): void => {
    kept.push(say);
  };
  const network = readNetwork(environment, {
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
  });
  const tell = (notes: NetworkNotes): AgentNetwork => {
    for (const say of kept) say(notes);
    return network;
  };
  return { network, tell };
}

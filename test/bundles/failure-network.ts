import type { JobOptions } from '../harness/types.ts';
import type { Fault } from '../fakes/faults.ts';
import type { FailureRow, Situation } from './failure-row.ts';

const closed = 'http://127.0.0.1:1';
const unknown = 'https://name.invalid';
const hour = 3_600_000;
const expired = {
  hosts: ['127.0.0.1'],
  notBefore: new Date(Date.now() - 2 * hour),
  notAfter: new Date(Date.now() - hour),
};
const elsewhere = { hosts: ['elsewhere.invalid'] };
const careless = { NODE_TLS_REJECT_UNAUTHORIZED: '0' };
const path = '/contoso/p/_apis/distributedtask/hubs/build/plans/a/jobs/b/oidctoken';

const noHttp: Fault = { kind: 'raw', bytes: 'SSH-2.0-OpenSSH_9.6\r\n' };
const drip: Fault = { kind: 'drip', chunkBytes: 1, everyMs: 200 };

/** A fault that ends only with the step's own time. */
const short = { timeoutSeconds: '5' };

/** A certificate of another host or time comes from an authority that is trusted, so that it is refused for that alone. */
const trusted = true;

/** What goes wrong between the agent and Azure DevOps: one of each code and way, more in test/host. */
export const azureDevOpsUnreachable: readonly FailureRow[] = [
  ['Azure DevOps drips its body', { azureDevOps: drip, inputs: short }, [1, 0], 'DeadlineExceeded', '127.0.0.1'],
  ['Azure DevOps resets within its body', { azureDevOps: { kind: 'reset-mid-body' } }, [2, 0], 'NetworkReset'],
  ['Azure DevOps sends what is no HTTP', { azureDevOps: noHttp }, [2, 0], 'NetworkFailed'],
  ['Azure DevOps: closed port', at(closed), [0, 0], 'NetworkRefused', '127.0.0.1:1', 'ECONNREFUSED'],
  ['Azure DevOps: an unknown authority', { tls: { server: 'azureDevOps' } }, [0, 0], 'NetworkTls', '127.0.0.1'],
  [
    'Azure DevOps: an unknown authority and no check',
    { tls: { server: 'azureDevOps' }, agentEnvironment: careless },
    [0, 0],
    'NetworkTls',
  ],
  // The agent's word counts for Azure DevOps: the token comes. AWS looks at the issuer for itself, and is not told.
  [
    'Azure DevOps: a certificate of the past and an agent that skips the check',
    { job: skipCheck, tls: { server: 'azureDevOps', leaf: expired, trusted } },
    [1, 2],
    'StsKeyUnavailable',
  ],
];

/** What goes wrong between the agent and AWS STS. */
export const stsUnreachable: readonly FailureRow[] = [
  ['AWS STS hangs', { sts: { kind: 'hang' }, inputs: short }, [1, 1], 'DeadlineExceeded', '127.0.0.1'],
  ['AWS STS resets before headers', { sts: { kind: 'reset-before-headers' } }, [1, 2], 'NetworkReset'],
  ['AWS STS: no such name', { inputs: { stsEndpoint: unknown } }, [1, 0], 'NetworkNameNotResolved', 'name.invalid:443'],
  ['AWS STS: no check', { tls: { server: 'sts' }, agentEnvironment: careless }, [1, 0], 'NetworkTls', '127.0.0.1'],
  ['AWS STS: another host', { tls: { server: 'sts', leaf: elsewhere, trusted } }, [1, 0], 'NetworkTls', '127.0.0.1'],
  [
    'AWS STS: a certificate of the past and an agent that skips the check',
    { job: skipCheck, tls: { server: 'sts', leaf: expired, trusted } },
    [1, 0],
    'NetworkTls',
  ],
];

function at(origin: string): Situation {
  const options: JobOptions = { serverUri: `${origin}/contoso/`, oidcRequestUri: `${origin}${path}` };
  return { job: () => ({ collectionUri: `${origin}/contoso/`, ...options }) };
}

function skipCheck(): JobOptions {
  return { agent: { certificates: { skipValidation: true } } };
}

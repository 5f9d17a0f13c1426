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

/** Faults that end only with the step's own time. */
const slow: readonly (readonly [name: string, fault: Fault])[] = [
  ['hangs before headers', { kind: 'hang' }],
  ['drips its body', { kind: 'drip', chunkBytes: 1, everyMs: 200 }],
];

/** Faults that may pass, but do not. */
const broken: readonly (readonly [name: string, fault: Fault])[] = [
  ['resets before headers', { kind: 'reset-before-headers' }],
  ['resets after headers', { kind: 'reset-after-headers' }],
  ['resets within its body', { kind: 'reset-mid-body' }],
  [
    'switches protocols',
    { kind: 'raw', bytes: 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n' },
  ],
];

const noHttp: Fault = { kind: 'raw', bytes: 'SSH-2.0-OpenSSH_9.6\r\n' };

/** What goes wrong between the agent and Azure DevOps. */
export const azureDevOpsUnreachable: readonly FailureRow[] = [
  ...slow.map(([name, azureDevOps]) =>
    late(`Azure DevOps ${name}`, { azureDevOps }, [1, 0], 'Azure DevOps at 127.0.0.1'),
  ),
  ...broken.map(([name, azureDevOps]) => reset(`Azure DevOps ${name}`, { azureDevOps }, [2, 0], 'Azure DevOps at')),
  ['Azure DevOps sends what is no HTTP', { azureDevOps: noHttp }, [2, 0], 'NetworkFailed', 'not HTTP', '2 attempts'],
  [
    'Azure DevOps: closed port',
    at(closed),
    [0, 0],
    'NetworkRefused',
    '127.0.0.1:1',
    'ECONNREFUSED',
    'firewall',
    '2 attempts',
  ],
  ['Azure DevOps: no such name', at(unknown), [0, 0], 'NetworkNameNotResolved', 'name.invalid:443', "agent's DNS"],
  tls('azureDevOps', 'an unknown authority', {}, [0, 0]),
  tls('azureDevOps', 'an unknown authority and no check', { agentEnvironment: careless }, [0, 0]),
  tls('azureDevOps', 'another host', {}, [0, 0], elsewhere),
  tls('azureDevOps', 'the past', {}, [0, 0], expired),
  // The agent's word counts for Azure DevOps: the token comes. AWS looks at the issuer for itself, and is not told.
  [
    'Azure DevOps: a certificate of the past and an agent that skips the check',
    { job: skipCheck, tls: { server: 'azureDevOps', leaf: expired, trusted: true } },
    [1, 2],
    'StsKeyUnavailable',
    '2 attempts',
  ],
];

/** What goes wrong between the agent and AWS STS. */
export const stsUnreachable: readonly FailureRow[] = [
  ...slow.map(([name, sts]) => late(`AWS STS ${name}`, { sts }, [1, 1], 'AWS STS at 127.0.0.1')),
  ...broken.map(([name, sts]) => reset(`AWS STS ${name}`, { sts }, [1, 2], 'AWS STS at 127.0.0.1')),
  ['AWS STS sends what is no HTTP', { sts: noHttp }, [1, 2], 'NetworkFailed', 'not HTTP', '2 attempts'],
  ['AWS STS: closed port', endpoint(closed), [1, 0], 'NetworkRefused', '127.0.0.1:1', 'ECONNREFUSED', '2 attempts'],
  ['AWS STS: no such name', endpoint(unknown), [1, 0], 'NetworkNameNotResolved', 'name.invalid:443', 'stsEndpoint'],
  tls('sts', 'an unknown authority', {}, [1, 0]),
  tls('sts', 'an unknown authority and no check', { agentEnvironment: careless }, [1, 0]),
  tls('sts', 'another host', {}, [1, 0], elsewhere),
  tls('sts', 'the past', {}, [1, 0], expired),
  tls('sts', 'the past and an agent that skips the check', { job: skipCheck }, [1, 0], expired),
];

function late(name: string, situation: Situation, requests: FailureRow[2], address: string): FailureRow {
  const short = { ...situation, inputs: { timeoutSeconds: '5' } };
  return [name, short, requests, 'DeadlineExceeded', "step's 5 s were over", address, 'raise timeoutSeconds'];
}

function reset(name: string, situation: Situation, requests: FailureRow[2], address: string): FailureRow {
  return [name, situation, requests, 'NetworkReset', address, '2 attempts', 'cuts the connection'];
}

/** A certificate of another host or time comes from an authority that is trusted, so that it is refused for that alone. */
function tls(
  server: 'azureDevOps' | 'sts',
  name: string,
  situation: Situation,
  requests: FailureRow[2],
  leaf?: typeof expired | typeof elsewhere,
): FailureRow {
  const certificate = leaf === undefined ? { server } : { server, leaf, trusted: true };
  const title = `${server === 'sts' ? 'AWS STS' : 'Azure DevOps'}: a certificate of ${name}`;
  return [title, { ...situation, tls: certificate }, requests, 'NetworkTls', '127.0.0.1', 'never switched off'];
}

function at(origin: string): Situation {
  const options: JobOptions = { serverUri: `${origin}/contoso/`, oidcRequestUri: `${origin}${path}` };
  return { job: () => ({ collectionUri: `${origin}/contoso/`, ...options }) };
}

function endpoint(stsEndpoint: string): Situation {
  return { inputs: { stsEndpoint } };
}

function skipCheck(): JobOptions {
  return { agent: { certificates: { skipValidation: true } } };
}

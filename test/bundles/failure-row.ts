import type { LeafRequest } from '../fakes/certificates.ts';
import type { Fault } from '../fakes/faults.ts';
import type { TokenBend } from '../fakes/id-tokens.ts';
import type { AnswerChange } from '../fakes/sts-answers.ts';
import type { StsError } from '../fakes/sts-errors.ts';
import type { AgentSettings, Endpoint, JobOptions } from '../harness/types.ts';
import { agentEnvironment, secureServers } from './secure-servers.ts';
import { describeEndpoint, openScene, type ConnectionType, type IssuerKind, type Scene } from './scene.ts';
import { runTask, type TaskRun } from './task-run.ts';

/** One way in which a run fails: what is set up, then what the user gets to read. */
export type FailureRow = readonly [
  name: string,
  situation: Situation,
  requests: readonly [azureDevOps: number, sts: number],
  code: string,
  ...named: string[],
];

/** What differs from a run that succeeds. Faults meet every request of the run. */
export interface Situation {
  readonly issuer?: IssuerKind;
  /** The type of the step's connection, and of the input that names it. */
  readonly type?: ConnectionType;
  readonly inputs?: Readonly<Record<string, string>>;
  readonly variables?: Readonly<Record<string, string | undefined>>;
  /** The service connection, as the agent knows it. */
  readonly endpoint?: Partial<Endpoint>;
  readonly agentEnvironment?: Readonly<Record<string, string>>;
  readonly azureDevOps?: Fault;
  /** How Azure DevOps spoils its tokens. */
  readonly bend?: TokenBend;
  readonly sts?: Fault | StsError;
  /** How AWS STS spoils its answer. */
  readonly answer?: AnswerChange;
  readonly tls?: { readonly server: 'azureDevOps' | 'sts'; readonly leaf?: LeafRequest; readonly trusted?: boolean };
  readonly arrange?: (scene: Scene) => unknown;
  readonly job?: (scene: Scene) => JobOptions;
}

export interface FailedRun extends TaskRun {
  readonly scene: Scene;
  readonly timeoutSeconds: number;
}

/** What the agent of these runs keeps secret, with characters that are escaped in one place or another. */
export const agentSecrets = {
  proxy: 'pr0xy;p%ss]w"rd+4QzT',
  certificate: 'c3rt-p%ss;w]rd/9XkL',
  variable: 's3cret-variable-7HbN',
  /** Stored in a connection that the task does not take. */
  connection: 'k3y;Stored%In9The/Toolkit+Connection',
} as const;

/** An agent with passwords. Loopback does not go by its proxy; its certificate is not there, and read for https alone. */
export const agentWithSecrets = {
  proxy: { url: 'http://proxy.invalid:8080', username: 'agent', password: agentSecrets.proxy, bypassList: ['.*'] },
  certificates: {
    client: {
      certificate: '/none/cert.pem',
      key: '/none/key.pem',
      archive: '/none/cert.pfx',
      password: agentSecrets.certificate,
    },
  },
} satisfies AgentSettings;

const always = 99;

/** More than anything takes that ends on its own: a failure of its own never becomes one of the step's time. */
const usualSeconds = '30';

/** Runs the packed task, with debug lines, in a scene of its own; close the scene afterwards. */
export async function runSituation(situation: Situation): Promise<FailedRun> {
  const { tls, issuer = 'entra', type = 'AzureRM' } = situation;
  const secure = tls === undefined ? undefined : await secureServers([tls.server], tls.leaf);
  const scene = await openScene({ ...secure?.scene, type });
  planFaults(scene, situation);
  const inputs = { timeoutSeconds: usualSeconds, maxAttempts: '2', ...situation.inputs };
  const job: JobOptions = {
    variables: { 'System.Debug': 'true', ...situation.variables },
    secretVariables: { MY_SECRET: agentSecrets.variable },
    endpoints: [{ ...describeEndpoint(issuer, type), ...situation.endpoint }],
    inheritedEnvironment: {
      ...(tls?.trusted === true ? secure?.trusting : agentEnvironment),
      ...situation.agentEnvironment,
    },
    agent: { proxy: agentWithSecrets.proxy },
    ...situation.job?.(scene),
  };
  const run = await runTask(scene, { issuer, inputs, job });
  return { ...run, scene, timeoutSeconds: Number(inputs.timeoutSeconds) };
}

function planFaults(scene: Scene, situation: Situation): void {
  if (situation.azureDevOps !== undefined) scene.azureDevOps.failNext(situation.azureDevOps, always);
  if (situation.bend !== undefined) scene.azureDevOps.bendNext(situation.bend, always);
  if (situation.sts !== undefined) scene.sts.failNext(situation.sts, always);
  if (situation.answer !== undefined) scene.sts.tamperNext(situation.answer, always);
  situation.arrange?.(scene);
}

/** A plain answer of the given status; an object is sent as JSON. */
export function answerWith(status: number, body: string | object, contentType = 'application/json'): Fault {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return { kind: 'answer', status, headers: { 'content-type': contentType }, body: text };
}

import assert from 'node:assert/strict';
import { findLeaks } from '../harness/canaries.ts';
import type { JobOptions } from '../harness/types.ts';
import { federation, names, openScene, type ConnectionType, type IssuerKind, type Scene } from './scene.ts';
import { listSecrets, runTask, type TaskRun } from './task-run.ts';

/** A refusal, and what the log says in the diagnosis behind the error. */
export type DiagnosisRow = readonly [
  name: string,
  refusal: Refusal,
  code: string,
  offers: 'statement' | 'nothing',
  ...says: string[],
];

export interface Refusal {
  readonly type?: ConnectionType;
  readonly issuer?: IssuerKind;
  readonly inputs?: Readonly<Record<string, string>>;
  readonly job?: (scene: Scene) => JobOptions;
  readonly arrange?: (scene: Scene) => void;
}

export interface Shown {
  readonly run: TaskRun;
  /** The masked log from the last error on. */
  readonly diagnosis: string;
  readonly summary: string;
}

/** Runs the packed task in a scene of its own; nothing it prints or uploads holds a secret. */
export async function runRefused({ type, issuer = 'entra', inputs, job, arrange }: Refusal): Promise<Shown> {
  const scene = await openScene(type === undefined ? {} : { type });
  arrange?.(scene);
  const run = await runTask(scene, {
    issuer,
    inputs: { maxAttempts: '1', ...inputs },
    ...(job === undefined ? {} : { job: job(scene) }),
  });
  try {
    const summary = run.step.uploadedSummaries.map(({ content }) => content).join('\n');
    assert.deepEqual(findLeaks([...run.step.rawLines, ...summary.split('\n')], listSecrets(scene)), []);
    assert.deepEqual(run.step.stderrLines, []);
    const { log } = run.step;
    const lastError = log.findLastIndex(line => line.startsWith('##[error]'));
    return { run, diagnosis: log.slice(lastError).join('\n'), summary };
  } finally {
    await scene.close();
  }
}

/** Inputs for roles in profiles alone. */
export function profiles(...lines: readonly string[]): Refusal {
  return { inputs: { roleArn: '', region: 'eu-west-1', profiles: lines.join('\n') } };
}

/** Returns what a reader sees of the summary's sentences: Markdown's escapes and code marks taken out. */
export function readProse(summary: string): string {
  return summary.replace(/\\(?=[!-/:-@[-`{-~])|`/g, '');
}

/** Returns what is in the summary's JSON blocks: the statement, then the policy. */
export function readJsonBlocks(summary: string): readonly unknown[] {
  return [...summary.matchAll(/^```json\n(.*?)\n```$/gms)].map(([, json = '']): unknown => JSON.parse(json));
}

/** The issuer as IAM writes it. */
export function providerUrl(issuer: IssuerKind): string {
  return federation[issuer].issuer.replace('https://', '');
}

/** The statement that admits a connection of the scene to its role, written out by hand. */
export function admit(issuer: IssuerKind, accountId: string = names.accountId) {
  const url = providerUrl(issuer);
  const audiences = {
    'azure-devops': 'api://AzureADTokenExchange',
    entra: ['499b84ac-1321-427f-aa17-267ca6975798', 'fb60f99c-7a34-4190-8149-302f77469936'],
  };
  return {
    Effect: 'Allow',
    Principal: { Federated: `arn:aws:iam::${accountId}:oidc-provider/${url}` },
    Action: 'sts:AssumeRoleWithWebIdentity',
    Condition: { StringEquals: { [`${url}:aud`]: audiences[issuer], [`${url}:sub`]: federation[issuer].subject } },
  };
}

/** Replaces the trust of the scene's role by one statement like the right one, with other conditions. */
export function trustOnly({ sts }: Scene, issuer: IssuerKind, condition: Readonly<Record<string, unknown>>): void {
  const statement = { ...admit(issuer), Condition: { StringEquals: condition } };
  sts.setTrustPolicy(names.roleArn, JSON.stringify({ Version: '2012-10-17', Statement: [statement] }));
}

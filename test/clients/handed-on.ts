import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { mapKeys } from '../bundles/later-step.ts';
import { startProcess } from '../bundles/refresh-scene.ts';
import type { Scene } from '../bundles/scene.ts';
import { runTask } from '../bundles/task-run.ts';
import { makeScratchFolder } from '../harness/scratch-folder.ts';
import type { Host } from './host.ts';
import type { State } from './states.ts';

/** A fault that is planted to see whether the matrix notices. */
export type Plant =
  | 'metadata open'
  | 'container URL left out'
  | 'helper answers with other keys'
  | 'helper answers with nothing';

/** A job in which the packed task ran, in the state that a client finds. */
export interface HandedOn {
  readonly roleArn: string;
  /** What the agent gives to a script step. */
  readonly environment: Readonly<Record<string, string>>;
  /** Why the state was not reached; undefined if it was. */
  readonly flaw: string | undefined;
}

export const roles = {
  default: 'arn:aws:iam::111111111111:role/deploy',
  network: 'arn:aws:iam::111111111111:role/network',
} as const;

const shortLifeSeconds = 3;
let count = 0;

/** Runs the packed task on a host and brings its profile into a state. One at a time: it sets how long sessions live. */
export async function handOn(scene: Scene, host: Host, state: State, plant?: Plant): Promise<HandedOn> {
  const accessToken = `job-token-${(count += 1)}-a8Kf0Zq4Vw9rTe2XnLp6Bc`;
  scene.azureDevOps.jobTokens.add(accessToken);
  scene.sts.setSessionLife(state.short === true ? shortLifeSeconds : undefined);
  const first = scene.sts.sessions.length;
  const job = { accessToken, inheritedEnvironment: host.agentEnvironment };
  const inputs = { profiles: `network = ${roles.network}`, refreshCredentials: String(state.kind === 'refreshing') };
  const run = await runTask(scene, { job, inputs });
  scene.sts.setSessionLife(undefined);
  const keys = scene.sts.sessions.slice(first).map(session => session.accessKeyId);
  const step = await run.job.runScript({
    command: 'true',
    environment: { ...host.stepEnvironment, ...(state.mapsKeys === true ? mapKeys() : {}) },
  });
  const path = run.job.variable('AWS_SHARED_CREDENTIALS_FILE') ?? '';
  if (plant === 'helper answers with other keys' && state.deadToken === true) plantHelper(path, printKeys(scene));
  if (plant === 'helper answers with nothing' && state.deadToken === true) plantHelper(path, '');
  if (state.short === true) await wait((shortLifeSeconds + 1) * 1000);
  if (state.deadToken === true) scene.azureDevOps.jobTokens.delete(accessToken);
  if (state.ended === true) for (const key of keys) scene.sts.expireSession(key);
  const failed = run.step.result === 'Succeeded' ? undefined : run.step.log.join('\n');
  const flaw =
    failed ?? (state.kind === 'refreshing' ? await findFlaw(state, path, step.environment, keys) : undefined);
  if (state.removed === true) await run.job.finish();
  const environment = state.profile === undefined ? {} : { AWS_PROFILE: state.profile };
  return {
    roleArn: state.profile === 'network' ? roles.network : roles.default,
    environment: { ...step.environment, ...environment },
    flaw,
  };
}

/** Runs the helper as a client would: it answers with the first session, with another one, or fails without a word. */
async function findFlaw(
  state: State,
  path: string,
  env: Readonly<Record<string, string>>,
  keys: readonly string[],
): Promise<string | undefined> {
  const line = /^credential_process = (.+)$/m.exec(readFileSync(path, 'utf8'))?.[1] ?? 'false';
  const { exitCode, stdout, stderr } = await startProcess(line, env).ended;
  const key = /"AccessKeyId": ?"(\w+)"/.exec(stdout)?.[1];
  const isFirst = key !== undefined && keys.includes(key);
  const reached =
    state.deadToken === true
      ? exitCode !== 0 && stdout === ''
      : exitCode === 0 && key !== undefined && isFirst !== (state.short === true);
  return reached
    ? undefined
    : `the helper: exit code ${exitCode ?? 'none'}, ${stdout === '' ? 'no' : 'an'} answer; ${stderr}`;
}

function plantHelper(path: string, answer: string): void {
  const program = join(makeScratchFolder('helper'), 'helper.sh');
  writeFileSync(program, `#!/bin/sh\nprintf '%s' '${answer}'\n`, { mode: 0o700 });
  writeFileSync(path, readFileSync(path, 'utf8').replace(/^(credential_process = ).+$/gm, `$1${program}`));
}

function printKeys({ sts }: Scene): string {
  const session = sts.issueSession({ roleArn: 'arn:aws:iam::555555555555:role/of-another-helper' });
  return JSON.stringify({
    Version: 1,
    AccessKeyId: session.accessKeyId,
    SecretAccessKey: session.secretAccessKey,
    SessionToken: session.sessionToken,
  });
}

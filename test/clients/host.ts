import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startContainerCredentials, startInstanceMetadata } from '../fakes/host-roles.ts';
import type { RecordedServer } from '../fakes/recorded-server.ts';
import type { Session, SessionRequest } from '../fakes/sessions.ts';
import { makeScratchFolder } from '../harness/scratch-folder.ts';
import { shiftClock } from '../harness/shifted-clock.ts';
import { goClockVariable } from './go.ts';
import type { Surroundings } from './surroundings.ts';
import { strangers, type Stranger } from './verdict.ts';

/** The addresses at which instances and containers find their credentials; only a network namespace has them. */
export const ownAddresses = { instance: '169.254.169.254', container: '169.254.170.2' } as const;

/** A host in some surroundings, with credentials of strangers on it. */
export interface Host {
  /** Of the agent's process, and so of all its steps. */
  readonly agentEnvironment: Readonly<Record<string, string>>;
  /** What a step's own `env:` says. */
  readonly stepEnvironment: Readonly<Record<string, string>>;
  readonly close: () => Promise<void>;
}

/** Starts what the surroundings hold. `isOwnNetwork`: the stand-ins may take the real addresses. */
export async function startHost(
  surroundings: Surroundings,
  issue: (request: SessionRequest) => Session,
  isOwnNetwork: boolean,
): Promise<Host> {
  const session = (stranger: Stranger) => issue({ roleArn: strangers[stranger], durationSeconds: 43_200 });
  const place = (road: 'instance' | 'container') => (isOwnNetwork ? { host: ownAddresses[road], port: 80 } : {});
  const servers: RecordedServer[] = [];
  const start = async (server: Promise<RecordedServer>) => {
    servers.push(await server);
    return servers.at(-1)?.url ?? '';
  };
  const step: Record<string, string> = {};
  const agent: Record<string, string> = {
    PATH: process.env['PATH'] ?? '',
    HOME: makeHome(surroundings.agent === true ? session('agent') : undefined),
    ...turnClock(surroundings.clockSeconds),
  };
  if (surroundings.instance === true) {
    const url = await start(startInstanceMetadata(session('instance'), place('instance')));
    if (!isOwnNetwork) agent['AWS_EC2_METADATA_SERVICE_ENDPOINT'] = url;
  }
  if (surroundings.container === true) {
    const url = await start(startContainerCredentials(session('container'), place('container')));
    if (isOwnNetwork) step['AWS_CONTAINER_CREDENTIALS_RELATIVE_URI'] = '/v2/credentials/some-task';
    else step['AWS_CONTAINER_CREDENTIALS_FULL_URI'] = `${url}/v2/credentials/some-task`;
  }
  if (surroundings.keys === true) Object.assign(step, describeKeys(session('keys')));
  const close = async () => {
    await Promise.all(servers.map(server => server.close()));
  };
  return { agentEnvironment: agent, stepEnvironment: step, close };
}

function makeHome(session: Session | undefined): string {
  const home = makeScratchFolder('home');
  if (session === undefined) return home;
  mkdirSync(join(home, '.aws'));
  const lines = Object.entries(describeKeys(session)).map(([name, value]) => `${name.toLowerCase()} = ${value}`);
  writeFileSync(join(home, '.aws/credentials'), ['[default]', ...lines, ''].join('\n'));
  writeFileSync(join(home, '.aws/config'), '[default]\nregion = us-east-1\n');
  return home;
}

function describeKeys({ accessKeyId, secretAccessKey, sessionToken }: Session): Readonly<Record<string, string>> {
  return {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
  };
}

function turnClock(seconds: number | undefined): Readonly<Record<string, string>> {
  return seconds === undefined ? {} : { ...shiftClock(seconds), [goClockVariable]: String(seconds) };
}

// Runs the matrix of clients and writes a report: run-matrix.ts OPTIONS_AS_JSON REPORT. Started by matrix.ts, which gives
// it a network of its own where that is possible.
import { writeFileSync } from 'node:fs';
import pMap from 'p-map';
import { openScene } from '../bundles/scene.ts';
import { shiftClock } from '../harness/shifted-clock.ts';
import { runCell, type Run } from './cell.ts';
import type { Client } from './client.ts';
import { clients } from './clients.ts';
import { handOn, roles, type HandedOn, type Plant } from './handed-on.ts';
import { startHost, type Host } from './host.ts';
import { endInterpreters } from './preloaded.ts';
import type { Cell, MatrixOptions, Report, Skip } from './matrix.ts';
import { helperFailing, states, type State } from './states.ts';
import { agent, container, instance, plain, surroundings, worst, type Surroundings } from './surroundings.ts';

interface Pair {
  readonly client: Client;
  readonly state: State;
}

const region = { AWS_REGION: 'eu-west-1', AWS_DEFAULT_REGION: 'eu-west-1' };

type Environment = Readonly<Record<string, string>>;

/** The faults that the matrix has to notice, each with the client that falls for it. */
const plants: Readonly<Record<Plant, string>> = {
  'metadata open': 'SDK for JavaScript v3',
  'container URL left out': 'restic (MinIO client for Go)',
  'helper answers with other keys': 'SDK for JavaScript v3',
  'helper answers with nothing': 'SDK for JavaScript v3',
};

const [optionsText = '{}', reportPath = ''] = process.argv.slice(2);
const options = JSON.parse(optionsText) as MatrixOptions & { readonly isOwnNetwork: boolean };
const wanted = clients.filter(
  ({ name, isRare }) => options.clients?.includes(name) ?? (options.all === true || isRare !== true),
);
const present = wanted.filter(({ findGap }) => findGap() === undefined);
// Whatever has to be built is built before a stand-in has to answer.
for (const { call } of present) call('http://127.0.0.1');
const skips: Skip[] = [];
const scene = await openScene();
scene.addRole(roles.network);
try {
  const report: Report = {
    clients: wanted.map(describeClient),
    roads: await proveRoads(),
    cells: await pMap(surroundings, around => runSurroundings(around, choose(around)), { concurrency: 1 }).then(flat),
    planted: await runPlanted(),
    skips,
    isOwnNetwork: options.isOwnNetwork,
  };
  writeFileSync(reportPath, JSON.stringify(report));
} finally {
  endInterpreters();
  await scene.close();
}

function describeClient(client: Client): Report['clients'][number] {
  const gap = client.findGap();
  return gap === undefined
    ? { name: client.name, version: client.readVersion() }
    : { name: client.name, version: '', gap };
}

/** A road counts only if a client takes it where a step has nothing else. */
async function proveRoads(): Promise<Report['roads']> {
  const roads: Report['roads'][number][] = [];
  for (const [road, around] of Object.entries({ instance, container } as const)) {
    await onHost(around, async host => {
      const environment = { ...host.agentEnvironment, ...host.stepEnvironment, ...region };
      await each(present, async client => {
        const { verdict } = await runIn(client, environment, roles.default);
        roads.push({ client: client.name, road: road as 'instance' | 'container', verdict });
      });
    });
  }
  return roads;
}

async function runPlanted(): Promise<Report['planted']> {
  const cells = await pMap(
    Object.entries(plants) as [Plant, string][],
    async ([plant, falling]) => {
      const chosen = present.filter(({ name }) => name === falling).map(client => ({ client, state: helperFailing }));
      return (await runSurroundings(instance, chosen, plant)).map(cell => ({ ...cell, plant }));
    },
    { concurrency: 1 },
  );
  return flat(cells);
}

/** Most clients ask for the instance role only if neither of the two is there; restic knows only one of them. */
function leftOut(plant: Plant | undefined): readonly string[] {
  const url = 'AWS_CONTAINER_CREDENTIALS_FULL_URI';
  if (plant === 'container URL left out') return [url];
  return plant === 'metadata open' ? [url, 'AWS_EC2_METADATA_DISABLED'] : [];
}

async function runSurroundings(around: Surroundings, chosen: readonly Pair[], plant?: Plant): Promise<readonly Cell[]> {
  if (chosen.length === 0) return [];
  if (around.clockSeconds !== undefined && shiftClock(0) === undefined) {
    skips.push({ surroundings: around.name, client: '', why: 'libfaketime is not installed' });
    return [];
  }
  const cells: Cell[] = [];
  if (options.all === true) console.log(`${around.name}: ${chosen.length} cells`);
  await onHost(around, async host => {
    const handed = new Map<State, HandedOn>();
    for (const state of new Set(chosen.map(pair => pair.state))) {
      handed.set(state, await handOn(scene, host, state, plant));
    }
    await each(present, async client => {
      const own = chosen.filter(pair => pair.client === client);
      if (own.length === 0 || !(await seesClock(client, around, host))) return;
      for (const { state } of own) cells.push(await fill(client, state, around, handed.get(state), plant));
    });
  });
  return cells;
}

async function fill(
  client: Client,
  state: State,
  around: Surroundings,
  handed: HandedOn | undefined,
  plant: Plant | undefined,
): Promise<Cell> {
  const about = { client: client.name, state: state.name, surroundings: around.name };
  if (handed?.flaw !== undefined) return { ...about, verdict: 'state not reached', words: handed.flaw };
  const set = Object.entries(handed?.environment ?? {}).filter(([name]) => !leftOut(plant).includes(name));
  const environment = Object.fromEntries(set);
  const { verdict, words } = await runIn(client, environment, handed?.roleArn ?? '');
  return { ...about, verdict, words };
}

/** A client counts under a shifted clock only if it signs by it. */
async function seesClock(client: Client, around: Surroundings, host: Host): Promise<boolean> {
  const shift = around.clockSeconds;
  if (shift === undefined) return true;
  const { accessKeyId, secretAccessKey, sessionToken } = scene.sts.issueSession({ roleArn: roles.default });
  const environment = {
    ...host.agentEnvironment,
    ...region,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
  };
  const { clockSeconds } = await runIn(client, environment, roles.default);
  if (clockSeconds !== undefined && Math.abs(clockSeconds - shift) < 600) return true;
  skips.push({ surroundings: around.name, client: client.name, why: client.ownClock ?? 'it does not see that clock' });
  return false;
}

async function onHost(around: Surroundings, work: (host: Host) => Promise<void>): Promise<void> {
  const host = await startHost(around, request => scene.sts.issueSession(request), options.isOwnNetwork);
  try {
    await work(host);
  } finally {
    await host.close();
  }
}

function runIn(client: Client, environment: Environment, roleArn: string): Promise<Run> {
  const findSession = (id: string) => scene.sts.sessions.find(({ accessKeyId }) => accessKeyId === id);
  return runCell(client, environment, roleArn, findSession, options.all !== true);
}

/**
 * All cells, or each client and state in the worst surroundings and one cell of each client in those that hide some of
 * the worst or add to it. There half of the clients find one state and half another: bringing a profile into a state takes
 * longer than most clients do.
 */
function choose(around: Surroundings): readonly Pair[] {
  const all = present.flatMap(client => states.map(state => ({ client, state })));
  if (around === worst) return all;
  if (options.all !== true && (around === plain || around === agent)) return [];
  const turn = surroundings.indexOf(around);
  const isNext = ({ client, state }: Pair) =>
    (2 * turn + (present.indexOf(client) % 2)) % states.length === states.indexOf(state);
  return all.filter(pair => (options.all === true && pair.client.isHeavy !== true) || isNext(pair));
}

/** One more at a time than a small machine has cores: clients mostly wait. */
async function each<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  await pMap(items, work, { concurrency: 3 });
}

function flat<T>(lists: readonly (readonly T[])[]): readonly T[] {
  return lists.flat();
}

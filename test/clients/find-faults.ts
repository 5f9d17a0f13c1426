import type { Client } from './client.ts';
import type { Cell, Report } from './matrix.ts';
import { states } from './states.ts';
import { surroundings } from './surroundings.ts';

/** Returns what a client's cells must not end in, one sentence each. */
export function findFaults(client: Client, cells: readonly Cell[]): readonly string[] {
  return cells.filter(cell => cell.client === client.name && !isAllowed(client, cell)).map(describe);
}

/** Returns the roads that a client did not take although it is known to, or took although it is not. */
export function findRoadFaults(client: Client, { roads, isOwnNetwork }: Report): readonly string[] {
  // Without a network of its own, a client that knows the real addresses alone takes no road.
  if (!isOwnNetwork) return [];
  const own = roads.filter(road => road.client === client.name);
  const wrong = own.filter(({ road, verdict }) => (verdict === road) !== client.roads.includes(road));
  return wrong.map(({ road, verdict }) => `${client.name}, nothing but the road "${road}": ${verdict}`);
}

function isAllowed(client: Client, cell: Cell): boolean {
  const state = states.find(({ name }) => name === cell.state);
  const around = surroundings.find(({ name }) => name === cell.surroundings);
  if (state === undefined || around === undefined) return false;
  const { verdict } = cell;
  const mapsKeys = state.mapsKeys === true;
  if (verdict === 'role') return true;
  if (verdict === 'keys') return around.keys === true;
  if (verdict === 'fails') return !state.works || !(mapsKeys || client.serves.includes(state.kind));
  if (verdict === 'instance') return around.instance === true && client.ignoresSwitch === true && !mapsKeys;
  return false;
}

function describe({ client, state, surroundings: around, verdict, words }: Cell): string {
  return `${client}, ${state}, ${around}: ${verdict}\n${words.trim().slice(-600)}`;
}

import type { NodeBinary } from '../machine.ts';
import type { Packed } from '../package.ts';
import type { StandIns } from '../stand-ins.ts';
import type { Table } from '../table.ts';
import type { Trust } from '../trust.ts';

/** What every suite works with. */
export interface Bench {
  readonly standIns: StandIns;
  readonly trust: Trust;
  readonly nodes: readonly NodeBinary[];
  readonly packed: Packed;
  /** The bundled floor. */
  readonly floor: string;
  /** A folder for scripts and homes. */
  readonly folder: string;
  readonly runs: number;
  readonly quick: boolean;
}

/** What a suite found: tables to read, and values by the names of the targets that they are for. */
export interface Found {
  readonly tables: readonly Table[];
  readonly measured: readonly (readonly [target: string, value: number])[];
  /** What a plot shows, by its title. */
  readonly plots?: readonly Plot[];
}

export interface Plot {
  readonly title: string;
  readonly size: string;
  readonly cost: string;
  readonly points: readonly PlotPoint[];
  /** Drawn beside, in grey; without any a straight line is drawn instead. */
  readonly others?: readonly { readonly name: string; readonly points: readonly PlotPoint[] }[];
}

export interface PlotPoint {
  readonly size: number;
  readonly cost: number;
}

export type Suite = (bench: Bench) => Promise<Found>;

/** Returns the Node that stands for Node 20: the one that runs all this. */
export function firstNode({ nodes }: Bench): NodeBinary {
  const [node] = nodes;
  if (node === undefined) throw new RangeError('there is no Node');
  return node;
}

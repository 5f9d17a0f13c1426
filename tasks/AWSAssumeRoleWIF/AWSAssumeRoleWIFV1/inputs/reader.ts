import type { Fault } from '../../../../src/errors.ts';
import { Faults, faulty, type Checked } from './faults.ts';

/** Keeps a check's value, or notes what is wrong and gives undefined. */
export type Keep = <T>(checked: Checked<T>) => T | undefined;

/** Checks the text of an input, or its default where it is empty; undefined where something is wrong. */
export type Read<Name extends string> = <T>(name: Name, check: (text: string) => Checked<T>) => T | undefined;

/** Returns a Keep that collects what is wrong. */
export function openKeeper(faults: Fault[]): Keep {
  return checked => {
    if (!(checked instanceof Faults)) return checked;
    faults.push(...checked.list);
    return undefined;
  };
}

/** A variable that the agent did not know stays in the input as it was written; old ones have blanks in their names. */
const unresolved = /\$\([^()\r\n]+\)/;

/** Returns a Read of the given texts; an input that still holds a variable is wrong whatever it is for. */
export function openReader<Name extends string>(
  raw: Readonly<Record<Name, string>>,
  defaults: Partial<Readonly<Record<Name, string>>>,
  keep: Keep,
): Read<Name> {
  return (name, check) => {
    const text = raw[name] === '' ? (defaults[name] ?? '') : raw[name];
    const variable = unresolved.exec(text)?.[0];
    return keep(variable === undefined ? check(text) : stillHolds(name, variable));
  };
}

function stillHolds(name: string, variable: string): Faults {
  if (name === 'serviceConnection') {
    return faulty(
      `Input ${name} still holds ${variable}.`,
      'a name, or a variable that is known when the run is queued; one that an earlier step sets is too late.',
      `Write the connection's name, or define ${variable.slice(2, -1)} in the pipeline, its variable group or as a parameter.`,
    );
  }
  return faulty(
    `Input ${name} still holds ${variable}.`,
    'a variable that is set when this step begins.',
    `Set ${variable.slice(2, -1)} before this step (check its spelling, its variable group and its scope), or write the value.`,
  );
}

import type { ErrorCode, Fault } from '../../../../src/errors.ts';

/** What is wrong with an input's text: the answer of a check that did not pass. */
export class Faults {
  readonly list: readonly Fault[];

  constructor(list: readonly Fault[]) {
    this.list = list;
  }
}

/** A check's answer: the value that the text stands for, or what is wrong with it. */
export type Checked<T> = T | Faults;

/** Returns one fault: what was found, what was expected, what to do. */
export function faulty(found: string, expected: string, remedy: string, code: ErrorCode = 'InputInvalid'): Faults {
  return new Faults([{ code, found, expected, remedy }]);
}

/** Returns the fault of a required input that is empty. */
export function missing(name: string, what: string): Faults {
  return faulty(`Input ${name} is empty.`, `${what}.`, `Set ${name} in the step.`);
}

/** Returns the items of a list that is separated by commas or white space. */
export function splitList(text: string): readonly string[] {
  return text.split(/[\s,]+/).filter(item => item !== '');
}

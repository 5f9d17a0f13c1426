import { neutralise } from '../secret.ts';
import type { Problem, ProblemCode } from '../problem.ts';

/** What was found, what was expected, what to do: whole sentences. */
export interface IssuerFault extends Problem {
  readonly code: ProblemCode;
}

/** Why no thumbprint was taken. Outside text in it is neutralised here. */
export class IssuerError extends Error {
  override readonly name = 'IssuerError';
  readonly fault: IssuerFault;

  constructor(fault: IssuerFault, cause?: unknown) {
    const shown = {
      code: fault.code,
      found: neutralise(fault.found),
      expected: neutralise(fault.expected),
      remedy: neutralise(fault.remedy),
    };
    super(`${shown.code}: ${shown.found}`, { cause });
    this.fault = shown;
  }

  get code(): ProblemCode {
    return this.fault.code;
  }
}

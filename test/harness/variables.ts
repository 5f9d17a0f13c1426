import { expandMacros } from './macros.ts';
import type { Masker } from './masking.ts';
import { readOnlyVariables } from './reserved-variables.ts';

export interface Variable {
  readonly name: string;
  readonly value: string;
  readonly secret: boolean;
  readonly readOnly: boolean;
  readonly preserveCase: boolean;
}

export interface VariableFlags {
  readonly secret?: boolean;
  readonly readOnly?: boolean;
  readonly preserveCase?: boolean;
}

/** `.` and blank become `_`, letters upper-case; a hyphen stays. Agent: Util/VarUtil.cs, ConvertToEnvVariableFormat. */
export function formatVariableName(name: string, preserveCase = false): string {
  const formatted = name.replace(/[. ]/g, '_');
  return preserveCase ? formatted : formatted.toUpperCase();
}

const maxDepth = 50;

/** The job's variables, or one step's task variables. Agent: Agent.Worker/Variables.cs. */
export class Variables {
  readonly #masker: Masker;
  readonly #written = new Map<string, Variable>();
  #expanded = new Map<string, Variable>();

  constructor(masker: Masker) {
    this.#masker = masker;
  }

  /** Once a secret, always a secret; once read-only, always read-only. Does not refuse a read-only name. */
  set(name: string, value: string, flags: VariableFlags = {}): void {
    const before = this.#expanded.get(name.toLowerCase());
    const secret = (flags.secret ?? false) || (before?.secret ?? false);
    const readOnly = (flags.readOnly ?? false) || (before?.readOnly ?? false);
    if (secret) this.#masker.addValue(value);
    const variable = { name, value, secret, readOnly, preserveCase: flags.preserveCase ?? false };
    this.#written.set(name.toLowerCase(), variable);
    this.#expanded.set(name.toLowerCase(), variable);
  }

  unset(name: string): void {
    this.#written.delete(name.toLowerCase());
    this.#expanded.delete(name.toLowerCase());
  }

  get(name: string): string | undefined {
    return this.#expanded.get(name.toLowerCase())?.value;
  }

  isSecret(name: string): boolean {
    return this.#expanded.get(name.toLowerCase())?.secret ?? false;
  }

  isReadOnly(name: string): boolean {
    const variable = this.#expanded.get(name.toLowerCase());
    return variable !== undefined && (variable.readOnly || readOnlyVariables.has(name.toLowerCase()));
  }

  /** True only for what .NET's Boolean.Parse takes. */
  isTrue(name: string): boolean {
    return this.get(name)?.trim().toLowerCase() === 'true';
  }

  list(kind: 'public' | 'secret'): readonly Variable[] {
    return [...this.#expanded.values()].filter(variable => variable.secret === (kind === 'secret'));
  }

  expand(text: string): string {
    return expandMacros(text, name => this.get(name));
  }

  /**
   * Expands variables within variables, before every step: also those that a step set, whose `$(name)` therefore comes
   * to life one step later. A value that takes in a secret is secret. Returns the agent's warnings.
   */
  expandAll(): readonly string[] {
    const warnings: string[] = [];
    const expanded = new Map(this.#written);
    for (const [key, variable] of this.#written) {
      const found = this.#resolve(variable, []);
      if ('problem' in found) warnings.push(`Unable to expand variable '${variable.name}'. ${found.problem}`);
      else if (found.value !== variable.value) expanded.set(key, this.#replaceValue(variable, found));
    }
    this.#expanded = expanded;
    return warnings;
  }

  #replaceValue(variable: Variable, found: { readonly value: string; readonly secret: boolean }): Variable {
    if (found.secret) this.#masker.addValue(found.value);
    return { ...variable, ...found };
  }

  #resolve(variable: Variable, outer: readonly string[]): { value: string; secret: boolean } | { problem: string } {
    const path = [...outer, variable.name.toLowerCase()];
    let { secret } = variable;
    let problem: string | undefined;
    const value = expandMacros(variable.value, name => {
      const nested = this.#written.get(name.toLowerCase());
      if (nested === undefined || problem !== undefined) return undefined;
      if (path.length === maxDepth) problem = `The max expansion depth (${maxDepth}) was exceeded.`;
      if (path.includes(name.toLowerCase())) problem = 'A cyclical reference was detected.';
      const found = problem === undefined ? this.#resolve(nested, path) : { problem };
      if ('problem' in found) {
        problem = found.problem;
        return undefined;
      }
      secret ||= found.secret;
      return found.value;
    });
    return problem === undefined ? { value, secret } : { problem };
  }
}

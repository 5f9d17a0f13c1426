/**
 * A string that must not be printed: an ID token, a job token, key material. String conversion, JSON and `util.inspect`
 * all give `***`.
 *
 * It does not wipe memory and does not register the value with the agent; that is the agent adapter's work.
 */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** Returns the value itself, for the one place that has to send or hand it on. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return '***';
  }

  toJSON(): string {
    return '***';
  }

  /** Honoured by `util.inspect` and `console.log`. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return '***';
  }
}

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

/** Longest piece of outside text that is ever shown; AWS and Azure messages are far shorter. */
export const maxTextLength = 2000;

/** C0 and C1 controls (ESC among them), bidi controls and all else that shows nothing, line separators. */
const invisible = /[\p{Cc}\p{Default_Ignorable_Code_Point}\u2028\u2029]/gu;

/**
 * Returns text from outside (an AWS or Azure message, a claim, a name) as one line that is safe to print in a
 * pipeline log: no control, ESC or bidi characters, and nothing the agent would take for a logging command. The agent
 * executes `##vso[` wherever it is in a line and formats a line that begins with `##[`.
 *
 * It does not hide secrets and does not escape Markdown or HTML.
 *
 * @see https://learn.microsoft.com/azure/devops/pipelines/scripts/logging-commands
 */
export function neutralise(text: string): string {
  const line = cutText(text, 5 * maxTextLength)
    .replace(/[\r\n\t]+/g, ' ')
    .replace(invisible, '');
  return cutText(line.replace(/##(?=vso\[|\[)/gi, '# #'), maxTextLength);
}

/**
 * Returns a text that is not much longer than told. It is cut between words: half a token would no longer be recognised
 * as the secret that it is.
 */
export function cutText(text: string, longest: number): string {
  return text.length > longest ? `${text.slice(0, longest).replace(/(?<!\S)\S*$/, '')}…` : text;
}

/** Returns a UTF-16 unit as the escape that means it in JSON. */
export function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

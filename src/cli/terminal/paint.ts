/** Colours for people, or none. */
export interface Paint {
  readonly bold: (text: string) => string;
  readonly red: (text: string) => string;
  readonly green: (text: string) => string;
  readonly yellow: (text: string) => string;
}

export interface Stage {
  readonly isTerminal: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Returns colours on a terminal that takes them; none where NO_COLOR is set to anything (https://no-color.org). */
export function choosePaint({ isTerminal, env }: Stage): Paint {
  const plain = !isTerminal || (env['NO_COLOR'] ?? '') !== '' || env['TERM'] === 'dumb';
  const wrap = (open: number, close: number) => (text: string) =>
    plain ? text : `\u001b[${open}m${text}\u001b[${close}m`;
  return { bold: wrap(1, 22), red: wrap(31, 39), green: wrap(32, 39), yellow: wrap(33, 39) };
}

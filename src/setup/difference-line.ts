/** A line of a difference: added, changed, taken away, or there for orientation. */
export interface DifferenceLine {
  readonly mark: '+' | '~' | '-' | ' ';
  readonly depth: number;
  readonly text: string;
}

export function line(mark: DifferenceLine['mark'], depth: number, text: string): DifferenceLine {
  return { mark, depth, text };
}

export function addedLine(depth: number, text: string): DifferenceLine {
  return line('+', depth, text);
}

/** Returns tags that are added to what is named before. */
export function describeTags(tags: Readonly<Record<string, string>>): readonly DifferenceLine[] {
  return Object.entries(tags).map(([key, value]) => addedLine(1, `tag ${key} = ${value}`));
}

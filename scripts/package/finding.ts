/** One thing that is wrong with the package: where, what was found, what was expected, and what to do about it. */
export type Finding = {
  readonly at: string;
  readonly found: string;
  readonly expected: string;
  readonly do: string;
};

/** The finding as one line for a log. */
export function formatFinding(finding: Finding): string {
  return `${finding.at}: found ${finding.found}; expected ${finding.expected}. ${finding.do}`;
}

/** A value as a finding quotes it; long ones are cut. */
export function quote(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value);
  return text.length > 120 ? `${text.slice(0, 117)}...` : text;
}

/** The values that occur more than once; letter case counts unless `fold` takes it away. */
export function findDuplicates(
  values: readonly string[],
  fold: (value: string) => string = value => value,
): readonly string[] {
  const folded = values.map(fold);
  return values.filter((_, index) => folded.indexOf(folded[index] ?? '') < index);
}

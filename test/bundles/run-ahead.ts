/**
 * Returns a function that gives what `run` makes of a row. Up to `width` rows are under way at a time, begun in the
 * order of the list, so that tests which ask for row after row find the next ones begun.
 */
export function runAhead<Row, Result>(
  rows: readonly Row[],
  run: (row: Row) => Promise<Result>,
  width = 4,
): (row: Row) => Promise<Result> {
  const begun = new Map<Row, Promise<Result>>();
  const begin = (row: Row): Promise<Result> => {
    const running = begun.get(row) ?? run(row);
    // Whoever asks for the row hears of the rejection.
    running.catch(() => undefined);
    begun.set(row, running);
    return running;
  };
  return row => {
    const first = rows.indexOf(row);
    for (const next of rows.slice(first, first + width)) void begin(next);
    return begin(row);
  };
}

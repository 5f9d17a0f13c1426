/**
 * Returns which of some names a word was probably meant to be: those that begin with it, or those that differ from it least,
 * in at most three letters and less than 40 percent. Letter case and the dashes of options count.
 */
export function findNearest(word: string, names: readonly string[]): readonly string[] {
  const length = (name: string): number => name.replace(/^--/, '').length;
  const longer = names.filter(name => length(word) > 2 && name.startsWith(word));
  if (longer.length > 0) return longer;
  const near = names
    .map(name => ({ name, edits: countEdits(word, name) }))
    .filter(({ name, edits }) => edits <= 3 && edits < length(name) * 0.4);
  const min = Math.min(...near.map(({ edits }) => edits));
  return near.filter(({ edits }) => edits === min).map(({ name }) => name);
}

/**
 * Returns how many letters to add, to remove or to change, or neighbours to swap. A second text that is longer than any name is
 * not compared.
 */
export function countEdits(one: string, other: string): number {
  if (other.length > 60) return other.length;
  let before: readonly number[] = [];
  let row: readonly number[] = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (const [line, letter] of one.split('').entries()) {
    const next = [line + 1];
    for (let at = 1; at <= other.length; at += 1) {
      const change = (row[at - 1] ?? 0) + (letter === other[at - 1] ? 0 : 1);
      const isSwapped = at > 1 && letter === other[at - 2] && one[line - 1] === other[at - 1];
      const swap = isSwapped ? (before[at - 2] ?? 0) + 1 : change;
      next.push(Math.min(change, swap, (row[at] ?? 0) + 1, (next[at - 1] ?? 0) + 1));
    }
    before = row;
    row = next;
  }
  return row[other.length] ?? 0;
}

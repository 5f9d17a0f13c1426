/** What was read of texts. */
export type Memory<T> = Map<string, { readonly value: T }>;

/** More is not kept: texts come from policies that anybody may have written. */
const maxTexts = 1000;

/**
 * Returns what `read` makes of a text; it is called once for each text that is kept. At most a thousand texts are kept; past
 * that all are forgotten.
 */
export function recall<T>(memory: Memory<T>, text: string, read: (text: string) => T): T {
  const found = memory.get(text);
  if (found !== undefined) return found.value;
  const value = read(text);
  if (memory.size >= maxTexts) memory.clear();
  memory.set(text, { value });
  return value;
}

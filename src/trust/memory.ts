/** More is not kept: texts come from policies that anybody may have written. */
const maxTexts = 1000;

/** Keeps what was read of a text. At most a thousand texts are kept; past that all are forgotten. */
export function remember<T>(memory: Map<string, T>, text: string, value: T): void {
  if (memory.size >= maxTexts) memory.clear();
  memory.set(text, value);
}

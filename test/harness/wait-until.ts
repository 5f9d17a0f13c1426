import { setTimeout as wait } from 'node:timers/promises';

/** Waits until something holds; an error names what did not come about. */
export async function waitUntil(what: string, holds: () => boolean): Promise<void> {
  const giveUpAt = performance.now() + 15_000;
  while (!holds()) {
    if (performance.now() > giveUpAt) throw new Error(`waited 15 s in vain: ${what}`);
    await wait(5);
  }
}

/** What a run says once it is to end. */
export const stopping = 'Stopping after the current call. Press Ctrl-C again to stop immediately.';

/** Whether whoever runs the command wants it to end. */
export interface Interruption {
  readonly signal: AbortSignal;
  /** Stops watching, so that the process can end. */
  readonly close: () => void;
}

/**
 * Watches for SIGINT, which is Ctrl-C, and SIGTERM: the first of them aborts the signal and is told, and what is under way
 * may come to its end; the next one ends the process, as it does for every other.
 */
export function watchInterruption(tell: () => void): Interruption {
  const controller = new AbortController();
  const onSignal = (): void => {
    close();
    tell();
    controller.abort();
  };
  const close = (): void => {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  return { signal: controller.signal, close };
}

import { CliFailure, refuseIf } from './failure.ts';
import { createInterface } from 'node:readline/promises';
import type { Problem } from '../../problem.ts';

/** One answer of several. */
export interface Choice<Value> {
  readonly value: Value;
  /** What people see; it may be a text from outside. */
  readonly title: string;
  readonly hint?: string | undefined;
}

export interface TextQuestion {
  readonly title: string;
  /** The answer if none is typed. */
  readonly suggestion?: string | undefined;
  /** Throws CliFailure for an answer that cannot be meant; the question is asked again with the reason. */
  readonly check: (answer: string) => void;
}

/** Somebody who answers. All rejects with the failure `Interrupted` once that somebody wants to end. */
export interface Questions {
  /** Returns an answer that passed its check, without spaces around it. */
  readonly askText: (question: TextQuestion) => Promise<string>;
  /** Returns the value of the choice that was taken, from a list that can be searched. */
  readonly choose: <Value>(title: string, choices: readonly Choice<Value>[]) => Promise<Value>;
  /** Says something between two questions. */
  readonly say: (text: string) => void;
}

export interface AskingOptions {
  readonly json?: boolean;
  readonly yes?: boolean;
}

/** Opens the questions; undefined if nobody may be asked. */
export type OpenQuestions = (options: AskingOptions) => Promise<Questions | undefined>;

/**
 * Returns whether questions may be asked: there is a terminal, the result is for people, and no pipeline waits for an answer
 * that nobody gives.
 *
 * @see https://learn.microsoft.com/azure/devops/pipelines/build/variables#system-variables-devops-services TF_BUILD
 */
export function mayAsk(
  { json, yes }: AskingOptions,
  isTerminal: boolean,
  env: Readonly<Record<string, string | undefined>>,
): boolean {
  const isPipeline = [env['TF_BUILD'], env['CI']].some(value => !/^(?:false|0)?$/i.test(value ?? ''));
  return isTerminal && json !== true && yes !== true && !isPipeline;
}

/** Returns the failure of somebody who ended the questions. */
export function endedByUser(): CliFailure {
  return new CliFailure(3, [
    {
      code: 'Interrupted',
      found: 'You ended the questions.',
      expected: 'an answer to every question, or the matching options.',
      remedy: 'Run the command again; nothing was changed.',
    },
  ]);
}

/** Where a question can be asked. */
export interface Terminal {
  readonly isTerminal: boolean;
  readonly ask: (question: string) => Promise<string>;
}

/** Returns the terminal of this process: stderr is asked on, so that stdout stays the result's. */
export function openTerminal(): Terminal {
  return {
    isTerminal: process.stdin.isTTY && process.stderr.isTTY,
    ask: async question => {
      const lines = createInterface({ input: process.stdin, output: process.stderr });
      const closed = new Promise<string>(resolve =>
        lines.once('close', () => {
          resolve('');
        }),
      );
      try {
        return await Promise.race([lines.question(question), closed]);
      } finally {
        lines.close();
      }
    },
  };
}

/** Returns a check for `readAll`: that somebody said yes to what a command would write, or can be asked. */
export function checkConsent({ yes, dryRun }: { readonly yes?: boolean; readonly dryRun?: boolean }): () => void {
  return refuseIf(
    yes !== true && dryRun !== true && !openTerminal().isTerminal,
    'The command would change IAM, and there is no terminal to ask for confirmation.',
    '--yes to apply the changes, or --dry-run to only see them.',
  );
}

/** What a command that was not confirmed says. */
export const notConfirmed: Problem = {
  code: 'NotConfirmed',
  found: 'You did not confirm the changes.',
  expected: 'y or yes, or --yes.',
  remedy: 'Run the command again; nothing was changed.',
};

/** Returns whether the answer to a question is yes, and nothing else. */
export async function confirm(question: string, { ask }: Terminal): Promise<boolean> {
  return /^\s*(?:y|yes)\s*$/i.test(await ask(`${question} (y/N) `));
}

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

/** Asks again, with the reason, as long as the answer fails by one of some codes. */
export async function askUntil<Answer>(
  questions: Questions,
  codes: readonly string[],
  ask: () => Promise<Answer>,
): Promise<Answer> {
  for (;;) {
    try {
      return await ask();
    } catch (thrown) {
      if (!(thrown instanceof CliFailure) || !thrown.problems.every(({ code }) => codes.includes(code))) throw thrown;
      for (const { found, expected } of thrown.problems) questions.say(`${found} Expected: ${expected}`);
    }
  }
}

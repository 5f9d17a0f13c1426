import { createInterface } from 'node:readline/promises';
import type { Problem } from '../../problem.ts';
import { wrongUsage } from './failure.ts';

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

/** Throws if a command would write, and nobody said yes and nobody can be asked. */
export function requireConsent(
  { yes, dryRun }: { readonly yes?: boolean; readonly dryRun?: boolean },
  { isTerminal }: Terminal,
): void {
  if (yes === true && dryRun === true) throw wrongUsage('Both --yes and --dry-run are given.', 'only one of them.');
  if (yes === true || dryRun === true || isTerminal) return;
  throw wrongUsage(
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

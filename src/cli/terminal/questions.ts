import { CliFailure } from './failure.ts';

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

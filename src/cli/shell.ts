import type { Command } from 'commander';
import type { OpenAccount } from './accounts/open.ts';
import type { OpenAzureDevOps } from './connections/ask-azure-devops.ts';
import type { OutOptions } from './terminal/out-file.ts';
import type { OpenQuestions } from './terminal/questions.ts';
import type { Report } from './terminal/report.ts';

/** What every command is given: ways to the outside, and whom to tell what it found. */
export interface CommandShell {
  readonly openAzureDevOps: OpenAzureDevOps;
  readonly openAccount: OpenAccount;
  readonly openQuestions: OpenQuestions;
  readonly nowMs: () => number;
  /** Gets the options that say where the report goes, before the command does anything. */
  readonly sendTo: (options: OutOptions) => void;
  /** Does a command's work; its report is what the process prints. */
  readonly run: (work: () => Promise<Report>) => Promise<void>;
}

/** Gives a command that has its name and summary the rest: description, options, examples, action. */
export type DefineCommand = (command: Command, shell: CommandShell) => void;

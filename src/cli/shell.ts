import type { OpenAzureDevOps } from './connections/ask-azure-devops.ts';
import type { OpenIam } from './diagnose/ask-iam.ts';
import type { Report } from './terminal/report.ts';

/** What every command is given: ways to the outside, and whom to tell what it found. */
export interface CommandShell {
  readonly openAzureDevOps: OpenAzureDevOps;
  readonly openIam: OpenIam;
  readonly nowMs: () => number;
  /** Does a command's work; its report is what the process prints. */
  readonly run: (work: () => Promise<Report>) => Promise<void>;
}

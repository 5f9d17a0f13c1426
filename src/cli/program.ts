import type { Command } from 'commander';
import type { OpenAzureDevOps } from './ask-azure-devops.ts';
import type { OpenIam } from './ask-iam.ts';
import { addConnection } from './connection.ts';
import { addDiagnose } from './diagnose.ts';
import { addMigrate } from './migrate.ts';
import { addOrganizationId } from './organization-id.ts';
import { createBareProgram } from './outline.ts';
import type { Report } from './report.ts';
import { addSetup } from './setup.ts';
import { addTemplate } from './template.ts';
import { addThumbprints } from './thumbprints.ts';
import { addTrustPolicy } from './trust-policy.ts';

/** What every command is given: ways to the outside, and whom to tell what it found. */
export interface CommandShell {
  readonly openAzureDevOps: OpenAzureDevOps;
  readonly openIam: OpenIam;
  readonly nowMs: () => number;
  /** Does a command's work; its report is what the process prints. */
  readonly run: (work: () => Promise<Report>) => Promise<void>;
}

/** Returns the command line's parser. It throws instead of ending the process, and prints nothing but help. */
export function createProgram(shell: CommandShell, print: (text: string) => void): Command {
  const program = createBareProgram(print);
  // Subcommands take over what is set above.
  [
    addOrganizationId,
    addConnection,
    addTrustPolicy,
    addSetup,
    addTemplate,
    addMigrate,
    addDiagnose,
    addThumbprints,
  ].forEach(add => {
    add(program, shell);
  });
  return program;
}

import { CommanderError } from 'commander';
import { useToken } from './connections/ask-azure-devops.ts';
import { openIam } from './diagnose/ask-iam.ts';
import { asFailure } from './terminal/as-failure.ts';
import { wrongUsage } from './terminal/failure.ts';
import { choosePaint } from './terminal/paint.ts';
import { createProgram } from './program.ts';
import { printFailure, printReport, type Printed, type Report } from './terminal/report.ts';

/** Runs the command that arguments name: its result, or why there is none, goes to the process's outputs and exit code. */
async function main(args: readonly string[]): Promise<void> {
  // A reader that has seen enough, such as `head`, is no failure.
  process.stdout.on('error', () => undefined);
  // Node warns of what the client library of Azure DevOps calls (url.parse); its reader here can do nothing about that.
  process.noDeprecation = true;
  const json = args.includes('--json');
  const { env } = process;
  try {
    const report = await findReport(args);
    if (report === undefined) return;
    print(printReport(report, { json, paint: choosePaint({ isTerminal: process.stdout.isTTY, env }) }));
  } catch (thrown) {
    const failure = asFailure(explainUsage(thrown));
    print(printFailure(failure, { json, paint: choosePaint({ isTerminal: process.stderr.isTTY, env }) }));
  }
}

/** Returns what the command found; undefined where help or the version was asked for. */
async function findReport(args: readonly string[]): Promise<Report | undefined> {
  let report: Report | undefined;
  const shell = {
    openAzureDevOps: useToken(process.env),
    openIam,
    nowMs: () => Date.now(),
    run: async (work: () => Promise<Report>) => {
      report = await work();
    },
  };
  const program = createProgram(shell, text => process.stdout.write(text));
  try {
    await program.parseAsync(args, { from: 'user' });
  } catch (thrown) {
    if (thrown instanceof CommanderError && thrown.exitCode === 0) return undefined;
    throw thrown;
  }
  return report;
}

/** Commander's errors are all wrong usage; without a command it would print help as an error. */
function explainUsage(thrown: unknown): unknown {
  if (!(thrown instanceof CommanderError)) return thrown;
  if (thrown.code === 'commander.help') return wrongUsage('No command is given.', 'a command.', 'Run aws-wif --help.');
  const [found = ''] = thrown.message.replace(/^error: /, '').split('\n');
  return wrongUsage(`${found}.`, 'a command line as --help shows it.');
}

function print({ exit, stdout, stderr }: Printed): void {
  process.exitCode = exit;
  process.stdout.write(stdout);
  process.stderr.write(stderr);
}

void main(process.argv.slice(2));

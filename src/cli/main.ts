import { neutralise } from '../outside-text.ts';
import type { Notice } from './accounts/endpoint-notice.ts';
import { useAccounts } from './accounts/open.ts';
import { useToken } from './connections/ask-azure-devops.ts';
import { asFailure, type CliFailure } from './terminal/failure.ts';
import { choosePaint } from './terminal/paint.ts';
import { nameCommand, parseCommandLine } from './parse.ts';
import { printFailure, printReport, type Printed, type Report } from './terminal/report.ts';

/** Runs the command that arguments name: its result, or why there is none, goes to the process's outputs and exit code. */
async function main(args: readonly string[]): Promise<void> {
  // A reader that has seen enough, such as `head`, is no failure.
  process.stdout.on('error', () => undefined);
  // Node warns of what the client library of Azure DevOps calls (url.parse); its reader here can do nothing about that.
  process.noDeprecation = true;
  const json = args.includes('--json');
  const { env } = process;
  const notices = openNotices();
  const chooseStyle = ({ isTTY }: NodeJS.WriteStream) => ({
    json,
    paint: choosePaint({ isTerminal: isTTY, env }),
    shown: notices.list(),
  });
  try {
    const report = await findReport(args, notices.show);
    if (report === undefined) return;
    print(printReport(report, chooseStyle(process.stdout)));
  } catch (thrown) {
    print(printFailure(explainUsage(thrown, args), chooseStyle(process.stderr)));
  }
}

/** Shows each notice on stderr at once, before somebody confirms a change, and only the first time. */
function openNotices(): { readonly show: Notice; readonly list: () => readonly string[] } {
  const shown = new Set<string>();
  return {
    show: text => {
      if (!shown.has(text)) process.stderr.write(`Warning: ${neutralise(text)}\n`);
      shown.add(text);
    },
    list: () => [...shown],
  };
}

/** Returns what the command found; undefined where help or the version was asked for, or no command was given. */
async function findReport(args: readonly string[], notice: Notice): Promise<Report | undefined> {
  let report: Report | undefined;
  const shell = {
    openAzureDevOps: useToken(process.env),
    openAccount: useAccounts(notice),
    nowMs: () => Date.now(),
    run: async (work: () => Promise<Report>) => {
      report = await work();
    },
  };
  await parseCommandLine(args, shell, text => process.stdout.write(text));
  return report;
}

/** Wrong usage without a remedy of its own is mended by the command's help. */
function explainUsage(thrown: unknown, args: readonly string[]): CliFailure {
  return asFailure(thrown).withUsageRemedy(`${nameCommand(args)} --help`);
}

function print({ exit, stdout, stderr }: Printed): void {
  process.exitCode = exit;
  process.stdout.write(stdout);
  process.stderr.write(stderr);
}

/** Settles once all is said, for a program that runs this one in its own process; it never rejects. */
export const finished = main(process.argv.slice(2));

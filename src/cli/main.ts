import { CommanderError } from 'commander';
import { neutralise } from '../outside-text.ts';
import type { Notice } from './accounts/endpoint-notice.ts';
import { useAccounts } from './accounts/open.ts';
import { useToken } from './connections/ask-azure-devops.ts';
import { asFailure, wrongUsage, type CliFailure } from './terminal/failure.ts';
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
  let instead = '';
  const program = createProgram(shell, {
    print: text => process.stdout.write(text),
    printInstead: text => {
      instead += text;
    },
  });
  try {
    await program.parseAsync(args, { from: 'user' });
  } catch (thrown) {
    if (!(thrown instanceof CommanderError)) throw thrown;
    // Without a command the parser shows the help, as an error.
    if (thrown.code === 'commander.help') process.stdout.write(instead);
    else if (thrown.exitCode !== 0) throw thrown;
  }
  return report;
}

/** The parser's errors are all wrong usage. */
function explainUsage(thrown: unknown, args: readonly string[]): CliFailure {
  const isUnknown = thrown instanceof CommanderError && thrown.code === 'commander.unknownCommand';
  const command = nameCommand(args);
  const remedy = `Run ${isUnknown ? command.replace(/ \S+$/, '') : command} --help.`;
  if (!(thrown instanceof CommanderError)) return asFailure(thrown).withUsageRemedy(remedy);
  const found = thrown.message.replace(/^error: /, '').replace(/\n\((.*)\)$/, ' $1');
  return wrongUsage(found.replace(/(?<![.?])$/, '.'), 'a command line as --help shows it.', remedy);
}

/** Returns the command that arguments name, with its subcommand. */
function nameCommand(args: readonly string[]): string {
  const end = args.findIndex(one => !/^[a-z][a-z-]*$/.test(one));
  const words = (end < 0 ? args : args.slice(0, end)).slice(0, /^(?:migrate|thumbprints)$/.test(args[0] ?? '') ? 2 : 1);
  return ['aws-wif', ...words].join(' ');
}

function print({ exit, stdout, stderr }: Printed): void {
  process.exitCode = exit;
  process.stdout.write(stdout);
  process.stderr.write(stderr);
}

/** Settles once all is said, for a program that runs this one in its own process; it never rejects. */
export const finished = main(process.argv.slice(2));

import { codeOf } from '../host/private-file.ts';
import { neutralise } from '../secret.ts';
import type { Notice, OpenAccount } from './accounts/open.ts';
import { asFailure, formatProblems } from './terminal/failure.ts';
import { describeLoss, printToFile, readOutFile, type OutFile, type OutOptions } from './terminal/out-file.ts';
import { choosePaint } from './terminal/layout.ts';
import { parseCommandLine } from './parse.ts';
import type { CommandShell } from './shell.ts';
import { openTerminal, mayAsk, type OpenQuestions } from './terminal/questions.ts';
import { printFailure, printReport, type Printed, type Report } from './terminal/report.ts';

/** Runs the command that arguments name: its result, or why there is none, goes to the process's outputs and exit code. */
async function main(args: readonly string[]): Promise<void> {
  process.stdout.on('error', failUnlessUnread);
  // What nobody reads there decides nothing.
  process.stderr.on('error', () => undefined);
  // Node warns of what the client library of Azure DevOps calls (url.parse); its reader here can do nothing about that.
  process.noDeprecation = true;
  const json = args.some(arg => /^--json(?:=|$)/.test(arg));
  const { env } = process;
  const notices = openNotices();
  const chooseStyle = (isTerminal: boolean) => ({
    json,
    paint: choosePaint({ isTerminal, env }),
    shown: notices.list(),
  });
  try {
    const { report, file } = await findReport(args, notices.show);
    if (report === undefined) return;
    const printed = printReport(report, chooseStyle(file === undefined && process.stdout.isTTY));
    print(file === undefined ? printed : printToFile(file, printed, report.caution));
  } catch (thrown) {
    print(printFailure(asFailure(thrown), chooseStyle(process.stderr.isTTY)));
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

interface Found {
  /** Undefined where help or the version was asked for, or no command was given. */
  readonly report: Report | undefined;
  /** Where the report goes; undefined: to stdout. */
  readonly file: OutFile | undefined;
}

/** Returns what the command found. */
async function findReport(args: readonly string[], notice: Notice): Promise<Found> {
  let report: Report | undefined;
  let file: OutFile | undefined;
  const shell = {
    ...openOutside(notice),
    openQuestions: openTerminalQuestions,
    nowMs: () => Date.now(),
    sendTo: (options: OutOptions) => {
      file = readOutFile(options);
    },
    run: async (work: () => Promise<Report>) => {
      report = await work();
    },
  };
  await parseCommandLine(args, shell, text => process.stdout.write(text));
  return { report, file };
}

/** The ways to Azure DevOps and AWS, which help does without, are loaded with their first use. */
function openOutside(notice: Notice): Pick<CommandShell, 'openAzureDevOps' | 'openAccount'> {
  let accounts: Promise<OpenAccount> | undefined;
  return {
    openAzureDevOps: async organization => {
      const { useToken } = await import('./connections/ask-azure-devops.ts');
      return useToken(process.env)(organization);
    },
    openAccount: async target => {
      accounts ??= import('./accounts/open.ts').then(({ useAccounts }) => useAccounts(notice));
      return (await accounts)(target);
    },
  };
}

/** The library behind the questions is loaded only if they may be asked. */
const openTerminalQuestions: OpenQuestions = async options => {
  if (!mayAsk(options, openTerminal().isTerminal, process.env)) return undefined;
  return (await import('./terminal/ask-on-terminal.ts')).terminalQuestions;
};

/** A reader that has seen enough, such as `head`, is no failure; a full disk is one. */
function failUnlessUnread(error: Error): void {
  if (codeOf(error) === 'EPIPE') return;
  process.exitCode = 3;
  process.stderr.write(`${formatProblems([describeLoss(error)])}\n`);
}

function print({ exit, stdout, stderr }: Printed): void {
  process.exitCode = exit;
  for (const part of typeof stdout === 'string' ? [stdout] : stdout) process.stdout.write(part);
  process.stderr.write(stderr);
}

/** Settles once all is said, for a program that runs this one in its own process; it never rejects. */
export const finished = main(process.argv.slice(2));

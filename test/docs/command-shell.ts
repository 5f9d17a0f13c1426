import { openAzureDevOps } from '../../src/azure-devops/rest-api.ts';
import { asFailure } from '../../src/cli/terminal/failure.ts';
import { choosePaint } from '../../src/cli/terminal/layout.ts';
import { findCommand } from '../../src/cli/find-command.ts';
import { parseCommandLine } from '../../src/cli/parse.ts';
import { createProgram } from '../../src/cli/program.ts';
import type { CommandShell } from '../../src/cli/shell.ts';
import { joinOutput, printFailure, printReport, type Printed, type Report } from '../../src/cli/terminal/report.ts';
import { Secret } from '../../src/secret.ts';

/** Where the stand-in for Azure DevOps is, and a token that it takes. */
export interface Place {
  readonly url: string;
  readonly token: string;
}

/** A shell whose Azure DevOps is a stand-in: the pages' organization is the one that it has. */
function makeShell(run: CommandShell['run'], place: Place): CommandShell {
  return {
    openAzureDevOps: ({ name }) =>
      Promise.resolve(openAzureDevOps({ url: new URL(`${place.url}/${name}`), token: new Secret(place.token) })),
    openAccount: () => Promise.reject(new Error('the pages show no output that needs IAM')),
    openQuestions: () => Promise.resolve(undefined),
    nowMs: () => Date.parse('2026-11-23T00:00:00Z'),
    sendTo: () => undefined,
    run,
  };
}

/** Where commands do nothing and reach nobody. */
const idle = makeShell(() => Promise.resolve(), { url: 'https://dev.azure.com', token: 'none' });

/** Reads words as the process would, and does nothing. Throws for any mistake. */
export function parseWords(words: readonly string[]): Promise<void> {
  return parseCommandLine(words, idle, () => undefined);
}

/** Returns the long options of the command that words name. Throws if they name none. */
export async function listOptions(words: readonly string[]): Promise<readonly string[]> {
  const { names, mistakes } = findCommand(words);
  const [wrong] = mistakes;
  if (wrong !== undefined) throw new Error(wrong.found);
  const { command } = await createProgram(names, idle, () => undefined);
  return [...command.options.map(({ long }) => long ?? ''), '--help'];
}

/** Runs a command as the process would and returns what it prints if nobody looks for colours. */
export async function runCommand(args: readonly string[], place: Place): Promise<Ended> {
  const reports: Report[] = [];
  const help: string[] = [];
  const shell = makeShell(async work => {
    reports.push(await work());
  }, place);
  const style = { json: args.includes('--json'), paint: choosePaint({ isTerminal: false, env: {} }) };
  try {
    await parseCommandLine(args, shell, text => help.push(text));
    const [report] = reports;
    return report === undefined ? { exit: 0, stdout: help.join(''), stderr: '' } : join(printReport(report, style));
  } catch (thrown) {
    return join(printFailure(asFailure(thrown), style));
  }
}

type Ended = Printed & { readonly stdout: string };

function join(printed: Printed): Ended {
  return { ...printed, stdout: joinOutput(printed.stdout) };
}

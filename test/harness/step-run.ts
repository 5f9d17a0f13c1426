import { evaluateProcess } from './evaluate-step.ts';
import { processLine } from './command-dispatch.ts';
import { mergeResults } from './results.ts';
import { runProcess, type ProcessOutcome, type ProcessRequest, type StreamName } from './process.ts';
import type { StepContext } from './step-context.ts';
import { summaryType } from './task-commands.ts';
import type { Stage } from './task-definition.ts';
import type { StepOptions, StepResult } from './types.ts';

export const canceled = 'canceled';

/** What one process of a step is to be. */
export interface Launch {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Evaluated in this process: to its `process.exit`, or as far as it goes at once. Else it gets a process of its own. */
  readonly evaluated?: 'to exit' | 'at once' | undefined;
}

/** What the step's processes did, over all attempts. */
export class StepRecord {
  readonly lines: { readonly text: string; readonly stream: StreamName }[] = [];
  environment: Readonly<Record<string, string>> = {};
  outcome: ProcessOutcome | undefined;
  durationMs = 0;

  linesOf(stream: StreamName): readonly string[] {
    return this.lines.filter(line => line.stream === stream).map(({ text }) => text);
  }
}

/** Runs one process of a step; its exit code is the only thing that it throws for, besides a stop. */
export async function launchProcess(
  context: StepContext,
  record: StepRecord,
  launch: Launch,
  control: Pick<ProcessRequest, 'stop' | 'timings'> & { readonly onLine: (line: string) => void },
): Promise<void> {
  record.environment = launch.environment;
  const started = performance.now();
  const start = (request: ProcessRequest) =>
    launch.evaluated === undefined ? runProcess(request) : evaluateProcess(request, launch.evaluated === 'at once');
  const outcome = await start({
    ...launch,
    ...control,
    onLine: (text, stream) => {
      record.lines.push({ text, stream });
      processLine(context, text);
      control.onLine(text);
    },
  });
  record.durationMs += performance.now() - started;
  record.outcome = outcome;
  if (control.stop.aborted) throw new Error('The operation was canceled.', { cause: control.stop.reason });
  if (outcome.exitCode !== 0) throw new Error(exitMessage(outcome, launch));
}

function exitMessage({ exitCode }: ProcessOutcome, { file, args }: Launch): string {
  const shown = args.map(arg => `"${arg.replaceAll('"', '\\"')}"`).join(' ');
  return `Exit code ${exitCode} returned from process: file name '${file}', arguments '${shown}'.`;
}

/**
 * Runs a step's body between its section lines and settles its result: a throw sets Failed (Canceled after a cancel)
 * over what commands said, then a failed command and `continueOnError` have their say.
 * Agent: Agent.Worker/StepsRunner.cs, RunStepAsync.
 */
export async function concludeStep(
  context: StepContext,
  displayName: string,
  options: StepOptions,
  stop: AbortSignal,
  body: () => Promise<void>,
): Promise<void> {
  context.section(`Starting: ${displayName}`);
  try {
    await body();
  } catch (error) {
    const wasStopped = stop.aborted && error instanceof Error && error.cause === stop.reason;
    const message = error instanceof Error ? error.message : String(error);
    context.error(message);
    context.result = wasStopped && stop.reason === canceled ? 'Canceled' : 'Failed';
  }
  if (context.commandResult !== undefined) context.result = mergeResults(context.result, context.commandResult);
  if (context.result === 'Failed' && options.continueOnError === true) context.result = 'SucceededWithIssues';
  context.section(`Finishing: ${displayName}`);
}

export function reportStep(context: StepContext, record: StepRecord, displayName: string, stage: Stage): StepResult {
  return {
    displayName,
    stage,
    result: context.result ?? 'Succeeded',
    exitCode: record.outcome?.exitCode,
    signal: record.outcome?.signal,
    durationMs: record.durationMs,
    rawLines: record.lines.map(({ text }) => text),
    stdoutLines: record.linesOf('stdout'),
    stderrLines: record.linesOf('stderr'),
    log: context.log,
    issues: context.issues,
    commands: context.commands,
    outputVariables: Object.fromEntries(context.outputVariables),
    uploadedSummaries: context.attachments.filter(({ type }) => type === summaryType),
    attachments: context.attachments,
    environment: record.environment,
  };
}

import type { Masker } from './masking.ts';
import type { Restrictions } from './restrictions.ts';
import { mergeResults } from './results.ts';
import type { Attachment, HostType, Issue, LoggingCommand, TaskResult } from './types.ts';
import type { VariableFlags, Variables } from './variables.ts';

/** What all steps of a job share. */
export interface JobState {
  readonly hostType: HostType;
  readonly masker: Masker;
  readonly variables: Variables;
  readonly agentEnvironment: Readonly<Record<string, string>>;
  readonly prependedPaths: string[];
  readonly detailRecords: Set<string>;
  readonly uploads: Attachment[];
  readonly writesDebug: boolean;
}

export interface StepContextOptions {
  readonly job: JobState;
  readonly refName: string;
  readonly outputVariableNames: readonly string[];
  readonly restrictions: readonly Restrictions[];
  readonly taskVariables: Variables;
}

const maxIssuesOfAType = 10;

/** One step as it runs: its log, issues and result. Agent: Agent.Worker/ExecutionContext.cs. */
export class StepContext {
  readonly job: JobState;
  readonly restrictions: readonly Restrictions[];
  readonly taskVariables: Variables;
  readonly log: string[] = [];
  readonly issues: Issue[] = [];
  readonly commands: LoggingCommand[] = [];
  readonly attachments: Attachment[] = [];
  readonly outputVariables = new Map<string, { readonly value: string; readonly secret: boolean }>();
  result: TaskResult | undefined;
  commandResult: TaskResult | undefined;
  readonly #options: StepContextOptions;

  constructor(options: StepContextOptions) {
    this.job = options.job;
    this.restrictions = options.restrictions;
    this.taskVariables = options.taskVariables;
    this.#options = options;
  }

  write(text: string, masks = true): void {
    const shown = masks ? this.job.masker.mask(text) : text;
    this.log.push(...shown.split(/\r\n|\r|\n/));
  }

  section(text: string): void {
    this.write(`##[section]${text}`);
  }

  debug(text: string): void {
    if (this.job.writesDebug) this.write(`##[debug]${text}`);
  }

  error(message: string): void {
    this.addIssue('error', message);
  }

  warning(message: string): void {
    this.addIssue('warning', message);
  }

  /** The log gets every issue, the run's page the first ten errors and the first ten warnings. */
  addIssue(type: Issue['type'], message: string): void {
    const masked = this.job.masker.mask(message);
    if (masked !== '') this.write(`##[${type}]${masked}`);
    if (this.issues.filter(issue => issue.type === type).length < maxIssuesOfAType)
      this.issues.push({ type, message: masked });
  }

  failCommand(): void {
    this.commandResult = 'Failed';
  }

  mergeResult(coming: TaskResult): void {
    this.result = mergeResults(this.result, coming);
  }

  /** An output variable is set as `<reference name>.<name>` alone, and read-only; the plain name stays as it was. */
  setVariable(name: string, value: string, isOutput: boolean, flags: VariableFlags): void {
    const { refName, outputVariableNames } = this.#options;
    const declared = outputVariableNames.some(output => output.toLowerCase() === name.toLowerCase());
    if (!isOutput && !declared) {
      this.job.variables.set(name, value, flags);
      return;
    }
    this.outputVariables.set(name, { value, secret: flags.secret ?? false });
    if (refName === '') throw new Error("Value cannot be null. (Parameter 'RefName')");
    this.job.variables.set(`${refName}.${name}`, value, { ...flags, readOnly: isOutput || (flags.readOnly ?? false) });
  }
}

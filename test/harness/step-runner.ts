import type { StartedJob } from './job-start.ts';
import type { Restrictions } from './restrictions.ts';
import { mergeResults } from './results.ts';
import { StepContext } from './step-context.ts';
import { canceled, concludeStep, launchProcess, reportStep, StepRecord, type Launch } from './step-run.ts';
import type { Stage } from './task-definition.ts';
import { scopeVariables } from './task-step.ts';
import type { StepCondition, StepOptions, StepResult, TaskResult } from './types.ts';
import type { Variables } from './variables.ts';

/** A step about to run, whatever its kind. */
export interface Step {
  readonly id: string;
  readonly refName: string;
  readonly displayName: string;
  readonly stage: Stage;
  readonly options: StepOptions;
  readonly outputVariableNames: readonly string[];
  readonly restrictions: readonly Restrictions[];
  readonly taskVariables: Variables;
  readonly retries: number;
  readonly plan: (context: StepContext) => Launch;
}

/** Runs a job's steps one after another and keeps the job's result. Agent: Agent.Worker/StepsRunner.cs. */
export class StepRunner {
  readonly #job: StartedJob;
  #result: TaskResult | undefined;
  #running: { readonly stop: AbortController; readonly condition: StepCondition } | undefined;

  constructor(job: StartedJob) {
    this.#job = job;
  }

  get result(): TaskResult {
    return this.#result ?? 'Succeeded';
  }

  /** Stops the running step, unless its condition holds in a canceled job too. */
  cancel(): void {
    this.#setResult('Canceled');
    if (this.#running?.condition !== 'always') this.#running?.stop.abort(canceled);
  }

  async run(step: Step): Promise<StepResult> {
    if (this.#running !== undefined) throw new Error('Another step of this job is running.');
    const context = new StepContext({ ...step, job: this.#job.state });
    const record = new StepRecord();
    for (const warning of this.#job.state.variables.expandAll()) context.warning(warning);
    if (holds(step.options.condition ?? 'succeeded', this.result)) {
      await this.#runBody(step, context, record);
    } else {
      context.write('Skipping step due to condition evaluation.');
      context.result = 'Skipped';
    }
    const { result } = context;
    if (result === 'Failed' || result === 'SucceededWithIssues') this.#setResult(mergeResults(this.#result, result));
    return reportStep(context, record, step.displayName, step.stage);
  }

  async #runBody(step: Step, context: StepContext, record: StepRecord): Promise<void> {
    const stop = new AbortController();
    stop.signal.addEventListener('abort', () => {
      if (stop.signal.reason === canceled)
        context.error('The Operation will be canceled. The next steps may not contain expected logs.');
    });
    this.#running = { stop, condition: step.options.condition ?? 'succeeded' };
    const unscope = scopeVariables(this.#job, step);
    const disarm = this.#armTimer(step);
    try {
      const body = () => this.#attempt(step, context, record, stop.signal);
      await concludeStep(context, step.displayName, step.options, stop.signal, body);
    } finally {
      disarm();
      unscope();
      this.#running = undefined;
    }
  }

  #armTimer({ options, stage }: Step): () => void {
    const milliseconds = stage === 'Main' ? options.cancelAfterMs : undefined;
    const timer = milliseconds === undefined ? undefined : setTimeout(this.cancel.bind(this), milliseconds);
    return () => {
      clearTimeout(timer);
    };
  }

  /** Runs the same handler again while the step fails and tries are left. Agent: RetryHelper.cs, RetryStep. */
  async #attempt(step: Step, context: StepContext, record: StepRecord, stop: AbortSignal): Promise<void> {
    const launch = step.plan(context);
    const onLine = (line: string) => {
      if (step.stage === 'Main' && step.options.cancelWhen?.(line) === true) this.cancel();
    };
    for (let attempt = 1; ; attempt++) {
      const isLast = attempt > step.retries;
      try {
        await launchProcess(context, record, launch, { stop, timings: this.#job.timings, onLine });
        if (context.result !== 'Failed' || isLast) return;
        context.result = undefined;
        context.warning(
          `RetryHelper encountered task failure, will retry (attempt #: ${attempt} out of ${step.retries})`,
        );
      } catch (error) {
        if (stop.aborted || isLast) throw error;
        context.warning(`RetryHelper encountered exception, will retry (attempt #: ${attempt} ${String(error)})`);
      }
    }
  }

  #setResult(result: TaskResult): void {
    this.#result = result;
    this.#job.state.variables.set('agent.jobstatus', result);
  }
}

/** Agent: Agent.Worker/ExpressionManager.cs, the status functions. */
function holds(condition: StepCondition, status: TaskResult): boolean {
  const succeeded = status === 'Succeeded' || status === 'SucceededWithIssues';
  switch (condition) {
    case 'succeeded':
      return succeeded;
    case 'succeededOrFailed':
      return succeeded || status === 'Failed';
    case 'failed':
      return status === 'Failed';
    case 'always':
      return true;
    case 'never':
      return false;
  }
}

import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

import { prepareJob, type StartedJob } from './job-start.ts';
import { killOrphans } from './orphans.ts';
import { targetRestrictions } from './restrictions.ts';
import { StepRunner, type Step } from './step-runner.ts';
import { isAtLeastVersion, readTaskDefinition, type Stage, type TaskDefinition } from './task-definition.ts';
import { createInstance, planScriptLaunch, planTaskLaunch, type TaskInstance } from './task-step.ts';
import type * as harness from './types.ts';
import { Variables } from './variables.ts';
import { installTask, listFolder, removeWorkFolders } from './work-folders.ts';

/** Starts a job on a pretended agent with folders of its own; end it with `finish`. */
export function startJob(options: harness.JobOptions = {}): Promise<harness.Job> {
  return Promise.resolve(new AgentJob(prepareJob(options)));
}

const maxRetries = 10;

class AgentJob implements harness.Job {
  readonly workFolder: string;
  readonly tempDirectory: string;
  readonly #job: StartedJob;
  readonly #steps: StepRunner;
  readonly #instances: TaskInstance[] = [];
  readonly #definitions = new Map<string, TaskDefinition>();
  readonly #refNames = new Set<string>();
  #finished = false;

  constructor(job: StartedJob) {
    this.workFolder = job.folders.work;
    this.tempDirectory = job.folders.temp;
    this.#job = job;
    this.#steps = new StepRunner(job);
  }

  runTask = async (options: harness.TaskStepOptions): Promise<harness.StepResult> => {
    this.#refuseFinished();
    const definition = this.#loadTask(options.taskDirectory);
    const refName = options.refName ?? this.#nameStep(definition.name);
    const instance = createInstance(this.#job, definition, refName, options);
    this.#instances.push(instance);
    return this.#steps.run(this.#createTaskStep(instance, 'Main'));
  };

  runScript = async (options: harness.ScriptStepOptions): Promise<harness.StepResult> => {
    this.#refuseFinished();
    return this.#steps.run({
      id: randomUUID(),
      refName: this.#nameStep('CmdLine'),
      displayName: options.displayName ?? 'CmdLine',
      stage: 'Main',
      options,
      outputVariableNames: [],
      restrictions: targetRestrictions(options.target),
      taskVariables: new Variables(this.#job.state.masker),
      retries: 0,
      plan: () => planScriptLaunch(this.#job, options),
    });
  };

  findTask = (taskDirectory: string): string => this.#loadTask(taskDirectory).directory;

  cancel = (): void => {
    this.#steps.cancel();
  };

  variable = (name: string): string | undefined => this.#job.state.variables.get(name);

  isSecret = (name: string): boolean => this.#job.state.variables.isSecret(name);

  expand = (text: string): string => this.#job.state.variables.expand(text);

  mask = (text: string): string => this.#job.state.masker.mask(text);

  setVariable = (name: string, value: string, options: { readonly secret?: boolean } = {}): void => {
    this.#job.state.variables.set(name, value, options);
  };

  listTempDirectory = (): readonly string[] => listFolder(this.tempDirectory);

  finish = async (): Promise<harness.FinishedJob> => {
    this.#refuseFinished();
    this.#finished = true;
    try {
      const postJobSteps = await this.#runPostJobSteps();
      killOrphans(this.#job.lookupId);
      const lostUploads = this.#job.state.uploads.filter(({ path, content }) => readIfPresent(path) !== content);
      const leftInTempDirectory = this.listTempDirectory();
      return { result: this.#steps.result, postJobSteps, lostUploads, leftInTempDirectory };
    } finally {
      removeWorkFolders(this.#job.folders);
    }
  };

  discard = (): void => {
    if (this.#finished) return;
    this.#finished = true;
    killOrphans(this.#job.lookupId);
    removeWorkFolders(this.#job.folders);
  };

  /** Last first, whatever became of the main parts. Agent: JobExtension.cs, postJobStepsBuilder. */
  async #runPostJobSteps(): Promise<readonly harness.StepResult[]> {
    const results: harness.StepResult[] = [];
    const withPostJob = this.#instances.filter(({ definition }) => definition.handlers.PostJob.length > 0);
    for (const instance of withPostJob.toReversed())
      results.push(await this.#steps.run(this.#createTaskStep(instance, 'PostJob')));
    return results;
  }

  #createTaskStep(instance: TaskInstance, stage: Stage): Step {
    const { definition, options } = instance;
    return {
      ...instance,
      stage,
      options: stage === 'PostJob' ? { ...options, condition: 'always' } : options,
      outputVariableNames: definition.outputVariables,
      retries: Math.min(options.retryCountOnTaskFailure ?? 0, maxRetries),
      plan: context => planTaskLaunch(this.#job, context, instance, stage),
    };
  }

  #loadTask(taskDirectory: string): TaskDefinition {
    const folder = resolve(taskDirectory);
    const known = this.#definitions.get(folder);
    if (known !== undefined) return known;
    const definition = readTaskDefinition(folder);
    const { minimumAgentVersion = '0' } = definition;
    const { agentVersion } = this.#job;
    if (!isAtLeastVersion(agentVersion, minimumAgentVersion))
      throw new Error(
        `No agent meets the demand Agent.Version -gtVersion ${minimumAgentVersion}, this is ${agentVersion}.`,
      );
    const installed = { ...definition, directory: installTask(this.#job.folders, definition) };
    this.#definitions.set(folder, installed);
    return installed;
  }

  /** The server names steps without a name after their task; that later ones get a number is all that is known. */
  #nameStep(taskName: string): string {
    let name = taskName;
    for (let number = 1; this.#refNames.has(name.toLowerCase()); number++) name = `${taskName}${number}`;
    this.#refNames.add(name.toLowerCase());
    return name;
  }

  #refuseFinished(): void {
    if (this.#finished) throw new Error('This job has finished.');
  }
}

function readIfPresent(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { pickEndpoints, refuseOtherTypes } from './endpoints.ts';
import { buildProcessEnvironment, buildTaskEnvironment, withoutVaulted, type Environment } from './environment.ts';
import type { StartedJob } from './job-start.ts';
import { canEvaluate } from './evaluate-step.ts';
import { expandForStep } from './macros.ts';
import { targetRestrictions, type Restrictions } from './restrictions.ts';
import type { Launch } from './step-run.ts';
import type { StepContext } from './step-context.ts';
import { chooseHandler, handlerFolder, resolveInputs, type Stage, type TaskDefinition } from './task-definition.ts';
import type { ScriptStepOptions, StepOptions, TaskStepOptions } from './types.ts';
import { Variables } from './variables.ts';

/** One use of a task in the job: what its main and its post-job part share. */
export interface TaskInstance {
  readonly id: string;
  readonly refName: string;
  readonly displayName: string;
  readonly definition: TaskDefinition;
  readonly options: TaskStepOptions;
  readonly taskVariables: Variables;
  readonly restrictions: readonly Restrictions[];
}

export function createInstance(
  job: StartedJob,
  definition: TaskDefinition,
  refName: string,
  options: TaskStepOptions,
): TaskInstance {
  const { restrictedCommands, settableVariables } = definition;
  return {
    id: randomUUID(),
    refName,
    displayName: job.state.variables.expand(options.displayName ?? (definition.friendlyName || definition.name)),
    definition,
    options,
    taskVariables: new Variables(job.state.masker),
    restrictions: [{ restrictedCommands, settableVariables }, ...targetRestrictions(options.target)],
  };
}

/** The variables that exist only while a step runs. Agent: TaskRunner.cs, "Set the task id and display name variable". */
export function scopeVariables(
  job: StartedJob,
  step: Pick<TaskInstance, 'id' | 'refName' | 'displayName'>,
): () => void {
  const { id, refName, displayName } = step;
  const scoped = {
    'task.displayname': displayName,
    'task.publishTelemetry': 'True',
    'system.taskInstanceId': id,
    'system.taskDisplayName': displayName,
    'system.taskInstanceName': refName,
  };
  const { variables } = job.state;
  for (const [name, value] of Object.entries(scoped)) variables.set(name, value);
  return () => {
    for (const name of Object.keys(scoped)) variables.unset(name);
  };
}

/** The process that a stage of a task comes to, inputs and all expanded now. Agent: TaskRunner.cs, RunAsyncInternal. */
export function planTaskLaunch(job: StartedJob, context: StepContext, instance: TaskInstance, stage: Stage): Launch {
  const { definition, options } = instance;
  printHeader(context, definition);
  const handler = chooseHandler(definition, stage);
  const { values, unknown } = resolveInputs(definition, options.inputs ?? {});
  for (const name of unknown) context.warning(`Unexpected input '${name}' for task '${definition.name}'.`);
  const connections = listConnectionInputs(definition);
  const written = connections.map(({ name, type }) => ({ name, type, written: values.get(name) ?? '' }));
  refuseOtherTypes(job.endpoints, definition.name, written);
  const inputs = new Map([...values].map(([name, value]) => [name, expand(job, value)]));
  const cwd = job.state.variables.expand(handlerFolder(handler, definition, stage, inputs));
  const node = handler.kind === 'Node24' ? (job.nodes.node24 ?? job.nodes.node20) : job.nodes.node20;
  context.debug(`Using node path: ${node}`);
  const target = join(definition.directory, handler.target);
  if (!existsSync(target)) throw new Error(`File not found: '${target}'`);
  const environment = buildEnvironment(job, options, inputs, definition, instance.taskVariables);
  return {
    file: node,
    args: [target],
    cwd: cwd === '' ? defaultFolder(job) : cwd,
    environment,
    evaluated: isEvaluated(job, node, options, environment) ? ends[stage] : undefined,
  };
}

const ends = { Main: 'to exit', PostJob: 'at once' } as const;

/**
 * In a job that may, except for a step that is stopped, runs on another Node, or has what a process is started with.
 */
function isEvaluated(
  job: StartedJob,
  node: string,
  options: TaskStepOptions,
  environment: Launch['environment'],
): boolean {
  const { cancelAfterMs, cancelWhen } = options;
  const isStopped = cancelAfterMs !== undefined || cancelWhen !== undefined;
  return job.isEvaluated && node === job.nodes.node20 && !isStopped && canEvaluate(environment);
}

/** A script: as a Node task starts it, without what the task library hides from it. */
export function planScriptLaunch(job: StartedJob, options: ScriptStepOptions): Launch {
  const full = buildEnvironment(job, options, new Map(), undefined, new Variables(job.state.masker));
  return {
    file: expand(job, options.command),
    args: (options.args ?? []).map(arg => expand(job, arg)),
    cwd: options.workingDirectory === undefined ? defaultFolder(job) : expand(job, options.workingDirectory),
    environment: withoutVaulted(full),
  };
}

function buildEnvironment(
  job: StartedJob,
  options: StepOptions,
  inputs: Environment,
  definition: TaskDefinition | undefined,
  taskVariables: Variables,
): Readonly<Record<string, string>> {
  const { variables, prependedPaths, agentEnvironment } = job.state;
  const given = Object.entries(options.environment ?? {});
  const added = buildTaskEnvironment({
    stepEnvironment: new Map(given.map(([name, value]) => [name.trim(), expand(job, value.trim())])),
    variables,
    inputs,
    endpoints: pickEndpoints(job.endpoints, connectionValues(definition, inputs)),
    taskVariables,
    prependedPaths,
    agentEnvironment,
  });
  return buildProcessEnvironment(agentEnvironment, added);
}

function connectionValues(definition: TaskDefinition | undefined, inputs: Environment): readonly string[] {
  return listConnectionInputs(definition).map(({ name }) => inputs.get(name) ?? '');
}

/** Hidden ones, too: neither the server nor the agent looks at visible rules. */
function listConnectionInputs(definition: TaskDefinition | undefined) {
  return definition?.inputs.filter(({ type }) => type.toLowerCase().startsWith('connectedservice:')) ?? [];
}

function expand(job: StartedJob, text: string): string {
  return expandForStep(text, name => job.state.variables.get(name), job.state.agentEnvironment);
}

function defaultFolder(job: StartedJob): string {
  const folder = job.state.variables.get('system.defaultworkingdirectory') ?? '';
  return folder === '' ? job.folders.work : folder;
}

function printHeader(context: StepContext, definition: TaskDefinition): void {
  const rule = '='.repeat(78);
  const { friendlyName, description, version, author, help } = definition;
  const lines = [
    `Task         : ${friendlyName}`,
    `Description  : ${description}`,
    `Version      : ${version}`,
    `Author       : ${author}`,
    `Help         : ${help}`,
  ];
  for (const line of [rule, ...lines, rule]) context.write(line, false);
}

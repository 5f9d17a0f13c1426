import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import { expandMacros } from './macros.ts';

export type Stage = 'Main' | 'PostJob';

/** The part of task.json that agent and server go by. */
export interface TaskDefinition {
  readonly directory: string;
  readonly id: string;
  readonly name: string;
  readonly friendlyName: string;
  readonly description: string;
  readonly author: string;
  readonly help: string;
  readonly version: string;
  readonly minimumAgentVersion: string | undefined;
  readonly inputs: readonly TaskInput[];
  readonly outputVariables: readonly string[];
  readonly restrictedCommands: boolean;
  readonly settableVariables: readonly string[] | undefined;
  readonly handlers: Readonly<Record<Stage, readonly Handler[]>>;
}

export interface TaskInput {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly type: string;
  readonly defaultValue: string;
}

export interface Handler {
  readonly kind: string;
  readonly target: string;
  readonly workingDirectory: string;
}

/** Node handlers by the agent's priority, best first. Agent: TaskManager.cs, HandlerData.Priority. */
const kindsByPriority = ['Node24', 'Node20_1', 'Node16', 'Node10', 'Node'];

/** Reads task.json in this folder, or in its only child that has one, as tfx lays out versions side by side. */
export function readTaskDefinition(folder: string): TaskDefinition {
  const directory = findTaskFolder(folder);
  const json = asObject(JSON.parse(readFileSync(join(directory, 'task.json'), 'utf8').replace(/^\uFEFF/, '')));
  const version = asObject(json['version']);
  const settable = asObject(asObject(json['restrictions'])['settableVariables'])['allowed'];
  return {
    directory,
    id: asText(json['id']),
    name: asText(json['name']),
    friendlyName: asText(json['friendlyName']),
    description: asText(json['description']),
    author: asText(json['author']),
    help: asText(json['helpUrl'] ?? json['helpMarkDown']),
    version: ['Major', 'Minor', 'Patch'].map(part => asText(version[part] ?? 0)).join('.'),
    minimumAgentVersion: json['minimumAgentVersion'] === undefined ? undefined : asText(json['minimumAgentVersion']),
    inputs: asList(json['inputs']).map(readInput),
    outputVariables: asList(json['outputVariables']).map(variable => asText(asObject(variable)['name'])),
    restrictedCommands: asObject(asObject(json['restrictions'])['commands'])['mode'] === 'restricted',
    settableVariables: settable === undefined ? undefined : asList(settable).map(asText),
    handlers: { Main: readHandlers(json['execution']), PostJob: readHandlers(json['postjobexecution']) },
  };
}

function findTaskFolder(folder: string): string {
  const holdsTask = (path: string) => readdirSync(path).includes('task.json');
  if (holdsTask(folder)) return folder;
  const children = readdirSync(folder, { withFileTypes: true }).filter(entry => entry.isDirectory());
  const tasks = children.map(({ name }) => join(folder, name)).filter(holdsTask);
  const [only, ...others] = tasks;
  if (only === undefined || others.length > 0)
    throw new Error(`${folder}: expected one task.json here or one level down, found ${tasks.length}.`);
  return only;
}

function readInput(value: unknown): TaskInput {
  const input = asObject(value);
  return {
    name: asText(input['name']).trim(),
    aliases: asList(input['aliases']).map(asText),
    type: asText(input['type']),
    defaultValue: asText(input['defaultValue']).trim(),
  };
}

function readHandlers(execution: unknown): readonly Handler[] {
  const sections = asObject(execution);
  const present = kindsByPriority.filter(kind => sections[kind] !== undefined);
  return present.map(kind => {
    const section = asObject(sections[kind]);
    return { kind, target: asText(section['target']), workingDirectory: asText(section['workingDirectory']) };
  });
}

/**
 * A step's inputs: defaults overlaid with what was given, trimmed; aliases become main names, as the server does, and
 * names that the task does not know are passed on and listed.
 * Agent: TaskRunner.cs, LoadDefaultInputs and "Merge the instance inputs".
 */
export function resolveInputs(definition: TaskDefinition, given: Readonly<Record<string, string>>) {
  const values = new Map(definition.inputs.map(({ name, defaultValue }) => [name, defaultValue]));
  const unknown: string[] = [];
  const taken = new Set<string>();
  for (const [key, value] of Object.entries(given)) {
    const input = findInput(definition, key.trim());
    if (input === undefined) unknown.push(key.trim());
    const name = input?.name ?? key.trim();
    if (taken.has(name)) throw new Error(`Input '${name}' was given twice, once as '${key}'.`);
    taken.add(name);
    values.set(name, value.trim());
  }
  return { values, unknown };
}

function findInput({ inputs }: TaskDefinition, key: string): TaskInput | undefined {
  const matches = (name: string) => name.toLowerCase() === key.toLowerCase();
  return inputs.find(({ name }) => matches(name)) ?? inputs.find(({ aliases }) => aliases.some(matches));
}

/**
 * The section that the agent takes is the newest one it knows, but its `target` runs on Node 24 only where that is
 * switched on; else on Node 20. Agent: TaskRunner.cs, GetHandlerData; NodeHandler.cs, GetNodeLocationLegacy.
 */
export function chooseHandler(definition: TaskDefinition, stage: Stage): Handler {
  const [handler] = definition.handlers[stage];
  if (handler === undefined)
    throw new Error(`The current operating system is not capable of running this task: no Node handler for ${stage}.`);
  return handler;
}

/** `$(currentDirectory)` is the task's folder, in main handlers only; then inputs, then variables. */
export function handlerFolder(
  handler: Handler,
  definition: TaskDefinition,
  stage: Stage,
  inputs: ReadonlyMap<string, string>,
): string {
  const isDirectory = (name: string) => stage === 'Main' && name.toLowerCase() === 'currentdirectory';
  const ownFolder = expandMacros(handler.workingDirectory, name =>
    isDirectory(name) ? definition.directory : undefined,
  );
  return expandMacros(ownFolder, name => inputs.get(findInput(definition, name)?.name ?? name));
}

/** Dotted numbers, as the demand `Agent.Version -gtVersion` compares them. */
export function isAtLeastVersion(version: string, minimum: string): boolean {
  const [actual, wanted] = [version, minimum].map(text => text.split('.').map(Number));
  for (const [index, part] of (wanted ?? []).entries()) {
    const other = actual?.[index] ?? 0;
    if (other !== part) return other > part;
  }
  return true;
}

function asObject(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Defaults may be JSON booleans or numbers; Newtonsoft writes `true` as `True`. */
function asText(value: unknown): string {
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

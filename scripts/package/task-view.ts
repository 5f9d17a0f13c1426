import { isRecord, keysOf } from './rules.ts';

/** An input of task.json, with empty values for what is missing or of the wrong type. */
export type InputView = {
  readonly at: string;
  readonly name: string;
  readonly aliases: readonly string[];
  readonly type: string;
  readonly defaultValue: string;
  readonly required: boolean;
  readonly helpMarkDown: string;
  readonly groupName: string;
  readonly visibleRule: string;
  readonly options: readonly string[];
};

export type GroupView = { readonly at: string; readonly name: string; readonly visibleRule: string };

export type HandlerView = { readonly at: string; readonly target: string };

/** What the checks read of task.json. The shape's own findings say what was missing or of the wrong type. */
export type TaskView = {
  readonly name: string;
  readonly version: string;
  readonly major: number;
  readonly minimumAgentVersion: string;
  readonly instanceNameFormat: string;
  readonly inputs: readonly InputView[];
  readonly groups: readonly GroupView[];
  readonly handlers: readonly HandlerView[];
  readonly settableVariables: readonly string[];
};

/** The sections of task.json that start a program. */
export const sections = ['prejobexecution', 'execution', 'postjobexecution'] as const;

export function fieldOf(value: unknown, key: string): unknown {
  return isRecord(value) ? value[key] : undefined;
}

export function itemsOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function textsOf(value: unknown): readonly string[] {
  return itemsOf(value).map(textOf);
}

function viewInput(value: unknown, index: number): InputView {
  const read = (key: string) => fieldOf(value, key);
  return {
    at: `task.json/inputs/${index}`,
    name: textOf(read('name')),
    aliases: textsOf(read('aliases')),
    type: textOf(read('type')),
    defaultValue: textOf(read('defaultValue')),
    required: read('required') === true,
    helpMarkDown: textOf(read('helpMarkDown')),
    groupName: textOf(read('groupName')),
    visibleRule: textOf(read('visibleRule')),
    options: keysOf(read('options')),
  };
}

function viewGroup(value: unknown, index: number): GroupView {
  const visibleRule = textOf(fieldOf(value, 'visibleRule'));
  return { at: `task.json/groups/${index}`, name: textOf(fieldOf(value, 'name')), visibleRule };
}

function viewHandlers(task: unknown, section: string): readonly HandlerView[] {
  const handlers = fieldOf(task, section);
  return keysOf(handlers).map(runner => ({
    at: `task.json/${section}/${runner}/target`,
    target: textOf(fieldOf(fieldOf(handlers, runner), 'target')),
  }));
}

/** Reads task.json leniently, so that one wrong value does not hide what else is wrong. */
export function viewTask(task: unknown): TaskView {
  const version = fieldOf(task, 'version');
  const settable = fieldOf(fieldOf(task, 'restrictions'), 'settableVariables');
  return {
    name: textOf(fieldOf(task, 'name')),
    version: ['Major', 'Minor', 'Patch'].map(part => String(fieldOf(version, part))).join('.'),
    major: Number(fieldOf(version, 'Major')),
    minimumAgentVersion: textOf(fieldOf(task, 'minimumAgentVersion')),
    instanceNameFormat: textOf(fieldOf(task, 'instanceNameFormat')),
    inputs: itemsOf(fieldOf(task, 'inputs')).map(viewInput),
    groups: itemsOf(fieldOf(task, 'groups')).map(viewGroup),
    handlers: sections.flatMap(section => viewHandlers(task, section)),
    settableVariables: textsOf(fieldOf(settable, 'allowed')),
  };
}

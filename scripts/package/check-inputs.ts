import { findDuplicates, quote, type Finding } from './finding.ts';
import type { InputView, TaskView } from './task-view.ts';

/** Names that mean the same to an agent, which passes inputs as upper-case environment variables. */
function foldName(name: string): string {
  return name.toUpperCase();
}

function checkNames(task: TaskView): readonly Finding[] {
  const names = task.inputs.flatMap(input => [input.name, ...input.aliases]);
  return findDuplicates(names, foldName).map(name => ({
    at: 'task.json/inputs',
    found: `the name or alias ${quote(name)} twice`,
    expected: 'each name and alias once, whatever its letter case',
    do: 'Rename or remove one of them.',
  }));
}

function checkGroups(task: TaskView): readonly Finding[] {
  const groups = task.groups.map(group => group.name);
  const used = task.inputs.map(input => input.groupName);
  const twice = findDuplicates(groups, foldName).map(name => `the group ${quote(name)} twice`);
  const unused = groups.filter(name => !used.includes(name)).map(name => `the group ${quote(name)} without an input`);
  return [
    ...[...twice, ...unused].map(found => ({
      at: 'task.json/groups',
      found,
      expected: 'each group once, with an input in it',
      do: 'Remove the group, or put an input into it.',
    })),
    ...task.inputs.filter(input => input.groupName !== '' && !groups.includes(input.groupName)).map(describeGroup),
  ];
}

function describeGroup(input: InputView): Finding {
  const expected = 'the name of a group in groups';
  return { at: `${input.at}/groupName`, found: quote(input.groupName), expected, do: 'Name a group or add it.' };
}

function describeDefaults({ type, options }: InputView): readonly string[] | undefined {
  if (type === 'boolean') return ['true', 'false'];
  if (type === 'pickList' || type === 'radio') return ['', ...options];
  if (type.startsWith('connectedService:')) return [''];
  return undefined;
}

function checkDefault(input: InputView): readonly Finding[] {
  const allowed = describeDefaults(input);
  const fits = allowed?.includes(input.defaultValue) ?? (input.type !== 'int' || /^\d*$/.test(input.defaultValue));
  if (fits) return [];
  const expected = `${allowed?.map(quote).join(' or ') ?? 'digits'} for an input of type ${input.type}`;
  return [{ at: `${input.at}/defaultValue`, found: quote(input.defaultValue), expected, do: 'Correct the default.' }];
}

function checkRequired(input: InputView): readonly Finding[] {
  if (!input.required || input.defaultValue === '') return [];
  const found = `required with the default ${quote(input.defaultValue)}`;
  const expected = 'a required input without a default, or an optional one with it';
  return [{ at: `${input.at}/required`, found, expected, do: 'Drop the default or make the input optional.' }];
}

function checkInstanceName(task: TaskView): readonly Finding[] {
  const names = [...task.instanceNameFormat.matchAll(/\$\(([^)]*)\)/g)].map(([, name]) => name ?? '');
  return names
    .filter(name => !task.inputs.some(input => input.name === name))
    .map(name => ({
      at: 'task.json/instanceNameFormat',
      found: `$(${name})`,
      expected: 'the main name of an input',
      do: 'Correct the name: aliases and variables are not filled in.',
    }));
}

/** What is wrong between the inputs, their groups, their defaults and the name of the step. */
export function checkInputs(task: TaskView): readonly Finding[] {
  return [
    ...checkNames(task),
    ...checkGroups(task),
    ...task.inputs.flatMap(input => [...checkDefault(input), ...checkRequired(input)]),
    ...checkInstanceName(task),
  ];
}

/** The inputs that task.json has and the code does not read, and the other way round. */
export function compareInputs(task: TaskView, read: readonly string[]): readonly Finding[] {
  const declared = task.inputs.map(input => input.name);
  const at = 'task.json/inputs';
  return [
    ...declared
      .filter(name => !read.includes(name))
      .map(name => ({ at, found: name, expected: 'an input that inputs.ts reads', do: 'Read it there or remove it.' })),
    ...read
      .filter(name => !declared.includes(name))
      .map(name => ({ at, found: `no ${name}`, expected: 'every input that inputs.ts reads', do: 'Declare it here.' })),
  ];
}

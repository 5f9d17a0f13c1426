import { quote, type Finding } from './finding.ts';
import { fieldOf, type TaskView } from './task-view.ts';

/** The variables that the task sets by these very names. */
export const plainVariables = [
  ...['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'],
  ...['AWS.AccessKeyID', 'AWS.SecretAccessKey', 'AWS.SessionToken'],
  ...['AWS_REGION', 'AWS_DEFAULT_REGION', 'AWS_CONFIG_FILE', 'AWS_SHARED_CREDENTIALS_FILE', 'AWS_PROFILE'],
  ...['AWS_SDK_LOAD_CONFIG', 'AWS_EC2_METADATA_DISABLED'],
  ...['AWS_CONTAINER_CREDENTIALS_RELATIVE_URI', 'AWS_CONTAINER_CREDENTIALS_FULL_URI'],
  ...['AWS_ACCOUNT_ID', 'AWS_ASSUMED_ROLE_ARN', 'AWS_CREDENTIAL_EXPIRATION'],
] as const;

/** The variables that the input variablePrefix puts a prefix before. */
export const prefixedVariables = [
  ...['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'],
  ...['AWS_REGION', 'AWS_ACCOUNT_ID', 'AWS_ASSUMED_ROLE_ARN', 'AWS_CREDENTIAL_EXPIRATION'],
] as const;

/** The list that task.json must hold: nothing that the task sets is missing, nothing else can be set. */
export const settableVariables: readonly string[] = [...plainVariables, ...prefixedVariables.map(name => `*_${name}`)];

function checkSettable(allowed: readonly string[]): readonly Finding[] {
  const at = 'task.json/restrictions/settableVariables/allowed';
  const missing = settableVariables.filter(name => !allowed.includes(name));
  const extra = allowed.filter(name => !settableVariables.includes(name));
  return [
    ...missing.map(name => ({
      at,
      found: `no ${quote(name)}`,
      expected: 'every variable that the task sets',
      do: 'Add it: the agent drops what is not listed, with only a warning.',
    })),
    ...extra.map(name => ({
      at,
      found: quote(name),
      expected: 'no variable that the task does not set',
      do: 'Remove it, or add it to scripts/package/check-restrictions.ts with the code that sets it.',
    })),
  ];
}

function checkCommandMode(task: unknown): readonly Finding[] {
  const mode = fieldOf(fieldOf(fieldOf(task, 'restrictions'), 'commands'), 'mode');
  if (mode === undefined) return [];
  const at = 'task.json/restrictions/commands/mode';
  return [{ at, found: quote(mode), expected: 'no command mode', do: 'Remove it: it also refuses the run summary.' }];
}

/** outputVariables would hide the plain form: https://github.com/microsoft/azure-pipelines-agent ExecutionContext.cs. */
function checkOutputVariables(task: unknown): readonly Finding[] {
  const declared = fieldOf(task, 'outputVariables');
  if (declared === undefined) return [];
  const expected = 'no outputVariables: the agent then sets only the output form of a variable, not the plain one';
  return [{ at: 'task.json/outputVariables', found: quote(declared), expected, do: 'Remove the key.' }];
}

/** What is wrong with the list of variables that the agent lets this task set. */
export function checkRestrictions(task: unknown, view: TaskView): readonly Finding[] {
  return [...checkSettable(view.settableVariables), ...checkCommandMode(task), ...checkOutputVariables(task)];
}

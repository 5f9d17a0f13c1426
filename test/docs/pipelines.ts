import { parseAllDocuments } from 'yaml';

/** A step that uses the task, as a pipeline writes it. */
export interface TaskStep {
  readonly name: string | undefined;
  readonly inputs: Readonly<Record<string, string>>;
}

/** Returns the values of a YAML text; several documents make a list. */
export function parseYaml(text: string): unknown {
  const documents = parseAllDocuments(text);
  return Array.isArray(documents) ? documents.map(document => document.toJS() as unknown) : [];
}

/** Returns all steps of the task in a pipeline, wherever they stand. */
export function findTaskSteps(value: unknown): readonly TaskStep[] {
  return findObjects(value)
    .filter(({ task }) => typeof task === 'string' && task.startsWith('AWSAssumeRoleWIF@'))
    .map(({ name, inputs }) => ({
      name: typeof name === 'string' ? name : undefined,
      inputs: Object.fromEntries(Object.entries(inputs ?? {}).map(([key, one]) => [key, String(one)])),
    }));
}

/** Returns the shell scripts of a pipeline; those of PowerShell are left out. */
export function findScripts(value: unknown): readonly string[] {
  return findObjects(value).flatMap(({ script, bash, pool, inputs }) =>
    [script, bash, (inputs as Record<string, unknown> | undefined)?.['inlineScript']].flatMap(text =>
      typeof text === 'string' && pool === undefined ? [text] : [],
    ),
  );
}

function findObjects(value: unknown): readonly Readonly<Record<string, unknown>>[] {
  if (typeof value !== 'object' || value === null) return [];
  const inner = Object.values(value).flatMap(findObjects);
  return Array.isArray(value) ? inner : [value as Record<string, unknown>, ...inner];
}

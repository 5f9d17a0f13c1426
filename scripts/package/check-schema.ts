import Ajv from 'ajv';
import draft4 from 'ajv/lib/refs/json-schema-draft-04.json' with { type: 'json' };
import { quote, type Finding } from './finding.ts';

/** What the published JSON schema (draft 4) of task.json has against the task. */
export function checkSchema(task: unknown, schema: object): readonly Finding[] {
  const ajv = new Ajv({ schemaId: 'auto', allErrors: true, verbose: true });
  ajv.addMetaSchema(draft4);
  if (ajv.validate(schema, task) === true) return [];
  return (ajv.errors ?? []).map(error => ({
    at: `task.json${error.dataPath}`,
    found: quote(error.data),
    expected: `what the published schema says: it ${error.message ?? 'is another'} ${quote(error.params)}`,
    do: 'Correct task.json, and teach scripts/package to catch it without the schema.',
  }));
}

import Ajv from 'ajv';
import draft4 from 'ajv/lib/refs/json-schema-draft-04.json' with { type: 'json' };
import { quote, type Finding } from './finding.ts';

const compiled = new WeakMap<object, Ajv.ValidateFunction>();

/** Compiling it takes longer than all else of a check. */
function compile(schema: object): Ajv.ValidateFunction {
  const known = compiled.get(schema);
  if (known !== undefined) return known;
  const ajv = new Ajv({ schemaId: 'auto', allErrors: true, verbose: true });
  ajv.addMetaSchema(draft4);
  const validate = ajv.compile(schema);
  compiled.set(schema, validate);
  return validate;
}

/** What the published JSON schema (draft 4) of task.json has against the task. */
export function checkSchema(task: unknown, schema: object): readonly Finding[] {
  const validate = compile(schema);
  if (validate(task) === true) return [];
  return (validate.errors ?? []).map(error => ({
    at: `task.json${error.dataPath}`,
    found: quote(error.data),
    expected: `what the published schema says: it ${error.message ?? 'is another'} ${quote(error.params)}`,
    do: 'Correct task.json, and teach scripts/package to catch it without the schema.',
  }));
}

import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Ajv from 'ajv';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const ajv = new Ajv({ allErrors: true });
const file = 'docs/json.schema.json';
ajv.addSchema(JSON.parse(readFileSync(join(root, file), 'utf8')) as object, file);

/** Returns what of a document is not as `docs/json.schema.json` has it for the command that printed it. */
export function findDeviations(args: readonly string[], stdout: string): readonly string[] {
  const document: unknown = JSON.parse(stdout);
  const [first = '', second = ''] = args.filter((arg, index) => !arg.startsWith('--') && args[index - 1] !== '--out');
  const name = ['migrate', 'thumbprints', 'guardrail'].includes(first) ? `${first} ${second}` : first;
  if (ajv.validate(`${file}#/definitions/failure`, document) === true) return [];
  const validate = ajv.getSchema(`${file}#/definitions/${encodeURIComponent(name)}`);
  if (validate === undefined) return [`no schema of "${name}"`];
  if (validate(document) === true) return [];
  return (validate.errors ?? []).map(({ dataPath, message = '' }) => `${dataPath} ${message}`);
}

// Lets a Node without a compiler run this project's .ts files after their types were taken out: they are modules. JSON is
// imported without an attribute, as the compiler does.
import { register } from 'node:module';

const hooks = `
import { readFile } from 'node:fs/promises';
export async function load(url, context, next) {
  const source = () => readFile(new URL(url), 'utf8');
  if (url.endsWith('.ts')) return { format: 'module', source: await source(), shortCircuit: true };
  if (url.endsWith('.json')) return { format: 'module', source: 'export default ' + (await source()), shortCircuit: true };
  return next(url, context);
}`;

register(`data:text/javascript,${encodeURIComponent(hooks)}`);

import { parseDocument } from 'yaml';

/** One use of the task: its inputs as text, as the agent hands them over. */
export interface TaskStep {
  readonly inputs: Readonly<Record<string, unknown>>;
}

type Mapping = Readonly<Record<string, unknown>>;

/** Returns the uses of a task in YAML, each once for every way in which its template expressions may be decided. */
export function findSteps(yaml: string, task: string): readonly TaskStep[] {
  const document = parseDocument(yaml);
  const [fault] = [...document.errors, ...document.warnings];
  if (fault !== undefined) throw fault;
  return search(document.toJS(), task);
}

function search(value: unknown, task: string): readonly TaskStep[] {
  if (Array.isArray(value)) return value.flatMap(one => search(one, task));
  if (!isMapping(value)) return [];
  if (value['task'] !== task) return Object.values(value).flatMap(one => search(one, task));
  return decide(isMapping(value['inputs']) ? value['inputs'] : {}).map(inputs => ({ inputs }));
}

function isMapping(value: unknown): value is Mapping {
  return typeof value === 'object' && value !== null;
}

/** `${{ if }}`, `${{ elseif }}` and `${{ else }}` stand for one of what is below them; an `if` alone, for nothing as well. */
function decide(inputs: Mapping): readonly Mapping[] {
  const entries = Object.entries(inputs);
  const plain = Object.fromEntries(entries.filter(([key]) => !key.startsWith('${{')));
  const branches = entries.filter(([key]) => key.startsWith('${{'));
  if (branches.length === 0) return [plain];
  const chosen = branches.map(([, below]) => ({ ...plain, ...(isMapping(below) ? below : {}) }));
  return branches.some(([key]) => /^\$\{\{\s*else\s*\}\}$/.test(key)) ? chosen : [plain, ...chosen];
}

/** Values that template expressions see: parameters, and what `each` goes through. */
export type Values = Readonly<Record<string, unknown>>;

/**
 * Expands a template of Azure Pipelines as far as those of examples/ go: `each` and `if` in lists and mappings, `else`, and
 * expressions in texts.
 *
 * @see https://learn.microsoft.com/azure/devops/pipelines/process/template-expressions
 */
export function expand(node: unknown, values: Values): unknown {
  if (Array.isArray(node)) return expandList(node, values);
  if (isMapping(node)) return Object.fromEntries(expandMapping(node, values));
  return typeof node === 'string' ? expandText(node, values) : node;
}

function expandList(list: readonly unknown[], values: Values): readonly unknown[] {
  let isDecided = false;
  return list.flatMap((one): readonly unknown[] => {
    const [[key, below] = ['', undefined], ...rest] = isMapping(one) ? Object.entries(one) : [];
    const directive = rest.length === 0 ? readDirective(key) : undefined;
    if (directive === undefined) return asList(expand(one, values));
    const [bodies, decided] = direct(directive, values, isDecided);
    isDecided = decided;
    return bodies.flatMap(body => asList(expand(below, body)));
  });
}

/** A list instead of an entry stands for its entries. */
function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as readonly unknown[]) : [value];
}

function expandMapping(mapping: Values, values: Values): readonly (readonly [string, unknown])[] {
  let isDecided = false;
  return Object.entries(mapping).flatMap(([key, below]) => {
    const directive = readDirective(key);
    if (directive === undefined) return [[String(expandText(key, values)), expand(below, values)] as const];
    const [bodies, decided] = direct(directive, values, isDecided);
    isDecided = decided;
    return bodies.flatMap(body => (isMapping(below) ? expandMapping(below, body) : []));
  });
}

interface Directive {
  readonly word: 'if' | 'else' | 'each';
  readonly rest: string;
}

function readDirective(key: string): Directive | undefined {
  const [, word, rest = ''] = /^\$\{\{\s*(if|else|each)\b\s*(.*?)\s*\}\}$/.exec(key) ?? [];
  return word === undefined ? undefined : { word: word as Directive['word'], rest };
}

/** Returns the values for each time that what is below is there, and whether an `if` has been decided. */
function direct({ word, rest }: Directive, values: Values, isDecided: boolean): readonly [readonly Values[], boolean] {
  if (word === 'else') return [isDecided ? [] : [values], true];
  if (word === 'if') {
    const holds = evaluate(rest, values) === true;
    return [holds ? [values] : [], holds];
  }
  const [, name = '', path = ''] = /^(\w+) in (.+)$/.exec(rest) ?? [];
  return [(evaluate(path, values) as readonly unknown[]).map(one => ({ ...values, [name]: one })), false];
}

function expandText(text: string, values: Values): unknown {
  const [, whole] = /^\$\{\{\s*([^}]*?)\s*\}\}$/.exec(text) ?? [];
  if (whole !== undefined) return evaluate(whole, values);
  return text.replace(/\$\{\{\s*([^}]*?)\s*\}\}/g, (_, expression: string) => String(evaluate(expression, values)));
}

/** Texts are compared without regard to letter case; what is not there is an empty text. */
function evaluate(expression: string, values: Values): unknown {
  const [, name, list = ''] = /^(\w+)\((.*)\)$/.exec(expression) ?? [];
  if (name === undefined) return readValue(expression, values);
  const given = list.split(/\s*,\s*/).map(one => readText(one, values).toLowerCase());
  const [first, ...others] = given;
  if (name === 'eq' || name === 'in') return others.includes(first ?? '');
  if (name === 'ne' || name === 'notIn') return !others.includes(first ?? '');
  throw new Error(`the test does not know the function ${name}`);
}

function readText(text: string, values: Values): string {
  const value = readValue(text, values);
  return typeof value === 'string' ? value : '';
}

function readValue(text: string, values: Values): unknown {
  const [, literal] = /^'(.*)'$/.exec(text) ?? [];
  if (literal !== undefined) return literal;
  if (!/^\w+(?:\.\w+)*$/.test(text)) throw new Error(`the test does not know the expression ${text}`);
  return text.split('.').reduce<unknown>((value, part) => (isMapping(value) ? value[part] : undefined), values);
}

function isMapping(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

type Step = Values;

/** What the keywords of steps stand for; a template sees a parameter of type stepList so. */
const keywords: Readonly<Record<string, (value: unknown) => Step>> = {
  script: script => ({ task: 'CmdLine@2', inputs: { script } }),
  bash: script => ({ task: 'Bash@3', inputs: { targetType: 'inline', script } }),
  powershell: script => ({ task: 'PowerShell@2', inputs: { targetType: 'inline', script } }),
  pwsh: script => ({ task: 'PowerShell@2', inputs: { targetType: 'inline', script, pwsh: true } }),
  checkout: repository => ({ task: '6d15af64-176c-496d-b583-fd2ae21d4df4@1', inputs: { repository } }),
  publish: path => ({ task: 'PublishPipelineArtifact@1', inputs: { path } }),
};

/**
 * Returns a step as templates see it: a task, whatever it was written as.
 *
 * @see https://learn.microsoft.com/azure/devops/pipelines/yaml-schema/extends#examples: `script` is refused as CmdLine@2
 */
export function normaliseStep(step: Step): Step {
  const [[keyword, value] = ['', undefined], ...rest] = Object.entries(step);
  const known = keywords[keyword];
  return known === undefined ? step : { ...known(value), ...Object.fromEntries(rest) };
}

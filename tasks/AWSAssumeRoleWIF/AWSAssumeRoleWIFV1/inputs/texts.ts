import type { Fault } from '../../../../src/errors.ts';
import { describeStray, repairStray, type Alphabet } from '../../../../src/stray-characters.ts';
import { faulty, type Faults } from './faults.ts';

/** What the text of an input may be, whatever it is for. */
export interface TextRules {
  /** In UTF-16 units. */
  readonly maxLength: number;
  /** Undefined where the input's own check looks at the characters. */
  readonly alphabet: Alphabet | undefined;
  /** Whether `$NAME` and `%NAME%` may be meant as they are: IAM policies hold such names ($LATEST). */
  readonly allowsShellNames: boolean;
  /** Whether lines that begin with # are ignored. */
  readonly hasComments: boolean;
  /** Whether a part of the text may be shown: not of what may hold a password. */
  readonly mayQuote: boolean;
  /** Whether each line stands for itself, so that the other lines can be checked where one cannot. */
  readonly isList: boolean;
}

/** Rules for a short value of one line. */
export const usualRules: TextRules = {
  maxLength: 2048,
  alphabet: 'ascii',
  allowsShellNames: false,
  hasComments: false,
  mayQuote: true,
  isList: false,
};

/** What was found in a text, and the text to check further; undefined if that would find the same again. */
export interface InspectedText {
  readonly faults: readonly Fault[];
  readonly text: string | undefined;
  /** Lines of a list to look for further mistakes in, where some of its lines are left out. */
  readonly rest?: string | undefined;
}

const comment = /^[^\S\r\n\u2028\u2029]*#.*$/gm;

/**
 * Looks at the text of an input or a variable before any check of its own: its length, variables and expressions that Azure
 * Pipelines has left in it, and characters that nobody sees or that pose as others.
 */
export function inspectText(subject: string, text: string, rules: TextRules): InspectedText {
  if (text.length > rules.maxLength)
    return { faults: tooLong(subject, text.length, rules.maxLength).list, text: undefined };
  const meant = rules.hasComments ? text.replaceAll(comment, '') : text;
  const placeholder = findPlaceholder(subject, meant, rules);
  if (placeholder !== undefined) {
    const rest = rules.isList ? omitLines(text, line => holdsPlaceholder(line, rules)) : undefined;
    return { faults: placeholder.list, text: undefined, rest };
  }
  const { alphabet } = rules;
  const stray = alphabet && describeStray(meant, alphabet, rules.mayQuote ? 'quoted' : 'counted');
  if (alphabet === undefined || stray === undefined) return { faults: [], text };
  // In a list a blank separates; in a name nobody means one.
  const repaired = repairStray(meant, alphabet, rules.maxLength > usualRules.maxLength ? ' ' : '');
  const isWhole = describeStray(repaired, alphabet) === undefined;
  return {
    faults: straying(`${introduce(subject, text, rules)} contains ${stray}.`, alphabet).list,
    text: isWhole ? repaired.trim() : undefined,
  };
}

/** Lines keep their numbers. */
function omitLines(text: string, isOut: (line: string) => boolean): string {
  return text.replaceAll(/.+/g, line => (isOut(line) ? '' : line));
}

function holdsPlaceholder(line: string, rules: TextRules): boolean {
  return findPlaceholder('', line, rules) !== undefined;
}

function tooLong(subject: string, length: number, maxLength: number): Faults {
  return faulty(`${subject} has ${length} characters.`, `at most ${maxLength}.`, 'Shorten it.');
}

const alphabets: Readonly<Record<Alphabet, string>> = {
  ascii: 'only visible ASCII characters.',
  'latin-1':
    'visible characters up to U+00FF, the only ones AWS STS accepts; in a JSON string any character as \\uXXXX.',
  letters: 'visible characters, and words whose letters all belong to one script.',
};

/** A short value is shown whole before what it holds. */
function introduce(subject: string, text: string, { mayQuote }: TextRules): string {
  return mayQuote && text.length <= 200 && !text.includes('\n') ? `${subject} is "${text}", which` : subject;
}

function straying(found: string, alphabet: Alphabet): Faults {
  return faulty(
    found,
    alphabets[alphabet],
    'Delete the character and type the intended one; such characters often come from text copied from web pages, mails or documents.',
  );
}

/** A variable that the agent did not know stays in the input as it was written; old ones have blanks in their names. */
const unresolved = /\$\(([^()\r\n]+)\)/g;

type Form = 'template' | 'runtime' | 'shell' | 'token' | 'open';

/** What else is written where a variable was meant; the first group is the variable's name. */
const placeholders: readonly (readonly [pattern: RegExp, form: Form])[] = [
  [/\$\{\{(?:[^\r\n]{0,80}?\}\})?/, 'template'],
  [/\$\[(?:[^\r\n]{0,80}?\])?/, 'runtime'],
  [/\$\{env:(\w+)\}/i, 'shell'],
  [/\$env:(\w+)/i, 'shell'],
  [/\$\{(\w+)\}/, 'shell'],
  [/(?<![\w$])\$(?!(?:true|false|null)\b)([A-Za-z_]\w*)/i, 'shell'],
  [/%([A-Za-z_]\w*)%/, 'shell'],
  [/\$\{([^{}\r\n]{1,80})\}/, 'token'],
  [/#\{([^{}\r\n]{1,80})\}#?/, 'token'],
  [/\{\{([^{}\r\n]{1,80})\}\}/, 'token'],
  [/\$\([^()\r\n]{0,80}/, 'open'],
];

function findPlaceholder(subject: string, text: string, rules: TextRules): Faults | undefined {
  const variables = [...new Set(Array.from(text.matchAll(unresolved), ([, name = '']) => name.trim()))];
  if (variables.length > 0) return stillHolds(subject, variables.slice(0, maxVariables));
  for (const [pattern, form] of placeholders) {
    const [found, variableName = ''] = pattern.exec(text) ?? [];
    if (found === undefined || (rules.allowsShellNames && !['template', 'runtime'].includes(form))) continue;
    if (form === 'template' || form === 'runtime') return unevaluated(subject, found, form);
    const name = rules.mayQuote && /^[\w.]+$/.test(variableName.trim()) ? variableName.trim() : 'name';
    return otherVariable(`${introduce(subject, text, rules)} contains ${nameForm(found, form, rules)}.`, name);
  }
  return undefined;
}

/** More variables than that are named by nobody. */
const maxVariables = 20;

function nameForm(found: string, form: Form, { mayQuote }: TextRules): string {
  if (form === 'shell') return `${mayQuote ? found : '$NAME or %NAME%'}, a shell variable`;
  if (form === 'open') return '$( without a variable name and a closing parenthesis';
  return `${mayQuote ? found : 'a variable'} in the form of another tool, which nothing has replaced`;
}

function otherVariable(found: string, variableName: string): Faults {
  return faulty(
    found,
    'a value, or a pipeline variable in the form $(name).',
    `Write $(${variableName}): Azure Pipelines replaces no other form in inputs.`,
  );
}

function unevaluated(subject: string, found: string, form: 'template' | 'runtime'): Faults {
  const where =
    form === 'template'
      ? 'Azure Pipelines evaluates ${{ }} only in YAML files, not in classic pipelines and not in the values of variables: write the value, or $(name).'
      : 'Azure Pipelines evaluates $[ ] only in variables and conditions: define a variable with the expression, and write $(name) here.';
  return faulty(
    `${subject} still contains ${found}, an expression that was not evaluated.`,
    'a value, or a variable in the form $(name).',
    where,
  );
}

/** What shells run, and Azure Pipelines takes for the name of a variable. */
const command = /^(?:cat|type|get-\w+|az|aws|echo|jq|git|pwd|curl)\s|[|;&<>'"=$]/i;

function stillHolds(subject: string, variables: readonly string[]): Faults {
  const found = variables.map(name => `$(${name})`).join(', ');
  const names = variables.join(', ');
  const isConnection = /(?:serviceConnection|azureDevOpsConnection)$/.test(subject);
  const expected = isConnection
    ? 'a name, or a variable known at queue time; a variable set by an earlier step is too late.'
    : 'a variable that is set when this step starts.';
  const remedy = isConnection
    ? `Write the connection's name, or define ${names} in the pipeline, its variable group or as a parameter.`
    : `Set ${names} before this step (check its spelling, its variable group and its scope), or write the value.`;
  const isCommand = variables.some(name => command.test(name));
  return faulty(`${subject} still contains ${found}.`, expected, isCommand ? runBefore : remedy);
}

const runBefore =
  'Azure Pipelines runs no commands in inputs: run it in an earlier script, set a variable to its output, and write $(name) here.';

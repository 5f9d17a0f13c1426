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
}

/** Rules for a short value of one line. */
export const usualRules: TextRules = {
  maxLength: 2048,
  alphabet: 'ascii',
  allowsShellNames: false,
  hasComments: false,
  mayQuote: true,
};

/** What was found in a text, and the text to check further; undefined if that would find the same again. */
export interface InspectedText {
  readonly faults: readonly Fault[];
  readonly text: string | undefined;
}

const comment = /^[^\S\r\n\u2028\u2029]*#.*$/gm;

/**
 * Looks at an input's text before any check of its own: its length, variables and expressions that Azure Pipelines has
 * left in it, and characters that nobody sees or that pose as others.
 */
export function inspectText(name: string, text: string, rules: TextRules): InspectedText {
  if (text.length > rules.maxLength)
    return { faults: tooLong(name, text.length, rules.maxLength).list, text: undefined };
  const meant = rules.hasComments ? text.replaceAll(comment, '') : text;
  const placeholder = findPlaceholder(name, meant, rules);
  if (placeholder !== undefined) return { faults: placeholder.list, text: undefined };
  const { alphabet } = rules;
  const stray = alphabet && describeStray(meant, alphabet, rules.mayQuote ? 'quoted' : 'counted');
  if (alphabet === undefined || stray === undefined) return { faults: [], text };
  // In a list a blank separates; in a name nobody means one.
  const repaired = repairStray(meant, alphabet, rules.maxLength > usualRules.maxLength ? ' ' : '');
  const isWhole = describeStray(repaired, alphabet) === undefined;
  return {
    faults: straying(`${introduce(name, text, rules)} contains ${stray}.`, alphabet).list,
    text: isWhole ? repaired.trim() : undefined,
  };
}

function tooLong(name: string, length: number, maxLength: number): Faults {
  return faulty(`Input ${name} has ${length} characters.`, `at most ${maxLength}.`, 'Shorten it.');
}

const alphabets: Readonly<Record<Alphabet, string>> = {
  ascii: 'only visible ASCII characters.',
  'latin-1':
    'visible characters up to U+00FF, the only ones AWS STS accepts; in a JSON string any character as \\uXXXX.',
  letters: 'visible characters, and words whose letters all belong to one script.',
};

/** A short value is shown whole before what it holds. */
function introduce(name: string, text: string, { mayQuote }: TextRules): string {
  return mayQuote && text.length <= 200 && !text.includes('\n') ? `Input ${name} is "${text}", which` : `Input ${name}`;
}

function straying(found: string, alphabet: Alphabet): Faults {
  return faulty(
    found,
    alphabets[alphabet],
    'Delete the character and type the intended one; such characters often come from text copied from web pages, mails or documents.',
  );
}

/** A variable that the agent did not know stays in the input as it was written; old ones have blanks in their names. */
const unresolved = /\$\([^()\r\n]+\)/;

/** What else is written where a variable was meant; the first group is the variable's name. */
const placeholders: readonly (readonly [pattern: RegExp, what: string])[] = [
  [/\$\{\{(?:[^\r\n]{0,80}?\}\})?/, 'template'],
  [/\$\[(?:[^\r\n]{0,80}?\])?/, 'runtime'],
  [/\$env:(\w+)/i, 'shell'],
  [/\$\{(\w+)\}/, 'shell'],
  [/(?<![\w$])\$([A-Za-z_]\w*)/, 'shell'],
  [/%([A-Za-z_]\w*)%/, 'shell'],
];

function findPlaceholder(name: string, text: string, rules: TextRules): Faults | undefined {
  const variable = unresolved.exec(text)?.[0];
  if (variable !== undefined) return stillHolds(name, variable);
  for (const [pattern, what] of placeholders) {
    const [found, variableName = ''] = pattern.exec(text) ?? [];
    if (found === undefined || (rules.allowsShellNames && what === 'shell')) continue;
    if (what !== 'shell') return unevaluated(name, found, what);
    const [shown, suggested] = rules.mayQuote ? [found, variableName] : ['$NAME or %NAME%', 'name'];
    return shellVariable(`${introduce(name, text, rules)} contains ${shown}, a shell variable.`, suggested);
  }
  return undefined;
}

function shellVariable(found: string, variableName: string): Faults {
  return faulty(
    found,
    'a value, or a pipeline variable in the form $(name).',
    `Write $(${variableName}): Azure Pipelines replaces no other form in inputs.`,
  );
}

function unevaluated(name: string, found: string, what: string): Faults {
  const where =
    what === 'template'
      ? 'Azure Pipelines evaluates ${{ }} only in YAML files, not in classic pipelines and not in the values of variables: write the value, or $(name).'
      : 'Azure Pipelines evaluates $[ ] only in variables and conditions: define a variable with the expression, and write $(name) here.';
  return faulty(
    `Input ${name} still contains ${found}, an expression that was not evaluated.`,
    'a value, or a variable in the form $(name).',
    where,
  );
}

function stillHolds(name: string, variable: string): Faults {
  if (name === 'serviceConnection' || name === 'azureDevOpsConnection') {
    return faulty(
      `Input ${name} still contains ${variable}.`,
      'a name, or a variable known at queue time; a variable set by an earlier step is too late.',
      `Write the connection's name, or define ${variable.slice(2, -1)} in the pipeline, its variable group or as a parameter.`,
    );
  }
  return faulty(
    `Input ${name} still contains ${variable}.`,
    'a variable that is set when this step starts.',
    `Set ${variable.slice(2, -1)} before this step (check its spelling, its variable group and its scope), or write the value.`,
  );
}

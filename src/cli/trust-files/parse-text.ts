import { findJsonFault, findDuplicateName, readTokens, type JsonFault } from '../../json.ts';
import { parseTemplateYaml } from './yaml.ts';
import { asRecord, maxDepth, unreadableFile } from './trust-source.ts';

/** Files that people take for one with a trust policy, by how they begin. */
const others: readonly (readonly [RegExp, found: string, remedy: string])[] = [
  [/^$/, 'is empty', 'Check the path, and whether the command that wrote the file failed.'],
  [
    /^<(?:!doctype html|html)/i,
    "is an HTML page, such as a sign-in page or a proxy's error page",
    'Download it again with credentials.',
  ],
  [/^</, 'is XML', 'Ask for JSON: aws iam get-role --output json.'],
  [
    /^\{"@level":/,
    'is the output of terraform plan -json or apply -json',
    'Save the plan (terraform plan -out PLAN), then print it: terraform show -json PLAN.',
  ],
  [/^eyJ[\w-]+\./, 'is an ID token', 'Pass it to --token-file.'],
  [
    /^(?:resource|data|module|provider|terraform|locals|variable)\b[^:\n]*\{/m,
    'is Terraform code (HCL)',
    'Print the plan or the state as JSON: terraform show -json.',
  ],
];

/**
 * Returns the value of a file's text: JSON, percent-encoded JSON as IAM's API returns policies, or a CloudFormation
 * template in YAML. Throws if it is none of these, with line, column, the likely cause and the remedy; nothing of the
 * text is shown, since plans of Terraform hold secrets.
 */
export function parseFileText(text: string): unknown {
  const trimmed = text.trim();
  const [, found, remedy] = others.find(([pattern]) => pattern.test(trimmed)) ?? [];
  if (found !== undefined && remedy !== undefined) throw unreadableFile(`The file ${found}.`, remedy);
  if (/^"?%7B/i.test(trimmed)) return parseFileJson(decodePercent(trimmed.replace(/^"|"$/g, '')));
  if (/^[{["]/.test(trimmed)) return parseFileJson(text);
  if (/^(?:AWSTemplateFormatVersion|Resources|TemplateBody|Transform)\s*:/m.test(text)) {
    requireShallow(text);
    return parseTemplateYaml(text);
  }
  throw explainJson(text);
}

function decodePercent(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw unreadableFile(
      'The file starts as a percent-encoded policy, but contains a percent sign that encodes nothing.',
      'Copy it again, completely.',
    );
  }
}

function parseFileJson(text: string): unknown {
  requireShallow(text);
  const value = parse(text);
  // Terraform writes its own files; their names are not to be shown.
  const isOwn = asRecord(value)?.['terraform_version'] === undefined;
  const duplicate = isOwn ? findDuplicateName(text)?.path : undefined;
  if (duplicate === undefined) return value;
  throw unreadableFile(
    `The file cannot be read at ${duplicate}: this name appears a second time.`,
    'Remove one of them: AWS does not document which one counts.',
    'each name only once.',
  );
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw explainJson(text);
  }
}

/** Returns why a text is not JSON. Texts are not shown, only what kind of mistake it is. */
function explainJson(text: string) {
  const fault = tryFindFault(text);
  if (fault === undefined) return unreadableFile('The file is not JSON.', 'Print it again.');
  const { line, column, found } = fault;
  const isCut = found.startsWith('the end of the text');
  const isYaml = line === 1 && column === 1 && /^\s*(?:---|[\w"'-]+\s*:|- )/.test(text);
  const cause = isYaml
    ? ' It looks like YAML, which is accepted only for CloudFormation templates.'
    : isCut
      ? ' It looks cut off.'
      : '';
  return unreadableFile(
    `The file is not JSON: line ${line}, column ${column} has ${found}.${cause}`,
    isCut ? 'Write the file again, completely.' : 'Correct it there, or export the policy from IAM (aws iam get-role).',
  );
}

/** Undefined also for a text that is too long for the pattern behind it. */
function tryFindFault(text: string): JsonFault | undefined {
  try {
    return findJsonFault(text, { quotes: false });
  } catch {
    return undefined;
  }
}

/** Throws for a text that is nested deeply; before anything recursive reads it. */
export function requireShallow(text: string): void {
  let depth = 0;
  for (const [mark] of readTokens(text, /["[\]{}]/g)) {
    if (mark === '{' || mark === '[') depth += 1;
    else if (mark === '}' || mark === ']') depth -= 1;
    if (depth > maxDepth) throw unreadableFile(`The file is nested deeper than ${maxDepth} levels.`, 'Check the path.');
  }
}

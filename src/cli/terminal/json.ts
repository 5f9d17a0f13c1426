import { escapeUnit } from '../../outside-text.ts';

/**
 * Returns a value as JSON that is safe to print anywhere: all except ASCII is escaped, and nothing in it is a logging
 * command of Azure Pipelines, whose agent executes `##vso[` wherever it is in a line.
 */
export function escapeJson(value: unknown): string {
  return escapeJsonText(JSON.stringify(value, null, 2));
}

/** The same for a text that is JSON already; what it means stays the same. */
export function escapeJsonText(json: string): string {
  return json.replace(/[\u007f-\uffff]/g, escapeUnit).replace(/##(?=vso\[|\[)/gi, '\\u0023#');
}

/** Returns a part of a document that is made only when it is printed: all at once, they may need much more memory. */
export function makeLate(make: () => unknown): { readonly toJSON: () => unknown } {
  return { toJSON: make };
}

/** Characters that are written at once, at least. */
const minPart = 65_536;

/**
 * Returns the text of `escapeJson` in parts: a document of hundreds of accounts is never in memory as a whole. Its members
 * that are lists are made element by element.
 */
export function* writeJson(document: Readonly<Record<string, unknown>>): Generator<string> {
  let text = '';
  for (const piece of listPieces(document)) {
    text += piece;
    if (text.length < minPart) continue;
    yield escapeJsonText(text);
    text = '';
  }
  yield escapeJsonText(text);
}

function* listPieces(document: Readonly<Record<string, unknown>>): Generator<string> {
  let before = '{';
  for (const [name, value] of Object.entries(document).filter(([, value]) => value !== undefined)) {
    yield `${before}\n  ${JSON.stringify(name)}: `;
    if (Array.isArray(value) && value.length > 0) yield* listElements(value);
    else yield indent(value, '  ');
    before = ',';
  }
  yield before === '{' ? '{}' : '\n}';
}

function* listElements(list: readonly unknown[]): Generator<string> {
  let before = '[';
  for (const element of list) {
    yield `${before}\n    ${indent(element, '    ')}`;
    before = ',';
  }
  yield '\n  ]';
}

/** No text in JSON holds a line break as it is. What JSON cannot say is null, as in every list. */
function indent(value: unknown, space: string): string {
  const text = JSON.stringify(value, null, 2) as string | undefined;
  return (text ?? 'null').replaceAll('\n', `\n${space}`);
}

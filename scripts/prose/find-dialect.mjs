import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * @typedef {{ readonly find: string, readonly write: string, readonly bad: string }} Rule
 * @typedef {{ readonly index: number, readonly found: string, readonly write: string }} Dialect
 */

/** The patterns, what to write instead, and a sentence of each. */
export const rules = /** @type {readonly Rule[]} */ (
  JSON.parse(readFileSync(join(import.meta.dirname, 'rules.json'), 'utf8'))
);

const compiled = rules.map(({ find, write }) => ({ pattern: new RegExp(find, 'gi'), write }));

/** What is not prose: code, addresses, and what a sentence quotes from elsewhere. */
const quoted = /(?<!`)`+[^`]*`+|\]\([^)]*\)|https?:\/\/\S+|"[^"\n]*"|“[^“”\n]*”|<[^<>\n]*>|\{[^{}\n]*\}/g;

/**
 * Returns the places of a text in which it sounds translated, with what to write instead. Code, addresses and quotations
 * are left out.
 *
 * @param {string} text
 * @returns {readonly Dialect[]}
 */
export function findDialect(text) {
  const prose = text.replace(quoted, whole => '\u00a7'.repeat(whole.length)).replace(/\n/g, ' ');
  return compiled.flatMap(({ pattern, write }) =>
    [...prose.matchAll(pattern)].map(({ index, 0: found }) => ({ index, found: found.trim(), write })),
  );
}

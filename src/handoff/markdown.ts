import { neutralise } from '../secret.ts';

/**
 * Returns outside text as a Markdown code span, in which nothing is markup: no HTML, no link, no table cell, and
 * backticks of its own do not end it.
 *
 * @see https://spec.commonmark.org/0.31.2/#code-spans
 */
export function quoteText(text: string): string {
  const line = neutralise(text).trim();
  if (line === '') return '` `';
  const fence = chooseFence(line, 1);
  const padding = line.startsWith('`') || line.endsWith('`') ? ' ' : '';
  return `${fence}${padding}${line}${padding}${fence}`;
}

/** What begins markup anywhere in a line, or a block at its start, or a link where a renderer makes these of bare names. */
const markup = /[\\`*_{}[\]<>|~&^$!]|^[-+=]|^\d+(?=[.)]$)|\.(?=[\p{L}\p{N}])|\/(?=\/)/gu;

/**
 * Returns sentences that may hold outside text as Markdown that shows just these: what would be markup is escaped. A word
 * that a renderer could take for a link, a mention or a work item all the same is a code span.
 *
 * @param quote makes such a code span: `quoteCell` in a cell of a table
 * @see https://spec.commonmark.org/0.31.2/#backslash-escapes
 */
export function quoteProse(text: string, quote = quoteText): string {
  const line = neutralise(text).trim();
  if (line === '') return quote(line);
  return line
    .split(/(\s+)/)
    .map(word => quoteWord(word, quote))
    .join('');
}

const looksLikeLink = /:\/\/|www\.|[@#]/i;

function quoteWord(text: string, quote: typeof quoteText): string {
  if (!looksLikeLink.test(text)) return escapeMarkup(text);
  const [end = ''] = /(?<![.,;)])[.,;)]+$/.exec(text) ?? [];
  const word = text.slice(0, text.length - end.length);
  return looksLikeLink.test(word) ? `${quote(word)}${end}` : quote(text);
}

function escapeMarkup(text: string): string {
  return text.replace(markup, mark => (/\d/.test(mark) ? `${mark}\\` : `\\${mark}`));
}

/** Returns outside text as a code span in a table's cell. Tables are split at bars before code spans are seen. */
export function quoteCell(text: string): string {
  return quoteText(text).replaceAll('|', '\\|');
}

/** Returns lines of a code block. Its fence is longer than any run of backticks inside, so nothing there ends it. */
export function fence(language: 'json' | 'sh' | 'diff', text: string): readonly string[] {
  const mark = chooseFence(text, 3);
  return [`${mark}${language}`, text, mark];
}

/** Returns backticks, at least so many, and more than any run of them in the text. */
function chooseFence(text: string, min: number): string {
  const runs = [...text.matchAll(/`+/g)].map(([run]) => run.length + 1);
  return '`'.repeat(Math.max(min, ...runs));
}

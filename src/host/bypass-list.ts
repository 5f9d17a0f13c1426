import { parseJson } from '../json.ts';
import { cutText } from '../secret.ts';
import { compileUrlPattern, type StepLimit } from './url-pattern.ts';

/** The longest list that is read, in characters and in entries. */
const maxListLength = 100_000;
const maxEntries = 1000;

interface BypassList {
  readonly expressions: readonly string[];
  readonly warnings: readonly string[];
}

/** Returns the expressions of the agent's bypass list that can be used, and what was ignored of it, each a sentence. */
export function readBypassList(text: string): BypassList {
  if (text.length > maxListLength) return ignoreAll(`is longer than ${maxListLength} characters`);
  const listed = parseList(text);
  if (listed === undefined) return ignoreAll('is not a JSON array of strings');
  if (listed.length > maxEntries) return ignoreAll(`has more than ${maxEntries} entries`);
  const entries = listed.map(entry => entry.trim()).filter(entry => entry !== '');
  const judged = entries.map(entry => ({ entry, fault: explainIgnored(entry) }));
  return {
    expressions: judged.filter(({ fault }) => fault === undefined).map(({ entry }) => entry),
    warnings: summarizeIgnored(judged.flatMap(({ fault }) => fault ?? [])),
  };
}

function ignoreAll(why: string): BypassList {
  return { expressions: [], warnings: [`Agent.ProxyBypassList ${why} and is ignored.`] };
}

function explainIgnored(entry: string): string | undefined {
  const pattern = compileUrlPattern(entry);
  return pattern instanceof Error ? `"${cutText(entry, 100)}", which ${pattern.message}` : undefined;
}

/** Returns whether the text can be an entry of the agent's bypass list: a regular expression that is supported here. */
export function isBypassExpression(text: string): boolean {
  return explainIgnored(text) === undefined;
}

/** A list may be wrong all through; ten warnings show what is wrong with it. */
function summarizeIgnored(ignored: readonly string[]): readonly string[] {
  const shown = ignored.slice(0, 10);
  const more = ignored.length - shown.length;
  return [
    ...shown.map(found => `Agent.ProxyBypassList contains ${found}. This entry is ignored.`),
    ...(more === 0 ? [] : [`Agent.ProxyBypassList contains ${more} more entries that are ignored.`]),
  ];
}

function parseList(text: string): readonly string[] | undefined {
  if (text.trim() === '') return [];
  const list = parseJson(text);
  return Array.isArray(list) && list.every(entry => typeof entry === 'string') ? list : undefined;
}

/**
 * Returns whether an expression covers a URL. The agent matches scheme, host and port, the task library the whole URL; either
 * counts.
 */
export function isBypassed(expression: string, url: URL, limit: StepLimit): boolean {
  const pattern = compileUrlPattern(expression);
  if (pattern instanceof Error) return false;
  return pattern.test(url.origin, limit) || pattern.test(url.href, limit);
}

import { WifError } from '../errors.ts';
import { maxThumbprintCount } from './thumbprint-list.ts';
import { isRecord } from '../json.ts';

/** What one run of the function is asked for. */
export interface RefreshRequest {
  readonly verbose: boolean;
  readonly dryRun: boolean;
  readonly maxThumbprints: number;
  readonly tags: readonly TagFilter[];
}

/**
 * Returns the request of an event: `verbose`, `dry_run`, `max_thumbprints` and `tags`, each of which may be left out. Throws
 * `InputInvalid`, with all that is wrong, for any other field or value.
 */
export function parseRefreshEvent(event: unknown): RefreshRequest {
  if (!isRecord(event)) throw invalid(['The event is not a JSON object.']);
  const { verbose = false, dry_run: dryRun = false, max_thumbprints: maxThumbprints = maxThumbprintCount } = event;
  const { tags = [] } = event;
  const filters = Array.isArray(tags)
    ? tags.map(one => (typeof one === 'string' ? parseTagFilter(one) : undefined))
    : undefined;
  const wrong = [
    ...Object.keys(event).flatMap(name =>
      fields.includes(name) ? [] : [`The event has the unknown field "${name}".`],
    ),
    ...checkFlag('verbose', verbose),
    ...checkFlag('dry_run', dryRun),
    ...(isThumbprintCount(maxThumbprints) ? [] : [`max_thumbprints is ${JSON.stringify(maxThumbprints)}.`]),
    ...(filters?.every(one => one !== undefined) === true ? [] : [`tags is ${JSON.stringify(tags)}.`]),
  ];
  if (wrong.length > 0) throw invalid(wrong);
  return {
    verbose: verbose === true,
    dryRun: dryRun === true,
    maxThumbprints: Number(maxThumbprints),
    tags: (filters ?? []).flatMap(one => one ?? []),
  };
}

/** Returns whether a value is a number of thumbprints that IAM keeps. */
export function isThumbprintCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= maxThumbprintCount;
}

const fields = ['verbose', 'dry_run', 'max_thumbprints', 'tags'];

function checkFlag(name: string, value: unknown): readonly string[] {
  return typeof value === 'boolean' ? [] : [`${name} is ${JSON.stringify(value)}.`];
}

function invalid(wrong: readonly string[]): WifError {
  return new WifError({
    code: 'InputInvalid',
    found: wrong.join(' '),
    expected:
      'an object with verbose and dry_run (true or false), max_thumbprints (a whole number from 1 to 5) and tags (a list of "key=value" or "key"); each is optional. Nothing was done.',
    remedy:
      'Correct the event. For a schedule, set it as the constant input of the rule\'s target: {"tags": ["auto-refresh=true"]}.',
  });
}

/** A tag that a provider may carry; any value will do if none is named. */
export interface TagFilter {
  readonly key: string;
  readonly value: string | undefined;
}

/**
 * Returns the filter of `key=value` or `key`; undefined for a text that names no tag. Only the first `=` separates.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html#id_tags_rules
 */
export function parseTagFilter(text: string): TagFilter | undefined {
  const [, key = '', value] = /^([^=]{1,128})(?:=(.{0,256}))?$/s.exec(text) ?? [];
  return key === '' ? undefined : { key, value };
}

/**
 * Returns whether a provider carries a tag of each key that is named, character by character: several values of one key
 * are alternatives. No filters select nothing.
 */
export function isSelected(tags: Readonly<Record<string, string>>, filters: readonly TagFilter[]): boolean {
  if (filters.length === 0) return false;
  const fits = ({ key, value }: TagFilter): boolean =>
    Object.hasOwn(tags, key) && (value === undefined || tags[key] === value);
  return filters.every(({ key }) => filters.some(one => one.key === key && fits(one)));
}

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

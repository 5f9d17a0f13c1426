/** The tags of a role. */
export type RoleTags = Readonly<Record<string, string>>;

/**
 * Returns the key under which a role has a tag, in the letter case of the role. Roles have no two keys that differ only in
 * it; OIDC providers may.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html#id_tags_rules_creating
 */
export function findRoleTag(tags: RoleTags, key: string): string | undefined {
  return Object.keys(tags).find(one => one.toLowerCase() === key.toLowerCase());
}

/** Returns the tags that a role lacks, or has with another value. */
export function findOtherRoleTags(wanted: RoleTags, found: RoleTags): RoleTags {
  return Object.fromEntries(Object.entries(wanted).filter(([key, value]) => readRoleTag(found, key) !== value));
}

/** Returns a tag's value, whatever the letter case of its key; undefined where there is none. */
export function readRoleTag(tags: RoleTags, key: string): string | undefined {
  const found = findRoleTag(tags, key);
  return found === undefined ? undefined : tags[found];
}

/** Returns the tags of a role that gets others besides: one with the same key, in any letter case, is replaced. */
export function mergeRoleTags(tags: RoleTags, added: RoleTags): RoleTags {
  const kept = Object.entries(tags).filter(([key]) => findRoleTag(added, key) === undefined);
  return { ...Object.fromEntries(kept), ...added };
}

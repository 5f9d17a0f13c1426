/** The tags of a role or of an OIDC provider. */
export type Tags = Readonly<Record<string, string>>;

/** The tag on what aws-wif created: what has it may be changed without a further word, and a provider be deleted. */
export const ownTag = { key: 'managed-by', value: 'aws-wif' } as const;

/** Returns whether tags say that aws-wif created what has them. */
export function isOwn(tags: Tags): boolean {
  return tags[ownTag.key] === ownTag.value;
}

/** Returns tags with that of aws-wif. */
export function addOwnTag(tags: Tags): Tags {
  return { ...tags, [ownTag.key]: ownTag.value };
}

/** Returns the tags that an OIDC provider lacks, or has with another value. */
export function findOtherTags(wanted: Tags, found: Tags): Tags {
  return Object.fromEntries(Object.entries(wanted).filter(([key, value]) => found[key] !== value));
}

/**
 * Returns the key under which a role has a tag, in the letter case of the role. Roles have no two keys that differ only in
 * it; OIDC providers may.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html#id_tags_rules_creating
 */
export function findRoleTag(tags: Tags, key: string): string | undefined {
  return Object.keys(tags).find(one => one.toLowerCase() === key.toLowerCase());
}

/** Returns the tags that a role lacks, or has with another value. */
export function findOtherRoleTags(wanted: Tags, found: Tags): Tags {
  return Object.fromEntries(Object.entries(wanted).filter(([key, value]) => readRoleTag(found, key) !== value));
}

/** Returns the value of a role's tag, whatever the letter case of its key; undefined if there is none. */
export function readRoleTag(tags: Tags, key: string): string | undefined {
  const found = findRoleTag(tags, key);
  return found === undefined ? undefined : tags[found];
}

/** Returns the tags of a role that gets others besides: one with the same key, in any letter case, is replaced. */
export function mergeRoleTags(tags: Tags, added: Tags): Tags {
  const kept = Object.entries(tags).filter(([key]) => findRoleTag(added, key) === undefined);
  return { ...Object.fromEntries(kept), ...added };
}

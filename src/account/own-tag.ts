/** The tag on what aws-wif made: what has it may be changed without a further word, and a provider be deleted. */
export const ownTag = { key: 'managed-by', value: 'aws-wif' } as const;

/** Returns whether tags say that aws-wif made what has them. */
export function isOwn(tags: Readonly<Record<string, string>>): boolean {
  return tags[ownTag.key] === ownTag.value;
}

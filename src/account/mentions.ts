import type { ListedRole } from './iam.ts';

/** Returns the roles whose trust policies mention a provider, in whatever place and letter case. */
export function findMentions(url: string, roles: readonly ListedRole[]): readonly string[] {
  return roles.flatMap(({ arn, trustPolicy }) => (mentions(tryParse(trustPolicy), url) ? arn : []));
}

/** Returns whether a part of a policy mentions a provider. JSON may spell any character as an escape: give it parsed. */
export function mentions(part: unknown, url: string): boolean {
  return JSON.stringify(part).toLowerCase().includes(url.toLowerCase());
}

function tryParse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

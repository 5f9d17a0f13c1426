import { readIdentity } from '../identity/audience.ts';
import { escapeUnit } from '../outside-text.ts';
import { buildForIdentities } from '../trust/build.ts';
import { isReachable } from '../trust/network/reachable.ts';
import { findSharedLines } from '../trust/network/bounds.ts';
import type { RefusedCall } from './refused-call.ts';

/** What would allow a token's connection to assume a role: one statement, and a policy of nothing else. Both are JSON. */
export interface Admission {
  readonly statement: string;
  readonly policy: string;
}

/**
 * Returns what would allow the connection, bound to the network that the policy's other statements are bound to. Undefined
 * where the token is not a service connection's, or where these are bound to different ones, or to none that there is.
 */
export function buildAdmission({ claims, role, trustPolicy }: RefusedCall): Admission | undefined {
  const identity = readIdentity(claims);
  const network = trustPolicy === undefined ? [] : findSharedLines(trustPolicy);
  if (identity === undefined || network === undefined || !isReachable(network)) return undefined;
  try {
    const { document } = buildForIdentities([identity], { ...role, network });
    const [statement] = [document.Statement].flat();
    return { statement: formatJson(statement), policy: formatJson(document) };
  } catch {
    // A subject of another form, or one that no policy has room for: it is shown among what was sent.
    return undefined;
  }
}

/** Returns whether a policy's other statements are bound to networks that no request comes from. */
export function isBoundToNothing({ trustPolicy }: RefusedCall): boolean {
  return trustPolicy !== undefined && !isReachable(findSharedLines(trustPolicy) ?? []);
}

/** Characters that a log, Markdown or HTML may give a meaning to are written as JSON's escapes, which mean the same. */
function formatJson(value: unknown): string {
  return JSON.stringify(value, null, 2).replace(/[#`<>&\u007f-\uffff]/g, escapeUnit);
}

import { createHash } from 'node:crypto';
import type { PolicyDocument } from '../../trust/trust-policy.ts';
import { asRecord } from '../trust-files/trust-source.ts';

/** Returns the SHA-256 of one of a policy's statements, or of all of it; the order of members and white space do not count. */
export function hashStatement({ Statement: statements, ...rest }: PolicyDocument, index: number | undefined): string {
  const about = index === undefined ? { ...rest, Statement: statements } : [statements].flat()[index];
  return createHash('sha256')
    .update(JSON.stringify(sortMembers(about)), 'utf8')
    .digest('hex');
}

function sortMembers(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortMembers);
  const record = asRecord(value);
  if (record === undefined) return value;
  const entries = Object.entries(record).sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(entries.map(([name, item]) => [name, sortMembers(item)]));
}

import { createHash } from 'node:crypto';
import type { PolicyDocument } from '../../trust/trust-policy.ts';
import { asRecord } from '../trust-files/trust-source.ts';

/**
 * Returns the SHA-256 of one of a policy's statements, with the Deny statements that may have limited it, or of all of the
 * policy; the order of members and white space do not count.
 */
export function hashStatement(document: PolicyDocument, index: number | undefined): string {
  const about = index === undefined ? document : listRelated(document, index);
  return createHash('sha256').update(writeSorted(about), 'utf8').digest('hex');
}

function listRelated({ Statement: statements }: PolicyDocument, index: number): unknown {
  const all = [statements].flat();
  const denies = all.filter(({ Effect: effect }, place) => place !== index && effect === 'Deny');
  return denies.length === 0 ? all[index] : [all[index], ...denies];
}

/** Returns a value as JSON without white space, the members of objects in the order of their names. */
function writeSorted(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(writeSorted).join()}]`;
  const record = asRecord(value);
  if (record === undefined) return JSON.stringify(value ?? null);
  const names = Object.keys(record).filter(name => record[name] !== undefined);
  return `{${names
    .sort()
    .map(name => `${JSON.stringify(name)}:${writeSorted(record[name])}`)
    .join()}}`;
}

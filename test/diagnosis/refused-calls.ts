import assert from 'node:assert/strict';
import type { ErrorCode } from '../../src/errors.ts';
import type { Claims } from '../../src/identity/claims.ts';
import { diagnose } from '../../src/diagnosis/diagnose.ts';
import type { Diagnosis, RefusedCall } from '../../src/diagnosis/refused-call.ts';
import { account, entraClaims, oldClaims } from '../trust/company.ts';

export const arn = 'arn:aws:iam::111111111111:role/deploy';
export const hub = 'arn:aws:iam::111111111111:role/hub';
const times = { iat: 1_790_000_000, exp: 1_790_000_300 };

/** The claims of a connection's tokens on either issuer. */
export const issuers: Readonly<Record<'old' | 'entra', Claims>> = {
  old: { ...oldClaims, ...times },
  entra: { ...entraClaims, ...times },
};

/** Returns a refused call of the connection on the Entra issuer, with what differs. */
export function call(code: ErrorCode, change: Partial<RefusedCall> = {}): RefusedCall {
  return { code, claims: issuers.entra, role: { ...account, arn }, ...change };
}

/** Returns the diagnosis of that call, which must have one. */
export function explain(code: ErrorCode, change: Partial<RefusedCall> = {}): Diagnosis {
  const diagnosis = diagnose(call(code, change));
  assert.ok(diagnosis !== undefined, `no diagnosis of ${code}`);
  return diagnosis;
}

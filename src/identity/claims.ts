import { WifError } from '../errors.ts';
import type { Secret } from '../secret.ts';

/** The claims of an ID token that decide at AWS. Times are seconds since 1970. */
export interface Claims {
  readonly iss: string;
  readonly sub: string;
  readonly aud: readonly string[];
  readonly azp: string | undefined;
  readonly iat: number;
  readonly exp: number;
}

/**
 * What STS accepts.
 *
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
 */
const maxTokenLength = 20_000;

/** The old issuer's tokens live 300 s; nothing shorter is known. Assumed where a token does not say when it was issued. */
const minLifeSeconds = 300;

/**
 * Returns the claims of a JWT as they are in it. Nothing is verified: AWS STS does that. Throws `TokenMalformed` where
 * the text is not a JWT with the claims that every ID token of Azure DevOps has.
 */
export function readUnverifiedClaims(token: Secret): Claims {
  const claims = decodePayload(token.reveal());
  const { iss, sub, aud, azp, iat, exp } = claims;
  if (typeof iss !== 'string' || iss === '') throw malformed('it has no `iss` claim');
  if (typeof sub !== 'string' || sub === '') throw malformed('it has no `sub` claim');
  if (!isTime(exp)) throw malformed('it has no `exp` claim that is a time');
  return {
    iss,
    sub,
    aud: readAudience(aud),
    azp: typeof azp === 'string' ? azp : undefined,
    iat: isTime(iat) ? iat : exp - minLifeSeconds,
    exp,
  };
}

function decodePayload(token: string): Record<string, unknown> {
  if (token.length > maxTokenLength) throw malformed(`it has more than ${maxTokenLength} characters`);
  const parts = token.split('.');
  const payload = parts[1];
  if (parts.length !== 3 || payload === undefined) {
    throw malformed(`it has ${parts.length} part${parts.length === 1 ? '' : 's'}, not three`);
  }
  if (parts.includes('')) throw malformed('one of its three parts is empty');
  if (!parts.every(part => /^[\w-]+$/.test(part))) throw malformed('one of its three parts is not base64url');
  return parseObject(Buffer.from(payload, 'base64url').toString('utf8'));
}

function parseObject(json: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    // The parser's own message quotes the text, so it is not kept as a cause.
    throw malformed('its claims are not JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw malformed('its claims are not an object');
  return value as Record<string, unknown>;
}

function readAudience(aud: unknown): readonly string[] {
  const list: readonly unknown[] = Array.isArray(aud) ? aud : [aud];
  const names = list.filter(item => typeof item === 'string');
  if (names.length === 0 || names.length !== list.length) throw malformed('it has no `aud` claim');
  return names;
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value > 0;
}

function malformed(why: string): WifError {
  return new WifError({
    code: 'TokenMalformed',
    found: `Azure DevOps answered with an ID token that cannot be read: ${why}.`,
    expected: 'a signed JSON Web Token with iss, sub, aud and exp claims.',
    remedy:
      'Run the job again; if the error persists, a proxy may be changing the response, or Azure DevOps has an incident (status.dev.azure.com).',
  });
}

/** Returns a time of a token as RFC 3339 in UTC; a number that is no such time as it is. */
export function formatClaimTime(seconds: number): string {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? `${seconds} s` : date.toISOString().replace('.000Z', 'Z');
}

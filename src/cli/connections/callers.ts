import { WifError } from '../../errors.ts';
import {
  azureDevOpsApplicationId,
  readIdentity,
  tokenExchangeApplicationId,
  tokenExchangeAudience,
  type Identity,
} from '../../identity/audience.ts';
import { readUnverifiedClaims, type Claims } from '../../identity/claims.ts';
import { Secret } from '../../secret.ts';
import { findDuplicateName } from '../../json-fault.ts';
import { nothingDerived, requireNoDifferences } from './identities.ts';
import type { DescribedConnection } from './describe.ts';
import { wrongUsage } from '../terminal/failure.ts';

/** Who asks for a role, and what its token says or would say. */
export interface Caller {
  readonly claims: Claims;
  readonly identity: Identity | undefined;
  /** Whether the claims are in a token; else they are those that a connection's tokens have. */
  readonly isToken: boolean;
  readonly environment: string | undefined;
  readonly warnings: readonly string[];
}

/**
 * Returns who a token speaks of: the token alone, in quotes, behind `Bearer`, over several lines, or as the JSON that Azure DevOps
 * answers with. Nothing is verified, and no error holds any of the token.
 */
export function readTokenCaller(text: string): Caller {
  const token = new Secret(findToken(text));
  const claims = decode(token);
  return {
    claims,
    identity: readIdentity(claims),
    isToken: true,
    environment: undefined,
    warnings: ['The token was decoded, not verified: only AWS checks its signature.', ...warnOfDuplicates(token)],
  };
}

function findToken(text: string): string {
  const trimmed = text.trim();
  const bare = trimmed.startsWith('{') ? findMember(trimmed) : trimmed;
  return bare
    .replace(/^["']|["']$/g, '')
    .replace(/^(?:Authorization:\s*)?Bearer\s+/i, '')
    .replace(/\s+/g, '');
}

/** The answer of Azure DevOps; of other JSON nothing is taken for a token. */
function findMember(json: string): string {
  try {
    const { oidcToken } = JSON.parse(json) as Readonly<Record<string, unknown>>;
    return typeof oidcToken === 'string' ? oidcToken : '';
  } catch {
    return '';
  }
}

/** `JSON.parse` keeps the last of two members, and nobody documents which one AWS keeps. */
function warnOfDuplicates(token: Secret): readonly string[] {
  const [, payload = ''] = token.reveal().split('.');
  const claim = findDuplicateName(Buffer.from(payload, 'base64url').toString())?.path;
  if (claim === undefined) return [];
  return [
    `The token has the claim ${claim.replace(/^\$\.?/, '')} more than once. Its last value is evaluated, but AWS may use another one. Azure DevOps issues no such tokens.`,
  ];
}

function decode(token: Secret): Claims {
  try {
    return readUnverifiedClaims(token);
  } catch (thrown) {
    if (!(thrown instanceof WifError)) throw thrown;
    const [reason = 'it is not one'] = thrown.faults.map(({ found }) => found.replace(/^.*? cannot be read: /, ''));
    const why = explainMistake(token.reveal()) ?? reason;
    throw wrongUsage(
      `The file given with --token-file contains no ID token: ${why.replace(/\.$/, '')}.`,
      'a JSON Web Token (three base64url parts separated by dots), or the JSON that Azure DevOps returns, {"oidcToken": "..."}.',
      'Save the oidcToken value that Azure DevOps returns.',
    );
  }
}

/** What else people have in such a file; undefined if that cannot be told. */
function explainMistake(text: string): string | undefined {
  if (text === '') return 'it is empty, or JSON without the member oidcToken';
  if (/^\*+$/.test(text)) return 'it was copied from a log, where the agent masks it';
  return /^[A-Za-z_]\w*=/.test(text) ? 'it starts with a name and an equals sign instead of the token' : undefined;
}

/** Returns who the tokens of named connections speak of: on the issuer that each is on, else on all that are derived. */
export function readConnectionCallers(
  described: readonly DescribedConnection[],
  { issuer }: { readonly issuer?: string },
): readonly Caller[] {
  requireNoDifferences(
    described,
    "Compare with aws-wif connection, or diagnose one of the connection's tokens (--token-file).",
  );
  const callers = described.flatMap(one => listCallers(one, issuer !== undefined));
  if (callers.length > 0) return callers;
  throw nothingDerived(described);
}

function listCallers(
  { identities, current, facts, warnings }: DescribedConnection,
  chosen: boolean,
): readonly Caller[] {
  const today = identities.filter(({ issuer }) => issuer.kind === current);
  return (chosen || today.length === 0 ? identities : today).map(identity => ({
    claims: makeClaims(identity),
    identity,
    isToken: false,
    environment: facts.environment,
    warnings,
  }));
}

/** Returns the claims that an identity's tokens have; their times are not known. */
export function makeClaims({ issuer, issuerUrl, subject }: Identity): Claims {
  const entra = issuer.kind === 'entra';
  return {
    iss: issuerUrl,
    sub: subject,
    aud: [entra ? tokenExchangeApplicationId : tokenExchangeAudience],
    azp: entra ? azureDevOpsApplicationId : undefined,
    iat: 0,
    exp: 0,
  };
}

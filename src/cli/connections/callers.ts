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
import { nothingDerived, requireNoDifferences } from './check-described.ts';
import type { DescribedConnection } from './describe.ts';
import { wrongUsage } from '../terminal/failure.ts';

/** Who asks for a role, and what its token says or would say. */
export interface Caller {
  readonly claims: Claims;
  readonly identity: Identity | undefined;
  /** Whether the claims stand in a token; else they are those that a connection's tokens have. */
  readonly isToken: boolean;
  readonly environment: string | undefined;
  readonly warnings: readonly string[];
}

/** Returns who a token speaks of. Nothing is verified, and no error holds any of the token. */
export function readTokenCaller(text: string): Caller {
  const claims = decode(new Secret(text.trim()));
  return {
    claims,
    identity: readIdentity(claims),
    isToken: true,
    environment: undefined,
    warnings: ['The token was decoded, not verified: AWS alone checks its signature.'],
  };
}

function decode(token: Secret): Claims {
  try {
    return readUnverifiedClaims(token);
  } catch (thrown) {
    if (!(thrown instanceof WifError)) throw thrown;
    const [why = 'it is none'] = thrown.faults.map(({ found }) => found.replace(/^.*? cannot be read: /, ''));
    throw wrongUsage(
      `The file of --token-file holds no ID token: ${why.replace(/\.$/, '')}.`,
      'a JSON Web Token alone: three parts of base64url with dots between them.',
      'Save the oidcToken of the answer of Azure DevOps, without quotes.',
    );
  }
}

/** Returns who the tokens of named connections speak of: on the issuer that each is on, else on all that are derived. */
export function readConnectionCallers(
  described: readonly DescribedConnection[],
  { issuer }: { readonly issuer?: string },
): readonly Caller[] {
  requireNoDifferences(described, 'See aws-wif connection, or diagnose a token of the connection (--token-file).');
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

function makeClaims({ issuer, issuerUrl, subject }: Identity): Claims {
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

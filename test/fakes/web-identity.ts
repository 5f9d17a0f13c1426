import { compactVerify, decodeJwt, decodeProtectedHeader } from 'jose';
import type { JWTPayload } from 'jose';
import type { Clock } from './clock.ts';
import { toSeconds } from './clock.ts';
import type { Iam, OidcProvider, RoleName } from './iam-accounts.ts';
import type { IssuerKeys } from './issuer-keys.ts';
import { expiredToken, missingClaim, missingProvider, stsErrors, StsRefusal } from './sts-errors.ts';

/** A token that STS believes. */
export interface WebIdentity {
  readonly subject: string;
  /** What `<provider>:aud` holds: azp if there is one, else aud. */
  readonly audiences: readonly string[];
  /** The token's own aud where azp took its place: `<provider>:oaud`. */
  readonly originalAudiences: readonly string[];
  readonly methods: readonly string[];
  readonly provider: OidcProvider;
  readonly providerArn: string;
}

export interface WebIdentityRules {
  readonly iam: Iam;
  readonly keys: IssuerKeys;
  readonly clock: Clock;
}

/** IAM grants five minutes after exp: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_oidc.html. */
const leewaySeconds = 300;
const algorithms = ['RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512'];

/** Judges an ID token for a role's account: provider, audience, life, signature. */
export async function verifyWebIdentity(token: string, role: RoleName, rules: WebIdentityRules): Promise<WebIdentity> {
  const claims = decodeClaims(token);
  for (const name of ['iss', 'sub', 'aud', 'exp', 'iat']) {
    if (claims[name] === undefined) throw new StsRefusal(missingClaim(name));
  }
  const { iss = '', sub = '', exp = 0, nbf = 0 } = claims;
  const url = iss.replace(/^https:\/\//, '');
  const provider = rules.iam.findProvider(role.accountId, url);
  if (!provider) throw new StsRefusal(missingProvider(iss));
  const { audiences, originalAudiences } = chooseAudiences(claims);
  if (!audiences.some(audience => provider.clientIds.includes(audience)))
    throw new StsRefusal(stsErrors.incorrectAudience);
  checkLife(exp, nbf, toSeconds(rules.clock()));
  await checkSignature(token, iss, rules.keys);
  const providerArn = `arn:${role.partition}:iam::${role.accountId}:oidc-provider/${url}`;
  return { subject: sub, audiences, originalAudiences, methods: readTexts(claims['amr']), provider, providerArn };
}

function decodeClaims(token: string): JWTPayload {
  try {
    decodeProtectedHeader(token);
    return decodeJwt(token);
  } catch {
    throw new StsRefusal(stsErrors.notAJwt);
  }
}

/**
 * STS holds azp against the provider's client ids and gives it to policies as aud; seen in
 * https://github.com/aws/aws-sdk-net/issues/3071 and https://gist.github.com/gene1wood/54611c45a3298504f8e33d95e317ae5c.
 */
function chooseAudiences(claims: JWTPayload): { audiences: string[]; originalAudiences: string[] } {
  const aud = readTexts(claims.aud);
  const azp = readTexts(claims['azp']);
  return azp.length > 0 ? { audiences: azp, originalAudiences: aud } : { audiences: aud, originalAudiences: [] };
}

function readTexts(claim: unknown): string[] {
  return [claim].flat().filter(value => typeof value === 'string');
}

function checkLife(exp: number, nbf: number, now: number): void {
  if (now >= exp + leewaySeconds) throw new StsRefusal(expiredToken(now, exp));
  if (now < nbf - leewaySeconds) throw new StsRefusal(stsErrors.notYetValid);
}

async function checkSignature(token: string, issuer: string, keys: IssuerKeys): Promise<void> {
  try {
    await compactVerify(token, await keys.fetch(issuer), { algorithms });
  } catch (cause) {
    throw Object.assign(new StsRefusal(stsErrors.noVerificationKey), { cause });
  }
}

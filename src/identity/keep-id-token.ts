import type { Secret } from '../secret.ts';
import type { Warn } from '../warning.ts';
import { checkIdToken, type ExpectedIdentity } from './check-id-token.ts';
import { readUnverifiedClaims, type Claims } from './claims.ts';

/** Asks Azure DevOps for one service connection's ID token: one request, or a WifError. */
export interface IdTokens {
  request(connectionId: string): Promise<Secret>;
}

/** Runs an operation until it succeeds, may not be tried again, or the step's time is over. */
export type Retry = <T>(operation: () => Promise<T>) => Promise<T>;

export interface IdTokenPorts {
  readonly idTokens: IdTokens;
  readonly retry: Retry;
  /** Milliseconds of a clock that never goes back; the host's own time of day is not relied on. */
  readonly now: () => number;
  /** Called with each token before anything else is done with it. */
  readonly protect: (secrets: readonly Secret[]) => void;
  readonly warn: Warn;
}

/** An ID token that renews itself. */
export interface KeptIdToken {
  /** Of the first token; later ones are checked in the same way. */
  readonly claims: Claims;
  /** Returns a token with a minute or more to live; callers at the same time share one request. */
  readonly current: () => Promise<Secret>;
}

/** An ID token with less left than this is not sent any more. */
const minLifeMs = 60_000;

/**
 * Fetches a service connection's ID token, checks that it is that connection's, and keeps it: retries may outlast a
 * token of the old issuer, which lives five minutes.
 */
export async function keepIdToken(identity: ExpectedIdentity, ports: IdTokenPorts): Promise<KeptIdToken> {
  const first = await fetchIdToken(identity, ports);
  let held: Held = { idToken: Promise.resolve(first), renewAtMs: first.renewAtMs };
  const current = async (): Promise<Secret> => {
    if (ports.now() >= held.renewAtMs) held = renew(identity, ports);
    return (await held.idToken).token;
  };
  return { claims: first.claims, current };
}

interface Held {
  readonly idToken: Promise<FetchedIdToken>;
  renewAtMs: number;
}

/** While the new token is on its way nobody asks for another; if it does not come, the next caller does. */
function renew(identity: ExpectedIdentity, ports: IdTokenPorts): Held {
  const idToken = fetchIdToken(identity, ports);
  const held: Held = { idToken, renewAtMs: Number.POSITIVE_INFINITY };
  idToken.then(
    ({ renewAtMs }) => {
      held.renewAtMs = renewAtMs;
    },
    () => {
      held.renewAtMs = 0;
    },
  );
  return held;
}

interface FetchedIdToken {
  readonly token: Secret;
  readonly claims: Claims;
  readonly renewAtMs: number;
}

async function fetchIdToken(identity: ExpectedIdentity, ports: IdTokenPorts): Promise<FetchedIdToken> {
  const { token, askedAtMs } = await ports.retry(() => ask(identity.connectionId, ports));
  // Nothing is printed before the token is protected, and only what is a token can be.
  const claims = readUnverifiedClaims(token);
  ports.protect([token]);
  for (const warning of checkIdToken(claims, identity)) ports.warn('SubjectDiffers', warning);
  const lifeMs = (claims.exp - claims.iat) * 1000;
  return { token, claims, renewAtMs: askedAtMs + lifeMs - minLifeMs };
}

/** A token's life is counted from before the request: a slow answer may be much younger than the token in it. */
async function ask(connectionId: string, { idTokens, now }: IdTokenPorts) {
  const askedAtMs = now();
  return { token: await idTokens.request(connectionId), askedAtMs };
}

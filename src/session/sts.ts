import type { Secret } from '../secret.ts';
import type { Credentials, StsAnswer } from './credentials.ts';
import type { HopTerms } from './goal.ts';

/** AWS STS at one endpoint. Throws a WifError on any refusal; one call is one request. */
export interface Sts {
  /** Not signed: the ID token is all that speaks for the caller. */
  assumeRoleWithWebIdentity(hop: HopTerms, idToken: Secret): Promise<StsAnswer>;
  /** Signed with the credentials of the hop before, and with no others. */
  assumeRole(hop: HopTerms, credentials: Credentials): Promise<StsAnswer>;
}

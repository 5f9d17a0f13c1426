import type { RoleSite } from '../admission.ts';
import type { Decision } from '../evaluate.ts';
import type { Account } from '../oidc-provider.ts';

/**
 * Who gets into a role with a token: a subject that the policy names, whoever a pattern of it covers, or anyone with a token
 * of the issuer.
 */
export interface Entrant {
  readonly kind: 'subject' | 'pattern' | 'anyone' | 'saml';
  /**
   * The issuer's URL without `https://`; `*` for every OIDC provider of the account that the policy does not name; the ARN of
   * a SAML provider.
   */
  readonly issuer: string;
  /** The subject or pattern as the policy has it; undefined for anyone. */
  readonly subject: string | undefined;
  /** Whether letter case makes no difference to the subject. */
  readonly ignoresCase: boolean;
  readonly decision: Exclude<Decision, 'denied'>;
  /** What other conditions on the subject leave out, in the policy's words: not everyone who is covered gets in. */
  readonly limits: readonly Limit[];
  /**
   * The audiences that tokens must, or must not, have; undefined if it makes no difference, and for service
   * connections.
   */
  readonly audiences: Limit | undefined;
}

/** What keeps callers out: those that its values cover, or all the others. */
export interface Limit {
  readonly keepsOut: 'these' | 'others';
  /** In the policy's words. */
  readonly values: readonly string[];
  /**
   * How the values are compared: character by character, without letter case, or as patterns in which `*` and `?`
   * count.
   */
  readonly compares: 'exact' | 'ignoring-case' | 'pattern';
}

/** What decides about a role besides its trust policy; the account is undefined if a file does not say. */
export interface EntrantSite {
  readonly account: Account | undefined;
  /** The OIDC providers of the account; undefined if they are not known. */
  readonly providers: RoleSite['providers'];
}

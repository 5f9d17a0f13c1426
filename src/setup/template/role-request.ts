import { WifError } from '../../errors.ts';
import type { Identity } from '../../identity/audience.ts';
import type { KnownIssuer } from '../../identity/issuer.ts';
import type { NetworkBounds } from '../../trust/network/bounds.ts';
import type { WantedRole } from '../request.ts';

export type IssuerKind = KnownIssuer['kind'];

/** A connection that may assume the role. */
export interface TrustedConnection {
  /** Its name, or its id where that is all that is known. */
  readonly label: string;
  readonly identities: readonly Identity[];
}

/** What a template is filled with. */
export interface TemplateRequest {
  readonly role: WantedRole;
  readonly connections: readonly TrustedConnection[];
  /** Undefined binds the trust to no network. */
  readonly network?: NetworkBounds | undefined;
  /** The issuers whose providers the account has already. */
  readonly existingProviders: readonly IssuerKind[];
}

/** What every role says of itself. */
export const roleDescription = 'Azure Pipelines, by workload identity federation.';

/** What IAM gives a role that says nothing else. */
export const defaultSessionSeconds = 3600;

/** Printable ASCII and Latin-1 without those that mean more than themselves to IAM. */
const plain = /^[ -)+->@-~\u00a1-\u00ac\u00ae-\u00ff]*$/;

/**
 * Returns a subject that a template can hold. Throws `TrustPolicyRefused` for all others: those with `*`, `?` or `${`, with
 * a slash at the end, or with letters past U+00FF, which IAM accepts as JSON escapes only, and templates' engines write
 * no such; `refused` matches what the target cannot hold besides.
 */
export function requirePlainSubject(subject: string, target: string, refused: RegExp): string {
  const fits = plain.test(subject) && !subject.includes('${') && !subject.endsWith('/') && !refused.test(subject);
  if (fits) return subject;
  throw new WifError({
    code: 'TrustPolicyRefused',
    found: `The subject is "${subject}", which ${target} cannot represent.`,
    expected:
      'no * ? or ${, no slash at the end, no letters above U+00FF; for CloudFormation also no quotes, backslashes or {{.',
    remedy: 'Use --issuer entra, whose subjects consist of IDs; or aws-wif template commands, or aws-wif setup.',
  });
}

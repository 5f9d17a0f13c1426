import { WifError } from '../errors.ts';
import type { Claims } from './claims.ts';
import { describeIssuer, parseIssuer } from './issuer.ts';
import { describeSubject, parseSubject, type Subject } from './subject.ts';

/** What the job knows of the service connection it named. */
export interface ExpectedIdentity {
  readonly connectionId: string;
  /** The organization's GUID (System.CollectionId), where the job says it. */
  readonly organizationId: string | undefined;
  /** The subject in the service connection's own settings, where they hold one. */
  readonly subject: string | undefined;
}

/**
 * Checks that an ID token is the named service connection's own, before it is sent anywhere. Throws
 * `TokenNotForConnection` where it is another identity's; returns warnings where the names of an old-issuer subject
 * differ from the connection's settings (a rename, usually).
 */
export function checkIdToken(claims: Claims, expected: ExpectedIdentity): readonly string[] {
  const issuer = parseIssuer(claims.iss);
  const subject = parseSubject(claims.sub);
  if (issuer.kind === 'entra' && subject.kind === 'connection-id') return checkIds(subject, expected);
  if (issuer.kind === 'azure-devops' && subject.kind === 'connection-name') {
    checkOrganization(issuer.organizationId, expected);
    return compareNames(claims.sub, subject, expected.subject);
  }
  throw notForConnection(`The ID token of the ${describeIssuer(issuer)} is for ${describeSubject(subject)}.`);
}

type NamedById = Extract<Subject, { readonly kind: 'connection-id' }>;

function checkIds(subject: NamedById, { connectionId, organizationId }: ExpectedIdentity): readonly string[] {
  if (subject.connectionId.toLowerCase() !== connectionId.toLowerCase()) {
    throw notForConnection(`The ID token is for connection ${subject.connectionId}, not ${connectionId}.`);
  }
  if (subject.organizationId.toLowerCase() !== organizationId?.toLowerCase()) {
    const own = organizationId ?? 'one that System.CollectionId names, which is empty';
    throw notForConnection(`The ID token is for organization ${subject.organizationId}, not ${own}.`);
  }
  return [];
}

/** The old issuer is an organization's own; a job that does not know its organization has the issuer's word alone. */
function checkOrganization(found: string, { organizationId }: ExpectedIdentity): void {
  if (organizationId === undefined || organizationId.toLowerCase() === found.toLowerCase()) return;
  throw notForConnection(`The ID token is of the issuer of organization ${found}, not ${organizationId}.`);
}

function compareNames(sub: string, subject: Subject, configured: string | undefined): readonly string[] {
  if (configured === undefined || configured === '' || configured === sub) return [];
  return [
    `The ID token is for ${describeSubject(subject)}, but the service connection's settings say ` +
      `${describeSubject(parseSubject(configured))}. A rename of the organization, project or connection does this; ` +
      'the trust policy must name what the token says.',
  ];
}

function notForConnection(found: string): WifError {
  return new WifError({
    code: 'TokenNotForConnection',
    found: `${found} It was not sent to AWS.`,
    expected: "a subject that names this organization's service connection given in serviceConnection.",
    remedy:
      'Run the job again. If it stays, look for a step or a log line that sets System.OidcRequestUri or System.CollectionId.',
  });
}

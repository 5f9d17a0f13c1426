import { WifError } from '../errors.ts';
import type { Claims } from './claims.ts';
import {
  describeIssuer,
  parseIssuer,
  azureDevOpsApplication,
  describeSubject,
  parseSubject,
  type Issuer,
  type Subject,
} from './issuer.ts';

/** The kinds of service connection that a step may name; `connection-kinds.ts` says what is known of each. */
export type ExpectedKind = 'azure-rm' | 'azure-devops';

/** What the job knows of the service connection it named. */
export interface ExpectedIdentity {
  readonly connectionId: string;
  /** The organization's GUID (System.CollectionId), where the job says it. */
  readonly organizationId: string | undefined;
  /** The subject in the service connection's own settings, if they hold one. */
  readonly subject: string | undefined;
  /** Azure Resource Manager if nothing is said. */
  readonly kind?: ExpectedKind | undefined;
  /** The connection's own tenant, as its settings say. */
  readonly tenantId?: string | undefined;
}

/**
 * Checks that an ID token is the named service connection's own, before it is sent anywhere. Throws
 * `TokenNotForConnection` where it is another identity's; returns warnings where the names of an old-issuer subject
 * differ from the connection's settings (a rename, usually).
 *
 * An Azure DevOps connection's token must have one issuer and one subject, which are known before the token is read:
 * Microsoft does not document another form, so any other is refused.
 */
export function checkIdToken(claims: Claims, expected: ExpectedIdentity): readonly string[] {
  const issuer = parseIssuer(claims.iss);
  const subject = parseSubject(claims.sub);
  if (expected.kind === 'azure-devops') return checkAzureDevOps({ issuer, subject, claims }, expected);
  if (issuer.kind === 'entra' && subject.kind === 'connection-id') return checkIds(subject, expected);
  if (issuer.kind === 'azure-devops' && subject.kind === 'connection-name') {
    checkOrganization(issuer.organizationId, expected);
    return compareNames(claims.sub, subject, expected.subject);
  }
  throw notForConnection(`The ID token of the ${describeIssuer(issuer)} is for ${describeSubject(subject)}.`);
}

interface ReadToken {
  readonly issuer: Issuer;
  readonly subject: Subject;
  readonly claims: Claims;
}

function checkAzureDevOps({ issuer, subject, claims }: ReadToken, expected: ExpectedIdentity): readonly string[] {
  if (issuer.kind !== 'entra' || subject.kind !== 'connection-id') throw otherForm(claims, expected);
  checkIds(subject, expected);
  // The identity is a user of the organization, so its tenant is the organization's, which is the one that signs.
  const tenants = [issuer.tenantId, subject.tenantId, expected.tenantId ?? ''].filter(tenant => tenant !== '');
  if (new Set(tenants.map(tenant => tenant.toLowerCase())).size > 1) throw otherForm(claims, expected);
  return [];
}

/** Both are shown in parts, since the agent masks the whole issuer and subject of a connection. */
function otherForm({ iss, sub }: Claims, { connectionId, organizationId, tenantId }: ExpectedIdentity): WifError {
  const ids = [organizationId ?? '<organization id>', connectionId].join(' / ').toLowerCase();
  const tenant = tenantId === undefined || tenantId === '' ? '<tenant id>' : tenantId;
  return new WifError({
    code: 'TokenNotForConnection',
    found: `The ID token for this Azure DevOps connection has the issuer ${spaceParts(iss)} and the subject ${spaceParts(sub)}. It was not sent to AWS.`,
    expected: `(written with spaces at each slash) issuer https: / / login.microsoftonline.com / ${tenant} / v2.0, and the subject / eid1 / c / pub / t / <that tenant> / a / ${azureDevOpsApplication} / sc / ${ids}.`,
    remedy:
      "Compare both with the connection's page in Azure DevOps. If that page shows the issuer and subject of the token, this task does not support the form yet: use an Azure Resource Manager connection and report the form in an issue of this extension. If it does not, look for a step or a log line that sets System.OidcRequestUri or System.CollectionId.",
  });
}

function spaceParts(text: string): string {
  return text.replaceAll('/', ' / ').replaceAll(/ {2,}/g, ' ').trim();
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
  throw notForConnection(`The ID token comes from the issuer of organization ${found}, not ${organizationId}.`);
}

function compareNames(sub: string, subject: Subject, configured: string | undefined): readonly string[] {
  if (configured === undefined || configured === '' || configured === sub) return [];
  return [
    `The ID token is for ${describeSubject(subject)}, but the service connection's settings say ` +
      `${describeSubject(parseSubject(configured))}. This happens if the organization, project or connection was renamed; ` +
      'the trust policy must contain the values of the token.',
  ];
}

function notForConnection(found: string): WifError {
  return new WifError({
    code: 'TokenNotForConnection',
    found: `${found} It was not sent to AWS.`,
    expected: "a subject that names this organization and the step's service connection.",
    remedy:
      'Run the job again. If the error persists, look for a step or a log line that sets System.OidcRequestUri or System.CollectionId.',
  });
}

import { parseIssuer, parseSubject } from '../../identity/issuer.ts';
import type { Limit } from '../../trust/inventory/subject-terms.ts';
import { nameIssuer } from '../../trust/scene/known-issuers.ts';
import type { AuditedCaller, AuditedRole } from './audited.ts';

/** Returns who a caller is, in words. Names in them come from outside. */
export function describeCaller(caller: AuditedCaller): string {
  const doubt = caller.decision === 'unknown' ? ' (unknown: only AWS can decide)' : '';
  return `${nameCaller(caller)}${caller.limits.map(describeLimit).join('')}${describeAudiences(caller.audiences)}${doubt}`;
}

function nameCaller({ kind, issuer, subject = '', ignoresCase, connection }: AuditedCaller): string {
  const letters = ignoresCase ? ' in any letter case' : '';
  switch (kind) {
    case 'saml':
      return `anyone who signs in through SAML provider ${issuer.slice(issuer.lastIndexOf('/') + 1)}`;
    case 'anyone':
      return nameAnyone(issuer);
    case 'pattern':
      return `pattern ${subject} of ${nameOwner(issuer)}`;
    case 'subject':
      return connection === null
        ? `${nameSubject(issuer, subject)}${letters}`
        : `connection ${connection.project}/${connection.name}${letters} (${nameOwner(issuer)})`;
  }
}

function nameAnyone(url: string): string {
  if (url === '*') return 'anyone with a token of any other OIDC provider of the account';
  const issuer = parseIssuer(`https://${url}`);
  if (issuer.kind === 'azure-devops') return `anyone in Azure DevOps organization ${issuer.organizationId}`;
  if (issuer.kind === 'entra') return `any workload of Entra tenant ${issuer.tenantId}`;
  return nameIssuer(url)?.callers ?? `anyone with a token of ${url}`;
}

function nameSubject(url: string, text: string): string {
  const subject = parseSubject(text);
  switch (subject.kind) {
    case 'connection-name':
      return `connection ${subject.project}/${subject.connection} of organization ${subject.organization}`;
    case 'connection-id':
      return `connection ${subject.connectionId} of organization ${subject.organizationId}`;
    case 'pipeline':
      return `pipeline ${text}`;
    case 'unknown':
      return `subject ${text} of ${nameOwner(url)}`;
  }
}

function nameOwner(url: string): string {
  const issuer = parseIssuer(`https://${url}`);
  if (issuer.kind === 'azure-devops') return `Azure DevOps organization ${issuer.organizationId}`;
  if (issuer.kind === 'entra') return `Entra tenant ${issuer.tenantId}`;
  return nameIssuer(url)?.name ?? (url === '*' ? 'any OIDC provider' : url);
}

function describeLimit({ keepsOut, values, compares }: Limit): string {
  const texts = values.map(one => (compares === 'pattern' && /[*?]/.test(one) ? `pattern ${one}` : one));
  const letters = compares === 'ignoring-case' ? ' in any letter case' : '';
  return `${keepsOut === 'these' ? `, except ${texts.join(', ')}` : `, if it is also ${texts.join(' or ')}`}${letters}`;
}

function describeAudiences(audiences: Limit | undefined): string {
  if (audiences === undefined) return '';
  const words = audiences.keepsOut === 'these' ? 'any audience except' : 'audience';
  return `, with ${words} ${audiences.values.join(' or ')}`;
}

/** Returns how far a role reaches, in words; undefined if that is not known. */
export function describeReach({ reach }: AuditedRole): string | undefined {
  if (reach === null) return undefined;
  const names = reach.policies.length === 0 ? 'no policy' : reach.policies.join(', ');
  return reach.administrator ? `administrator: ${names}` : names;
}

/** Returns where a role stands: its ARN, or its file and line. */
export function nameRole({ role, place }: AuditedRole): string {
  const name = role.arn ?? role.name;
  if (place === null) return name;
  return name === place.file ? `${name}:${place.line}` : `${name} (${place.file}:${place.line})`;
}

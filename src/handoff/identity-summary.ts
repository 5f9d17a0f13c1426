import type { Claims } from '../identity/claims.ts';
import { describeIssuer, parseIssuer, describeSubject, parseSubject } from '../identity/issuer.ts';
import { unconfirmedTenant, type Retirement } from '../identity/retirement.ts';
import { quoteText } from './markdown.ts';

/** Returns who AWS sees, whole: the log has only its parts, since the agent masks issuer and subject. */
export function renderIdentity({ iss, sub, aud, azp }: Claims): readonly string[] {
  return [
    'The ID token for AWS:',
    '',
    `- issuer ${quoteText(iss)} (${quoteText(describeIssuer(parseIssuer(iss)))})`,
    `- subject ${quoteText(sub)} (${quoteText(describeSubject(parseSubject(sub)))})`,
    `- audience ${[...aud, ...(azp === undefined ? [] : [`azp ${azp}`])].map(quoteText).join(', ')}`,
    '',
  ];
}

/** Returns whom a role should trust before the connection is converted; nothing for one that was converted. */
export function renderRetirement(retirement: Retirement | undefined): readonly string[] {
  if (retirement === undefined) return [];
  const { on, next, otherwise } = retirement;
  return [
    `**The Azure DevOps issuer retires on ${on}**; multitenant applications are exempt. Before this service connection is converted, make the role trust its Entra identity as well${next === undefined ? ': the conversion shows it.' : ':'}`,
    '',
    ...(next === undefined
      ? []
      : [
          `- issuer ${quoteText(next.issuerUrl)}`,
          `- subject ${quoteText(next.subject)}`,
          `- audiences ${next.audiences.map(quoteText).join(', ')}`,
          '',
          ...renderOtherTenant(otherwise),
        ]),
  ];
}

function renderOtherTenant(otherwise: Retirement['otherwise']): readonly string[] {
  if (otherwise === undefined) return [];
  return [
    unconfirmedTenant,
    '',
    `- issuer then ${quoteText(otherwise.issuerUrl)}`,
    `- subject then ${quoteText(otherwise.subject)}`,
    `- printed by ${quoteText(otherwise.command)}`,
    '',
  ];
}

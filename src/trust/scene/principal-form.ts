import { isNamedPrincipal } from './known-issuers.ts';
import { parseProviderArn, partitions, type ProviderArn } from '../oidc-provider.ts';
import { hasWildcards } from '../pattern-overlap.ts';
import type { Principal } from '../trust-policy.ts';

/** A principal that is an OIDC provider, or was meant to be one. */
export interface ReadPrincipal {
  readonly text: string;
  readonly type: string;
  readonly arn: ProviderArn;
  readonly fault: string | undefined;
}

/**
 * Returns a principal as an OIDC provider, and why IAM does not accept it. Undefined for principals that were not meant
 * to be one, and for those with wildcards, which are another finding.
 */
export function readPrincipal({ type, value: text }: Principal): ReadPrincipal | undefined {
  if (hasWildcards(text, '2008-10-17')) return undefined;
  const arn = parseProviderArn(text);
  if (type !== 'Federated') {
    const meant = text.includes(':oidc-provider/') ? (arn ?? guessArn(text)) : undefined;
    return (
      meant && { text, type, arn: meant, fault: `an OIDC provider belongs under "Federated", not under "${type}"` }
    );
  }
  if (text.includes(':saml-provider/')) return undefined;
  if (arn !== undefined) return { text, type, arn, fault: undefined };
  if (isNamedPrincipal(text)) return { text, type, arn: { partition: '', accountId: '', url: text }, fault: undefined };
  return { text, type, arn: guessArn(text), fault: explainFault(text) };
}

/** What can be read of an ARN: the account id without what does not belong into it, and the URL at its end. */
function guessArn(text: string): ProviderArn {
  const [, partition = '', , , account = ''] = text.split(':');
  return {
    partition: partitions.find(one => one === partition.trim()) ?? '',
    accountId: /^[\d\s-]+$/.test(account) ? account.replace(/\D/g, '') : '',
    url: guessUrl(text).trim(),
  };
}

/** All behind `oidc-provider/`; of another ARN what looks like a host and all behind it, if there is one. */
function guessUrl(text: string): string {
  const named = /oidc-provider\/(.*)$/s.exec(text)?.[1];
  if (named !== undefined) return named;
  if (!/^\s*arn:/i.test(text)) return text.trim().replace(/^https?:\/\//i, '');
  return /[:/]([\w-]+(?:\.[\w-]+)+(?:\/.*)?)$/s.exec(text)?.[1] ?? '';
}

/** Words that examples have instead of a value. */
export const placeholder =
  /[<>{}[\]]|\$\(|%\w+%|\b(?:your|my)[-_ ]|account[-_]?id|org(?:anization)?[-_]?id|tenant[-_]?id|placeholder|(?<!x)x{4,}/i;

function explainFault(text: string): string {
  const account = /^arn:[^:]*:iam::([^:]*):oidc-provider\/./s.exec(text)?.[1];
  if (account !== undefined) return explainAccount(account);
  if (placeholder.test(text)) return 'it still contains a placeholder';
  const arn = /^arn:[^:]*:([^:]*):([^:]*):[^:]*:(.+)$/s.exec(text);
  if (arn !== null) return explainParts(arn);
  if (/^\s|\s$/.test(text)) return 'it begins or ends with a space';
  if (/^(?:https?:\/\/)?[\w-]+(?:\.[\w-]+)+(?:\/\S*)?$/.test(text)) return "it is the issuer's URL, not an ARN";
  return 'it is not the ARN of an OIDC provider';
}

function explainParts([, service = '', region = '', resource = '']: readonly string[]): string {
  const [kind = ''] = resource.split(/[:/]/);
  if (service !== 'iam') return `it is an ARN of "${service}", not of iam`;
  if (region !== '') return `it has the region "${region}", but IAM's ARNs have none`;
  return `it has "${kind}" instead of oidc-provider/`;
}

function explainAccount(account: string): string {
  if (account === '') return 'it has no account ID';
  if (/^\d+$/.test(account)) return `its account ID has ${account.length} digits, not 12`;
  if (/^[\d-]+$/.test(account)) return 'its account ID has dashes';
  if (/^[\d\s]+$/.test(account)) return 'its account ID has a space';
  return `it has "${account}" instead of the account ID`;
}

import { IssuerError } from '../../thumbprint/issuer-error.ts';
import type { ProblemCode } from '../../problem.ts';
import { networkError } from '../network-error.ts';

interface Words {
  readonly code: ProblemCode;
  readonly means: string;
  readonly remedy: string;
}

const renew = "Have the issuer's operator renew it, and check the clock here.";
const trust =
  'If the issuer has an authority of its own, give its certificate (--ca-file, or CaCertificates of the stack). If something on the way inspects TLS, run this where nothing does: what it shows is not what IAM sees.';

/** What the codes of Node and OpenSSL mean here. @see https://nodejs.org/api/tls.html#x509-certificate-error-codes */
const failures: readonly (readonly [RegExp, Words])[] = [
  [/CERT_HAS_EXPIRED/, tls('a certificate of its chain has expired', renew)],
  [/CERT_NOT_YET_VALID/, tls('a certificate of its chain is not valid yet', renew)],
  [/ALTNAME_INVALID|HOSTNAME_MISMATCH/, tls('its certificate is for other names', trust)],
  [/DEPTH_ZERO_SELF_SIGNED/, tls('its certificate is self-signed, and not one that is trusted', trust)],
  [/SELF_SIGNED_CERT_IN_CHAIN/, tls('its chain ends at an authority that is not trusted', trust)],
  [
    /UNABLE_TO_(?:GET_ISSUER|VERIFY)/,
    tls('its chain leads to no authority that is trusted, or lacks a certificate in between', trust),
  ],
  [
    /INVALID_CA|PATH_LENGTH_EXCEEDED|INVALID_PURPOSE/,
    tls('a certificate of its chain may not be used for what it is used for', renew),
  ],
  [/\bCERT_/, tls('a certificate of its chain is not in order', trust)],
  [/\b(?:EPROTO|ERR_SSL|ERR_TLS)/, tls('no TLS connection of version 1.2 or 1.3 came about', renew)],
  [
    /\b(?:ENOTFOUND|EAI_AGAIN|ENODATA)\b/,
    { code: 'HostNotFound', means: 'DNS has no such name', remedy: 'Check the name, and DNS here.' },
  ],
];

const unreachable: Words = {
  code: 'HostUnreachable',
  means: 'no connection came about',
  remedy: 'See that this machine reaches that host directly; proxies are not used, since they may change the chain.',
};

/** Returns why a host could not be read: the kind of failure, what it means, and every nested cause. */
export function explainIssuerFailure(thrown: unknown, url: URL): IssuerError {
  if (thrown instanceof IssuerError) return thrown;
  const address = `${url.hostname}:${url.port || '443'}`;
  const causes = networkError(thrown, { service: 'The host', address }).faults[0]?.found ?? '';
  const { code, means, remedy } = failures.find(([pattern]) => pattern.test(causes))?.[1] ?? unreachable;
  return new IssuerError(
    {
      code,
      found: `${address} was not taken at its word: ${means}. ${causes}`,
      expected: `a connection to ${address} whose certificate is valid, for that name, and of a trusted authority.`,
      remedy,
    },
    thrown,
  );
}

/** Returns the failure of a host that gave no whole answer in time. */
export function issuerTimeout(url: URL, ms: number): IssuerError {
  return new IssuerError({
    code: 'HostTimeout',
    found: `${url.host} gave no whole answer within ${ms / 1000} s.`,
    expected: 'an answer at once; these are small public documents.',
    remedy: unreachable.remedy,
  });
}

function tls(means: string, remedy: string): Words {
  return { code: 'TlsFailed', means, remedy };
}

import { IssuerError } from '../../thumbprint/issuer-error.ts';
import type { ProblemCode } from '../../problem.ts';
import { networkError } from '../network-error.ts';

interface Words {
  readonly code: ProblemCode;
  readonly means: string;
  readonly remedy: string;
}

const renew = "Ask the issuer's operator to renew it, and check this machine's clock.";
const trust =
  "If the issuer uses a private CA, provide its certificate (--ca-file, or the stack's parameter CaCertificates). If a proxy inspects TLS, run this on a network without one: the certificates seen here differ from those that IAM sees.";

/** What the codes of Node and OpenSSL mean here. @see https://nodejs.org/api/tls.html#x509-certificate-error-codes */
const failures: readonly (readonly [RegExp, Words])[] = [
  [/CERT_HAS_EXPIRED/, tls('a certificate in its chain has expired', renew)],
  [/CERT_NOT_YET_VALID/, tls('a certificate in its chain is not valid yet', renew)],
  [/ALTNAME_INVALID|HOSTNAME_MISMATCH/, tls('its certificate is for other names', trust)],
  [/DEPTH_ZERO_SELF_SIGNED/, tls('its certificate is self-signed and not trusted', trust)],
  [/SELF_SIGNED_CERT_IN_CHAIN/, tls('its chain ends at a CA that is not trusted', trust)],
  [
    /UNABLE_TO_(?:GET_ISSUER|VERIFY)/,
    tls('its chain does not lead to a trusted CA, or an intermediate certificate is missing', trust),
  ],
  [
    /INVALID_CA|PATH_LENGTH_EXCEEDED|INVALID_PURPOSE/,
    tls('a certificate in its chain is not valid for this purpose', renew),
  ],
  [/\bCERT_/, tls('a certificate in its chain is not valid', trust)],
  [/\b(?:EPROTO|ERR_SSL|ERR_TLS)/, tls('no TLS 1.2 or 1.3 connection could be established', renew)],
  [
    /\b(?:ENOTFOUND|EAI_AGAIN|ENODATA)\b/,
    { code: 'HostNotFound', means: 'the name does not exist in DNS', remedy: "Check the name and this machine's DNS." },
  ],
];

const unreachable: Words = {
  code: 'HostUnreachable',
  means: 'no connection could be established',
  remedy:
    'Check that this machine can reach that host directly; proxies are not used, because they may change the chain.',
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
      found: `${address} could not be verified: ${means}. ${causes}`,
      expected: `a connection to ${address} whose certificate is valid for that name and issued by a trusted CA.`,
      remedy,
    },
    thrown,
  );
}

/** Returns the failure of a host that gave no whole answer in time. */
export function issuerTimeout(url: URL, ms: number): IssuerError {
  return new IssuerError({
    code: 'HostTimeout',
    found: `${url.host} did not send a complete response within ${ms / 1000} s.`,
    expected: 'a prompt response; these are small public documents.',
    remedy: unreachable.remedy,
  });
}

function tls(means: string, remedy: string): Words {
  return { code: 'TlsFailed', means, remedy };
}

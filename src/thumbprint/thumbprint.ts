import { createHash, X509Certificate } from 'node:crypto';
import { IssuerError } from './issuer-error.ts';

/** The certificate that IAM wants the thumbprint of. */
export interface TopCertificate {
  readonly thumbprint: string;
  readonly subject: string;
  readonly issuer: string;
  readonly validTo: string;
  /** How many certificates were served. */
  readonly served: number;
}

/** What AWS says of thumbprints today; every report carries it. */
export const thumbprintNotice =
  'AWS has not needed thumbprints for publicly trusted certificates since July 2024: IAM checks those against its own ' +
  'list of CAs and may ignore the thumbprints. They matter if the issuer uses a certificate from a private CA, or accepts ' +
  'only TLS 1.3.';

/** No real chain is longer; OpenSSL itself takes no more by default. */
const maxCertificates = 100;

/**
 * Returns the top certificate of a chain as a server sent it, leaf first: the last one, as `openssl s_client -showcerts`
 * prints it. A root that the server did not send is not part of it. Throws `ChainUnreadable` unless each certificate is
 * issued and signed by the next, so that the last one stands for the first.
 *
 * That the chain ends at a trusted authority is not checked here.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc_verify-thumbprint.html
 */
export function findTopCertificate(chain: readonly Uint8Array[]): TopCertificate {
  if (chain.length > maxCertificates) throw unreadable(`has ${chain.length} certificates`);
  const certificates = chain.map(readCertificate);
  const stray = certificates.findIndex((one, place) => place > 0 && !isIssuedBy(certificates[place - 1], one));
  if (stray > 0) {
    throw unreadable(`is out of order: certificate ${stray + 1} of ${chain.length} did not issue the one before it`);
  }
  const top = certificates.at(-1);
  if (top === undefined) throw unreadable('is empty');
  const { subject, issuer, validTo } = top;
  return {
    thumbprint: computeThumbprint(top.raw),
    subject: oneLine(subject),
    issuer: oneLine(issuer),
    validTo,
    served: chain.length,
  };
}

/** Returns a certificate's thumbprint as IAM writes it: 40 hexadecimal digits, lower case, of its DER form's SHA-1. */
export function computeThumbprint(der: Uint8Array): string {
  return createHash('sha1').update(der).digest('hex');
}

function readCertificate(der: Uint8Array): X509Certificate {
  try {
    return new X509Certificate(der);
  } catch (thrown) {
    throw unreadable('contains something that is not a certificate', thrown);
  }
}

function isIssuedBy(certificate: X509Certificate | undefined, issuer: X509Certificate): boolean {
  return certificate?.checkIssued(issuer) === true && certificate.verify(issuer.publicKey);
}

/** Node writes a name's parts one a line. */
function oneLine(name: string): string {
  return name.split('\n').join(', ');
}

function unreadable(what: string, cause?: unknown): IssuerError {
  const fault = {
    code: 'ChainUnreadable',
    found: `The certificate chain that the server sent ${what}.`,
    expected: "the server's certificate, followed by each certificate's issuer in order (RFC 5246, 7.4.2).",
    remedy:
      "Configure the issuer's server to send its chain in order; aws-wif computes no thumbprint from any other chain.",
  } as const;
  return new IssuerError(fault, cause);
}

import { X509Certificate } from 'node:crypto';
import { WifError } from '../errors.ts';

/**
 * Returns the certificates of a text, PEM, one each; line breaks may have become blanks, as consoles do. Throws
 * `CertificateFileInvalid`, naming where the text is from, if there is none or one cannot be decoded.
 */
export function readAuthorities(text: string, from: string): readonly string[] {
  const blocks = [...text.matchAll(/-----BEGIN CERTIFICATE-----([\sA-Za-z0-9+/=]+)-----END CERTIFICATE-----/g)];
  if (blocks.length === 0) throw invalid(from, 'contains no certificate in PEM format');
  return blocks.map(([, body = '']) => readCertificate(body, from));
}

/** Written again, since OpenSSL takes only lines of 64. */
function readCertificate(body: string, from: string): string {
  try {
    return new X509Certificate(Buffer.from(body.replace(/\s/g, ''), 'base64')).toString();
  } catch (thrown) {
    throw invalid(from, 'contains a certificate that cannot be decoded', thrown);
  }
}

function invalid(from: string, problem: string, cause?: unknown): WifError {
  const fault = {
    code: 'CertificateFileInvalid',
    found: `${from} ${problem}.`,
    expected: 'CA certificates in PEM format.',
    remedy: "Use the certificate of the issuer's own CA, or omit it if the CA is public.",
  } as const;
  return new WifError(fault, { cause });
}

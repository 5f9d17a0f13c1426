import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

export interface LeafRequest {
  /** DNS names and IP addresses; the first is the common name. */
  readonly hosts: readonly string[];
  /** An hour ago by default. */
  readonly notBefore?: Date;
  /** A day from now by default. */
  readonly notAfter?: Date;
  /** For a client's certificate rather than a server's. */
  readonly clientAuth?: boolean;
}

/** PEM texts, as node:tls takes them. */
export interface Leaf {
  readonly certificate: string;
  readonly key: string;
}

export interface Authority {
  readonly pem: string;
  issue(request: LeafRequest): Promise<Leaf>;
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const hour = 3_600_000;

/** Makes a certificate authority that nobody trusts on its own; each call makes another one. */
export async function createAuthority(name = 'Loopback Test Authority'): Promise<Authority> {
  const keys = await createKeys();
  const root = await x509.X509CertificateGenerator.createSelfSigned(
    {
      name: `CN=${name}`,
      keys,
      signingAlgorithm: algorithm,
      notBefore: new Date(Date.now() - 24 * 365 * hour),
      notAfter: new Date(Date.now() + 24 * 365 * hour),
      extensions: [
        new x509.BasicConstraintsExtension(true, 0, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      ],
    },
    webcrypto,
  );
  return { pem: root.toString('pem'), issue: request => issueLeaf(root, keys.privateKey, request) };
}

async function issueLeaf(
  issuer: x509.X509Certificate,
  signingKey: webcrypto.CryptoKey,
  request: LeafRequest,
): Promise<Leaf> {
  const keys = await createKeys();
  const certificate = await x509.X509CertificateGenerator.create(
    {
      subject: [{ CN: [request.hosts[0] ?? 'nobody'] }],
      issuer: issuer.subject,
      publicKey: keys.publicKey,
      signingKey,
      signingAlgorithm: algorithm,
      notBefore: request.notBefore ?? new Date(Date.now() - hour),
      notAfter: request.notAfter ?? new Date(Date.now() + 24 * hour),
      extensions: await describeUse(issuer, keys.publicKey, request),
    },
    webcrypto,
  );
  return { certificate: certificate.toString('pem'), key: await exportKey(keys.privateKey) };
}

async function describeUse(issuer: x509.X509Certificate, publicKey: webcrypto.CryptoKey, request: LeafRequest) {
  const purpose = request.clientAuth === true ? x509.ExtendedKeyUsage.clientAuth : x509.ExtendedKeyUsage.serverAuth;
  return [
    new x509.BasicConstraintsExtension(false, undefined, true),
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
    new x509.ExtendedKeyUsageExtension([purpose]),
    new x509.SubjectAlternativeNameExtension(request.hosts.map(nameHost)),
    await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
    await x509.SubjectKeyIdentifierExtension.create(publicKey),
  ];
}

function nameHost(host: string): { type: 'ip' | 'dns'; value: string } {
  return { type: /^[\d.]+$|:/.test(host) ? 'ip' : 'dns', value: host };
}

function createKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
}

async function exportKey(key: webcrypto.CryptoKey): Promise<string> {
  const der = await webcrypto.subtle.exportKey('pkcs8', key);
  return x509.PemConverter.encode(der, 'PRIVATE KEY');
}

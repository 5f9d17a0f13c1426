import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

/** A certificate with its key. */
export interface Made {
  readonly certificate: x509.X509Certificate;
  readonly keys: webcrypto.CryptoKeyPair;
}

export interface MakeOptions {
  readonly name?: string;
  /** Signs itself without one. */
  readonly by?: Made;
  /** DNS names and addresses; an authority without them. */
  readonly hosts?: readonly string[];
  readonly notBefore?: Date;
  readonly notAfter?: Date;
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const day = 24 * 3_600_000;

/** Makes one certificate. */
export async function make({ name = 'someone', by, hosts, ...times }: MakeOptions): Promise<Made> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.create(
    {
      subject: `CN=${name}`,
      issuer: by?.certificate.subject ?? `CN=${name}`,
      publicKey: keys.publicKey,
      signingKey: (by?.keys ?? keys).privateKey,
      signingAlgorithm: algorithm,
      notBefore: times.notBefore ?? new Date(Date.now() - day),
      notAfter: times.notAfter ?? new Date(Date.now() + day),
      extensions: hosts === undefined ? describeAuthority() : describeServer(hosts),
    },
    webcrypto,
  );
  return { certificate, keys };
}

function describeAuthority(): x509.Extension[] {
  return [
    new x509.BasicConstraintsExtension(true, undefined, true),
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
  ];
}

function describeServer(hosts: readonly string[]): x509.Extension[] {
  const names = hosts.map(host => ({ type: /^[\d.]+$|:/.test(host) ? 'ip' : 'dns', value: host }) as const);
  return [
    new x509.BasicConstraintsExtension(false, undefined, true),
    new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
    new x509.SubjectAlternativeNameExtension(names),
  ];
}

/** Makes a root, so many CAs below it, and a server's certificate; the server's comes first. */
export async function makeChain(
  between: number,
  server: MakeOptions = {},
  rootName = 'Test Root',
): Promise<readonly Made[]> {
  let chain = [await make({ name: rootName })];
  for (let place = 1; place <= between; place += 1) {
    chain = [await make({ name: `Test Authority ${place}`, ...under(chain) }), ...chain];
  }
  return [await make({ name: 'server', hosts: ['127.0.0.1', 'localhost'], ...under(chain), ...server }), ...chain];
}

function under([by]: readonly Made[]): { readonly by?: Made } {
  return by === undefined ? {} : { by };
}

export function der({ certificate }: Made): Uint8Array {
  return new Uint8Array(certificate.rawData);
}

export function pem({ certificate }: Made): string {
  return certificate.toString('pem');
}

/** SHA-1 by another library than node:crypto's hashes: 40 hexadecimal digits. */
export async function thumbprintOf({ certificate }: Made): Promise<string> {
  return Buffer.from(await certificate.getThumbprint('SHA-1', webcrypto)).toString('hex');
}

export async function keyPem({ keys }: Made): Promise<string> {
  return x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY');
}

/** Returns one certificate of a chain, counted from the server's. */
export function pick(chain: readonly Made[], place: number): Made {
  const found = chain.at(place);
  if (found === undefined) throw new Error(`the chain has no certificate ${place}`);
  return found;
}

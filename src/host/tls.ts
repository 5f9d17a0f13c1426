import { X509Certificate } from 'node:crypto';
import * as tls from 'node:tls';
import { createSecureContext, rootCertificates, type SecureContext, type SecureContextOptions } from 'node:tls';
import { WifError } from '../errors.ts';
import { Secret } from '../secret.ts';

/** A client's certificate, PEM. */
export interface ClientCertificate {
  readonly certificate: string;
  readonly key: Secret;
  readonly passphrase: Secret | undefined;
}

/** What this machine trusts besides the public CAs, and what it shows of itself. */
export interface TlsSettings {
  /** One certificate each, PEM. */
  readonly ca: readonly string[];
  readonly clientCertificate: ClientCertificate | undefined;
}

/** What the files of the settings hold. */
export interface TlsRead extends TlsSettings {
  /** The CAs that Node itself has loaded at its start, if NODE_EXTRA_CA_CERTS names what it named then. */
  readonly loaded: readonly string[];
}

/** Where the settings are, by the names under which they were configured. */
export interface TlsFiles {
  readonly 'Agent.CAInfo': string | undefined;
  readonly 'Agent.ClientCert': string | undefined;
  readonly 'Agent.ClientCertKey': string | undefined;
  readonly NODE_EXTRA_CA_CERTS: string | undefined;
  readonly clientCertPassword: Secret | undefined;
}

/** Returns a file's text or throws. */
export type ReadFile = (path: string) => string;

/** How one client uses the settings. */
export interface TlsUse {
  /** Accepts any certificate. Only ever for Azure DevOps, where the agent itself was configured so; never for AWS. */
  readonly skipCertValidation?: boolean | undefined;
  /** Trusts nothing that this process was told at its start, by NODE_EXTRA_CA_CERTS or a switch; only the settings count. */
  readonly pinned?: boolean | undefined;
  /** Authorities that this process has loaded at its start, PEM: if there are no others, none is read again. */
  readonly loaded?: readonly string[] | undefined;
}

/** The TLS of one client: this machine's settings and its use of them. */
export interface ClientTls {
  readonly settings: TlsSettings;
  readonly use?: TlsUse | undefined;
}

/** Options for an https agent or request. */
export interface TlsOptions {
  readonly rejectUnauthorized: boolean;
  readonly minVersion: 'TLSv1.2';
  readonly secureContext: SecureContext;
}

/** The same, except for the context: reading CAs takes longer than all else that comes before a connection. */
export interface PlannedTls extends Omit<TlsOptions, 'secureContext'> {
  /** Makes the context with its first call. */
  readonly findContext: () => SecureContext;
}

/**
 * Returns the TLS settings of the agent and of Node. Throws `CertificateFileInvalid`, naming variable and path, for a
 * file that cannot be read or does not hold what it should. Whether a certificate is an authority is not checked.
 */
export function readTlsSettings(files: TlsFiles, readFile: ReadFile): TlsRead {
  const readNamed = (variable: 'Agent.CAInfo' | 'NODE_EXTRA_CA_CERTS'): readonly string[] => {
    const path = files[variable];
    return isSet(path) ? readCertificates({ variable, path }, readFile) : [];
  };
  const [own, loaded] = [readNamed('Agent.CAInfo'), readNamed('NODE_EXTRA_CA_CERTS')];
  return { ca: [...new Set([...own, ...loaded])], loaded, clientCertificate: readClientCertificate(files, readFile) };
}

/** Returns the TLS options of a client. Certificates are checked whatever NODE_TLS_REJECT_UNAUTHORIZED says. */
export function buildTlsOptions(settings: TlsSettings, use: TlsUse = {}): TlsOptions {
  const { findContext, ...options } = planTls(settings, use);
  return { ...options, secureContext: findContext() };
}

/** Returns the TLS options of a client whose context is made when it is first needed. */
export function planTls(settings: TlsSettings, use: TlsUse = {}): PlannedTls {
  const ownRoots = use.pinned === true || hasMore(settings.ca, use.loaded);
  let context: SecureContext | undefined;
  return {
    rejectUnauthorized: use.skipCertValidation !== true,
    minVersion: 'TLSv1.2',
    findContext: () => (context ??= ownRoots ? shareContext(settings) : createContext(settings, {})),
  };
}

/**
 * Returns the CAs of the operating system, PEM, one each; none if this Node cannot read them.
 *
 * @see https://nodejs.org/api/tls.html#tlsgetcacertificatestype
 */
export function readSystemAuthorities(): readonly string[] {
  // Node 20 has no such function, and does not know NODE_USE_SYSTEM_CA either.
  const { getCACertificates } = tls as { readonly getCACertificates?: (store: 'system') => readonly string[] };
  return getCACertificates?.('system') ?? [];
}

/** Whether a list has what is not in the other. */
function hasMore(list: readonly string[], known: readonly string[] = []): boolean {
  const all = new Set(known);
  return list.some(one => !all.has(one));
}

const shared = new WeakMap<TlsSettings, SecureContext>();

/**
 * To read all public roots again costs each connection about 20 ms, so the clients of both services use one context.
 */
function shareContext(settings: TlsSettings): SecureContext {
  const context =
    shared.get(settings) ?? createContext(settings, { ca: [...new Set([...rootCertificates, ...settings.ca])] });
  shared.set(settings, context);
  return context;
}

function createContext({ clientCertificate }: TlsSettings, roots: SecureContextOptions): SecureContext {
  return createSecureContext({
    minVersion: 'TLSv1.2',
    ...roots,
    ...(clientCertificate === undefined ? {} : identify(clientCertificate)),
  });
}

interface NamedFile {
  readonly variable: string;
  readonly path: string;
}

function isSet(path: string | undefined): path is string {
  return path !== undefined && path !== '';
}

/** Node takes text that is no certificate without a word and then trusts nothing of it. */
function readCertificates(file: NamedFile, readFile: ReadFile): readonly string[] {
  const blocks = read(file, readFile).match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g);
  if (blocks === null) throw invalid(file, 'contains no certificate in PEM format');
  // A company's file mostly holds all the public ones, too; each takes as long as a hundred lines of code.
  const known = new Set<string>(rootCertificates);
  for (const block of blocks.filter(one => !known.has(one))) {
    attempt(file, 'contains a certificate that cannot be decoded', () => new X509Certificate(block));
  }
  return blocks;
}

function readClientCertificate(files: TlsFiles, readFile: ReadFile): ClientCertificate | undefined {
  const { 'Agent.ClientCert': path, 'Agent.ClientCertKey': keyPath, clientCertPassword: passphrase } = files;
  if (!isSet(path)) return undefined;
  const file = { variable: 'Agent.ClientCert', path };
  if (!isSet(keyPath)) throw invalid(file, 'has no key: Agent.ClientCertKey is not set');
  const keyFile = { variable: 'Agent.ClientCertKey', path: keyPath };
  const certificate = readCertificates(file, readFile).join('\n');
  const own = { certificate, key: new Secret(read(keyFile, readFile)), passphrase };
  attempt(keyFile, `does not match the certificate in ${path} or its password`, () =>
    createSecureContext(identify(own)),
  );
  return own;
}

function identify({ certificate, key, passphrase }: ClientCertificate): SecureContextOptions {
  return {
    cert: certificate,
    key: key.reveal(),
    ...(passphrase === undefined ? {} : { passphrase: passphrase.reveal() }),
  };
}

function read(file: NamedFile, readFile: ReadFile): string {
  return attempt(file, 'cannot be read', () => readFile(file.path));
}

function attempt<Result>(file: NamedFile, problem: string, act: () => Result): Result {
  try {
    return act();
  } catch (thrown) {
    throw invalid(file, problem, thrown);
  }
}

function invalid({ variable, path }: NamedFile, problem: string, cause?: unknown): WifError {
  const reason = cause instanceof Error ? ` (${cause.message})` : '';
  const fault = {
    code: 'CertificateFileInvalid',
    found: `${variable} names ${path}, which ${problem}${reason}.`,
    expected: 'a readable file in PEM format: certificates, or a private key that belongs to its certificate.',
    remedy: remedyFor(variable),
  } as const;
  return new WifError(fault, { cause });
}

function remedyFor(variable: string): string {
  return variable === 'NODE_EXTRA_CA_CERTS'
    ? 'Point NODE_EXTRA_CA_CERTS at the PEM file of your CA, or unset it; in a container job the path must exist in the container.'
    : "Check the agent's certificate settings (.certificates in its folder, config.sh --sslcacert, --sslclientcert, --sslclientcertkey); in a container job the path must exist in the container.";
}

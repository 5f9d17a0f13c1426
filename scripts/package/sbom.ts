import { createHash } from 'node:crypto';
import type { BundledPackage } from './bundled.ts';

/** What an SBOM is about: a file of a release. */
export type SbomSubject = {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly license: string;
  /** The package's URL where a registry has it. */
  readonly purl?: string;
  /** SHA-256 of the file, in hex. */
  readonly sha256: string;
};

/** The package URL of an npm package: https://github.com/package-url/purl-spec, type npm. */
export function formatPurl(name: string, version: string): string {
  return `pkg:npm/${name.replace('@', '%40')}@${version}`;
}

function purlOf({ name, version }: BundledPackage): string {
  return formatPurl(name, version);
}

/** One licence by its SPDX id, several as an expression. */
function formatLicences(license: string): readonly object[] {
  return /^[A-Za-z0-9.+-]+$/.test(license) ? [{ license: { id: license } }] : [{ expression: license }];
}

const algorithms: Readonly<Partial<Record<string, string>>> = {
  sha1: 'SHA-1',
  sha256: 'SHA-256',
  sha384: 'SHA-384',
  sha512: 'SHA-512',
};

/** An npm integrity (`sha512-<Base64>`, several apart by a space) as hashes in hex. */
export function readIntegrity(integrity: string): readonly { readonly alg: string; readonly content: string }[] {
  return integrity.split(/\s+/).map(part => {
    const [, name = '', base64 = ''] = /^(sha\d+)-([A-Za-z0-9+/]+=*)$/.exec(part) ?? [];
    const alg = algorithms[name];
    if (alg === undefined) throw new Error(`the integrity ${part} is none that npm writes.`);
    return { alg, content: Buffer.from(base64, 'base64').toString('hex') };
  });
}

function splitName(name: string): { readonly group?: string; readonly name: string } {
  const [, group, rest] = /^(@[^/]+)\/(.+)$/.exec(name) ?? [];
  return group === undefined || rest === undefined ? { name } : { group, name: rest };
}

function describeComponent(one: BundledPackage): object {
  return {
    type: 'library',
    'bom-ref': purlOf(one),
    ...splitName(one.name),
    version: one.version,
    scope: 'required',
    hashes: readIntegrity(one.integrity),
    licenses: formatLicences(one.license),
    purl: purlOf(one),
  };
}

function describeSubject(subject: SbomSubject): object {
  const { name, version, description, license, purl, sha256 } = subject;
  return {
    type: 'application',
    'bom-ref': `${name}@${version}`,
    name,
    version,
    description,
    hashes: [{ alg: 'SHA-256', content: sha256 }],
    licenses: formatLicences(license),
    ...(purl === undefined ? {} : { purl }),
  };
}

/** Which package imports which, as the bundler saw it. What the project itself imports stands first. */
function listDependencies(subject: SbomSubject, packages: readonly BundledPackage[], own: readonly string[]): object[] {
  const find = (names: readonly string[]) => packages.filter(({ name }) => names.includes(name)).map(purlOf);
  const edge = (ref: string, names: readonly string[]) => ({ ref, dependsOn: find(names) });
  return [edge(`${subject.name}@${subject.version}`, own), ...packages.map(one => edge(purlOf(one), one.imports))];
}

/** A serial number that the same content always gets, in the form of a UUID of version 8 (RFC 9562). */
function numberOf(content: unknown): string {
  const hex = createHash('sha256').update(JSON.stringify(content)).digest('hex');
  const parts = [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ];
  return `urn:uuid:${parts.join('-')}`;
}

/**
 * The software bill of materials of a file: CycloneDX 1.6, https://cyclonedx.org/docs/1.6/json/. It holds no time, so
 * that the same file gets the same one.
 */
export function makeSbom(subject: SbomSubject, packages: readonly BundledPackage[], own: readonly string[]): object {
  const content = {
    metadata: { lifecycles: [{ phase: 'build' }], component: describeSubject(subject) },
    components: packages.map(describeComponent),
    dependencies: listDependencies(subject, packages, own),
  };
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    serialNumber: numberOf(content),
    version: 1,
    ...content,
  };
}

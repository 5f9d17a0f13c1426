import { unzipSync, zipSync, type Zippable } from 'fflate';
import type { Files } from './check-files.ts';

/** The files of a .vsix (a zip) by their path; folders are left out. */
export function unzipPackage(bytes: Uint8Array): Files {
  const entries = Object.entries(unzipSync(bytes));
  return new Map(entries.filter(([path]) => !path.endsWith('/')).sort(([a], [b]) => comparePaths(a, b)));
}

/** Code units, not the machine's language; the content types stand first, as the packaging conventions ask. */
function comparePaths(a: string, b: string): number {
  const rank = (path: string) => (path === '[Content_Types].xml' ? 0 : 1);
  return rank(a) - rank(b) || (a < b ? -1 : 1);
}

/**
 * Zips a package's files so that the same files give the same bytes: in a fixed order, with one fixed date.
 * It promises nothing across versions of the compressor.
 */
export function zipPackage(files: Files): Uint8Array {
  const mtime = new Date(1980, 0, 1);
  const entries = [...files].map(([path, bytes]): readonly [string, Zippable[string]] => [path, [bytes, { mtime }]]);
  return zipSync(Object.fromEntries(entries), { level: 9, os: 3, attrs: (0o100644 << 16) >>> 0 });
}

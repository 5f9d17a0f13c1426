import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BundledPackage } from './bundled.ts';

const heading = `Third-party software

The bundles in this package contain code of the packages below, each under its own licence.
`;

const rule = '-'.repeat(80);

function readText(path: string): string {
  return readFileSync(path, 'utf8')
    .replace(/\r\n?/g, '\n')
    .replace(/(?<![ \t])[ \t]+$/gm, '')
    .trim();
}

/** Licence and notices that a package brings; long lists of what its authors once took in are those of other packages. */
function findTexts(folder: string): readonly string[] {
  const names = readdirSync(folder).filter(name => /^(?:licen[cs]e|copying|notice)(?:[.-]|$)/i.test(name));
  return names.sort().map(name => readText(join(folder, name)));
}

/** The part of a README that holds a licence of some length, where a package has no file of its own for it. */
function findInReadme(folder: string): readonly string[] {
  const readme = readdirSync(folder).find(name => /^readme(?:\.|$)/i.test(name));
  if (readme === undefined) return [];
  const part =
    /^#+ *licen[cs]e *\n([^]*?)(?=^#{1,6} |(?![^]))/im.exec(readText(join(folder, readme)))?.[1]?.trim() ?? '';
  return part.length > 400 ? [part] : [];
}

/** Licences without a copyright line are the same words everywhere, so that another package's copy will do. */
const withoutCopyrightLine = ['Apache-2.0'];

function borrowTexts(license: string, packages: readonly BundledPackage[]): readonly string[] {
  if (!withoutCopyrightLine.includes(license)) return [];
  return packages.filter(one => one.license === license).map(one => findTexts(one.folder))[0] ?? [];
}

function textOf(one: BundledPackage, packages: readonly BundledPackage[]): string {
  const withText = packages.filter(other => findTexts(other.folder).length > 0);
  const texts = [findTexts(one.folder), findInReadme(one.folder), borrowTexts(one.license, withText)];
  const found = texts.find(some => some.length > 0);
  if (found) return found.join('\n\n');
  throw new Error(
    `${one.name} ${one.version} brings no text of its licence (${one.license}); see scripts/package/notice.ts.`,
  );
}

function formatLicence(text: string, packages: readonly BundledPackage[]): string {
  const names = packages.map(({ name, version, license }) => `${name} ${version} (${license})`);
  return `${rule}\n\n${names.join('\n')}\n\n${text}\n`;
}

/** The NOTICE of bundles: every package in them with the text of its licence, the same text once. */
export function makeNotice(packages: readonly BundledPackage[]): string {
  const texts = packages.map(one => [textOf(one, packages), one] as const);
  const byText = new Map<string, BundledPackage[]>();
  for (const [text, one] of texts) byText.set(text, [...(byText.get(text) ?? []), one]);
  return [heading, ...[...byText].map(([text, some]) => formatLicence(text, some))].join('\n');
}

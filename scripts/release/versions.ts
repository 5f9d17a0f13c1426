import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The files that hold the version, by their path in the project. */
export const versionFiles = [
  'tasks/AWSAssumeRoleWIF/AWSAssumeRoleWIFV1/task.json',
  'vss-extension.json',
  'package.json',
  'package-lock.json',
] as const;

export type VersionFile = (typeof versionFiles)[number];

/** Texts of the version files. */
export type VersionTexts = Readonly<Record<VersionFile, string>>;

type Place = { readonly pattern: RegExp; readonly times: number };

/** Where a version stands: the first ones of a file, as far as the project's own go. */
const places: Readonly<Record<Exclude<VersionFile, (typeof versionFiles)[0]>, Place>> = {
  'vss-extension.json': { pattern: /^( {2}"version": )"[^"]*"/m, times: 1 },
  'package.json': { pattern: /^( {2}"version": )"[^"]*"/m, times: 1 },
  // Its own version, and that of the package at "".
  'package-lock.json': { pattern: /^(\s{2,6}"version": )"[^"]*"/gm, times: 2 },
};

function replaceVersion(file: string, text: string, { pattern, times }: Place, version: string): string {
  let count = 0;
  const replaced = text.replace(pattern, (whole, before: string) =>
    count++ < times ? `${before}"${version}"` : whole,
  );
  if (count < times) throw new Error(`${file} has its version in ${count} places; expected ${times}.`);
  return replaced;
}

function replaceParts(text: string, version: string): string {
  const [major, minor, patch] = version.split('.');
  const pattern = /("version": \{\s*"Major": )\d+(,\s*"Minor": )\d+(,\s*"Patch": )\d+/;
  if (!pattern.test(text)) throw new Error(`${versionFiles[0]} has no version of Major, Minor and Patch.`);
  return text.replace(pattern, `$1${major}$2${minor}$3${patch}`);
}

/** The texts with another version, all else as it was. */
export function bumpVersions(texts: VersionTexts, version: string): VersionTexts {
  const entries = versionFiles.map(file => [
    file,
    file === versionFiles[0]
      ? replaceParts(texts[file], version)
      : replaceVersion(file, texts[file], places[file], version),
  ]);
  return Object.fromEntries(entries) as VersionTexts;
}

function readTexts(folder: string): VersionTexts {
  return Object.fromEntries(versionFiles.map(file => [file, readFileSync(join(folder, file), 'utf8')])) as VersionTexts;
}

/** Gives the project in a folder a version, if `write` says so; returns the files that change, or would. */
export function bumpProject(folder: string, version: string, write: boolean): readonly string[] {
  const texts = readTexts(folder);
  const bumped = bumpVersions(texts, version);
  const changed = versionFiles.filter(file => bumped[file] !== texts[file]);
  if (write) for (const file of changed) writeFileSync(join(folder, file), bumped[file]);
  return changed;
}

/** Whether `version` comes before `standing`. */
export function isOlder(version: string, standing: string): boolean {
  const [one, other] = [version, standing].map(text => text.split('.').map(Number));
  const index = one?.findIndex((part, position) => part !== other?.[position]) ?? -1;
  return index >= 0 && (one?.[index] ?? 0) < (other?.[index] ?? 0);
}

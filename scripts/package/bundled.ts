import { existsSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import type { Metafile } from 'esbuild';
import { readJson, root } from './read-package.ts';

/** One file that a build made, with the sources whose code is in it. */
export type Bundle = { readonly name: string; readonly text: string; readonly inputs: readonly string[] };

/** A package whose code is in a bundle. */
export type BundledPackage = {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  /** The npm integrity of the installed archive, as package-lock.json holds it. */
  readonly integrity: string;
  readonly folder: string;
  /** The bundled packages that its code imports. */
  readonly imports: readonly string[];
};

/** What builds say about themselves, by the group that their bundles are named with. */
export const metafiles = {
  task: 'metafile.json',
  cli: 'metafile-cli.json',
  lambda: 'metafile-lambda.json',
} as const;

export type Group = keyof typeof metafiles;

/** What a build wrote down about a group of bundles. */
export function readMetafile(meta: string, group: Group): Metafile {
  return readJson(join(meta, metafiles[group])) as Metafile;
}

/** The bundles of a group, named `task/main.js` and the like. */
export function readBundles(meta: string, group: Group): readonly Bundle[] {
  return Object.entries(readMetafile(meta, group).outputs).map(([path, { inputs }]) => ({
    name: `${group}/${basename(path)}`,
    text: readFileSync(resolve(root, path), 'utf8'),
    inputs: Object.entries(inputs).flatMap(([input, { bytesInOutput }]) => (bytesInOutput > 0 ? [input] : [])),
  }));
}

/** The place of a package in package-lock.json that an input is from; undefined for the project's own. */
function placeOf(input: string): string | undefined {
  return /(?:^|\/)(node_modules\/(?:.*\/node_modules\/)?(?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1];
}

/** The package that an input is from; undefined for the project's own. */
export function namePackage(input: string): string | undefined {
  const place = placeOf(input);
  return place === undefined ? undefined : nameOfPlace(place);
}

/** A source as the allow-list names it, wherever the packages are installed. */
export function nameSource(input: string): string {
  return input.slice(Math.max(input.indexOf('node_modules/'), 0));
}

type Lock = { readonly packages: Readonly<Record<string, { readonly integrity?: string } | undefined>> };

function describe(place: string, folder: string, lock: Lock, imports: readonly string[]): BundledPackage {
  const manifest = readJson(join(folder, 'package.json')) as Partial<Record<'name' | 'version' | 'license', unknown>>;
  const { name, version, license } = manifest;
  const integrity = lock.packages[place]?.integrity;
  if (typeof name !== 'string' || typeof version !== 'string' || typeof license !== 'string' || !integrity)
    throw new Error(`${place} lacks a name, a version, a license, or its integrity in package-lock.json.`);
  return { name, version, license, integrity, folder, imports };
}

function folderOf(input: string, place: string): string {
  return resolve(root, input.slice(0, input.indexOf(place) + place.length));
}

/** The inputs of which something is in the outputs: what was shaken away is not shipped. */
function listShipped({ outputs }: Metafile): readonly string[] {
  const all = Object.values(outputs).flatMap(({ inputs }) => Object.entries(inputs));
  return [...new Set(all.flatMap(([input, { bytesInOutput }]) => (bytesInOutput > 0 ? [input] : [])))];
}

/** The bundled packages that the project's own code imports, by name. */
export function listOwnImports(metafile: Metafile): readonly string[] {
  const shipped = listShipped(metafile);
  const own = shipped.filter(input => placeOf(input) === undefined);
  const places = own.flatMap(input => metafile.inputs[input]?.imports ?? []).flatMap(({ path }) => placeOf(path) ?? []);
  return [...new Set(places.map(nameOfPlace))].sort();
}

function nameOfPlace(place: string): string {
  return place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length);
}

/** The packages whose code is in the bundles, by name; `lock` is package-lock.json's value. */
export function listPackages(metafile: Metafile, lock: unknown): readonly BundledPackage[] {
  const shipped = listShipped(metafile);
  const places = new Map(shipped.flatMap(input => (placeOf(input) ? [[placeOf(input) ?? '', input] as const] : [])));
  const importsOf = (place: string) =>
    shipped
      .filter(input => placeOf(input) === place)
      .flatMap(input => metafile.inputs[input]?.imports ?? [])
      .flatMap(({ path }) => placeOf(path) ?? [])
      .filter(other => other !== place && places.has(other))
      .map(nameOfPlace);
  return [...places]
    .map(([place, input]) =>
      describe(place, folderOf(input, place), lock as Lock, [...new Set(importsOf(place))].sort()),
    )
    .sort((a, b) => (`${a.name} ${a.version}` < `${b.name} ${b.version}` ? -1 : 1));
}

/** package-lock.json's value; fails where the project has none. */
export function readLock(): unknown {
  const path = join(root, 'package-lock.json');
  if (!existsSync(path)) throw new Error('there is no package-lock.json, so nobody knows what was installed.');
  return readJson(path);
}

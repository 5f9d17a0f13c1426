import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { metafiles, nameSource, readBundles, readLock, namePackage, type Bundle, type Group } from './bundled.ts';
import { quote, type Finding } from './finding.ts';
import { readBundle, sortUnique, type BundleUse } from './read-bundle.ts';
import { readEnvironment, type EnvironmentUse } from './read-environment.ts';
import { readJson, root } from './read-package.ts';

/** What one bundle may load and read. */
export type BundleRights = {
  /** Packages whose code is in it. */
  readonly packages: readonly string[];
  /** Parts of Node. */
  readonly builtins: readonly string[];
  /** Environment variables by their names. */
  readonly environment: readonly string[];
  /** Reads of the environment whose names only the run knows, by the source that they are in. */
  readonly computed: readonly string[];
};

/** Everything that may ship, by the bundle's name. */
export type AllowList = Readonly<Record<string, BundleRights>>;

/** The list that reviewers read. */
export const allowListFile = join(root, 'scripts/package/allow-list.json');

const groups = Object.keys(metafiles) as readonly Group[];

/** What each source reads: bundles share most of theirs. */
const sources = new Map<string, EnvironmentUse>();

function readSource(input: string): EnvironmentUse {
  const use = sources.get(input) ?? readSourceOnce(input);
  sources.set(input, use);
  return use;
}

function readSourceOnce(input: string): EnvironmentUse {
  if (!/\.[cm]?[jt]s$/.test(input) || /^\w+:/.test(input)) return { names: [], computed: [] };
  const { names, computed } = readEnvironment(input, readFileSync(resolve(root, input), 'utf8'));
  return { names, computed: computed.map(text => `${nameSource(input)}: ${text}`) };
}

/** What each bundle does, by its text: reading all of them takes seconds, and two checks ask. */
const uses = new Map<string, BundleUse>();

function readUse({ name, text }: Bundle): BundleUse {
  const use = uses.get(text) ?? readBundle(name, text);
  uses.set(text, use);
  return use;
}

function readRights(bundle: Bundle): BundleRights {
  const { inputs } = bundle;
  const { builtins, environment } = readUse(bundle);
  const read = inputs.map(readSource);
  return {
    packages: sortUnique(inputs.map(namePackage)),
    builtins,
    environment: sortUnique([...environment, ...read.flatMap(({ names }) => names)]),
    computed: sortUnique(read.flatMap(({ computed }) => computed)),
  };
}

/** What the bundles of a build hold; `meta` is the folder with what the build wrote about itself. */
export function readAllowList(meta: string): AllowList {
  const bundles = groups.flatMap(group => readBundles(meta, group));
  return Object.fromEntries(bundles.map(bundle => [bundle.name, readRights(bundle)]));
}

type Entry = { readonly at: string; readonly what: string };

const kinds: Readonly<Record<keyof BundleRights, string>> = {
  packages: 'the package',
  builtins: 'the part of Node',
  environment: 'the environment variable',
  computed: 'the read of the environment',
};

const keys = ['packages', 'builtins', 'environment', 'computed'] as const;

function listEntries(list: AllowList): readonly Entry[] {
  return Object.entries(list).flatMap(([at, rights]) =>
    keys.flatMap(key => rights[key].map(name => ({ at, what: `${kinds[key]} ${quote(name)}` }))),
  );
}

function subtract(some: AllowList, others: AllowList): readonly Entry[] {
  const known = new Set(listEntries(others).map(({ at, what }) => `${at}: ${what}`));
  return listEntries(some).filter(({ at, what }) => !known.has(`${at}: ${what}`));
}

/** What ships and is not on the list. */
export function findNew(found: AllowList, allowed: AllowList): readonly Finding[] {
  return subtract(found, allowed).map(({ at, what }) => ({
    at,
    found: what,
    expected: 'only what scripts/package/allow-list.json names',
    do: 'Find out what brought it in. Keep it out, or run `npx tsx scripts/allow.ts` and have the difference reviewed.',
  }));
}

/** What is on the list and does not ship any more. */
export function findStale(found: AllowList, allowed: AllowList): readonly Finding[] {
  return subtract(allowed, found).map(({ at, what }) => ({
    at: 'scripts/package/allow-list.json',
    found: `${what} under ${at}`,
    expected: 'only what ships',
    do: 'Run `npx tsx scripts/allow.ts` after a build.',
  }));
}

/** The checked-in list. */
export function readAllowed(): AllowList {
  return readJson(allowListFile) as AllowList;
}

/** What no bundle may hold, whatever the list says. */
export function findForbidden(bundles: readonly Bundle[]): readonly Finding[] {
  return bundles.flatMap(bundle =>
    readUse(bundle).forbidden.map(found => ({
      at: bundle.name,
      found: quote(found),
      expected: 'no code made from text, and no module but parts of Node and the files beside the bundle',
      do: 'Keep it out of the bundle: see the plugins in scripts/bundling/.',
    })),
  );
}

/** Whether anything that ships would run a program when it is installed; `lock` is package-lock.json's value. */
export function findInstallScripts(lock: unknown): readonly Finding[] {
  const { packages } = lock as { packages: Readonly<Record<string, { dev?: boolean; hasInstallScript?: boolean }>> };
  return Object.entries(packages)
    .filter(([, { dev, hasInstallScript }]) => dev !== true && hasInstallScript === true)
    .map(([at]) => ({
      at: `package-lock.json/${at}`,
      found: 'a script that runs at installation',
      expected: 'none among what ships',
      do: 'Take another package.',
    }));
}

/** All that is wrong with where the shipped code comes from and what it reaches. */
export function checkSupply(meta: string): readonly Finding[] {
  return [
    ...findNew(readAllowList(meta), readAllowed()),
    ...findForbidden(groups.flatMap(group => readBundles(meta, group))),
    ...findInstallScripts(readLock()),
  ];
}

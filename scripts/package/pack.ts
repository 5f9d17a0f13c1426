import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { viewManifest } from './check-manifest.ts';
import { writeNotice } from './papers.ts';
import { readRepository, repositoryPattern } from './public-address.ts';
import { readJson, root } from './read-package.ts';
import { stageAddress } from './stage-address.ts';
import { unzipPackage, zipPackage } from './zip-package.ts';

/** What `npm run package` can be told. */
export type PackOptions = {
  readonly publisher?: string | undefined;
  readonly version?: string | undefined;
  readonly public: boolean;
  /** The public address: of the repository with the documentation. Without it that of vss-extension.json, if it has one. */
  readonly repository?: string | undefined;
  readonly out: string;
  readonly dist: string;
};

const refusals: readonly (readonly ['publisher' | 'version' | 'repository', RegExp, string])[] = [
  ['publisher', /^[A-Za-z0-9][A-Za-z0-9_-]*$/, 'letters, digits, hyphens and underscores'],
  ['version', /^1\.(0|[1-9]\d*)\.(0|[1-9]\d*)$/, '1.<minor>.<patch>, for the task is @1'],
  ['repository', repositoryPattern, 'an https address such as https://github.com/contoso/wif'],
];

/** The options of a command line; throws with all that is wrong with their values. */
export function parseOptions(args: readonly string[]): PackOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      publisher: { type: 'string' },
      version: { type: 'string' },
      public: { type: 'boolean', default: false },
      repository: { type: 'string' },
      out: { type: 'string', default: 'build' },
      dist: { type: 'string', default: 'dist' },
    },
  });
  const wrong = refusals.flatMap(([name, pattern, expected]) => {
    const value = values[name];
    return value === undefined || pattern.test(value) ? [] : `--${name} is "${value}"; expected ${expected}.`;
  });
  if (wrong.length > 0) throw new Error(wrong.join('\n'));
  return values;
}

function run(name: string, script: string, args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, script), ...args], {
    cwd: root,
    encoding: 'utf8',
  });
  if (status === 0) return `${stdout}${stderr}`;
  throw new Error(`${name} failed:\n${stdout}${stderr}`);
}

/** Stages the folder to pack, with the overrides and the licences of what is bundled in it. */
export function buildStage({ publisher, version, public: isPublic, repository, out, dist }: PackOptions): void {
  const overrides = [
    ...(publisher === undefined ? [] : ['--publisher', publisher]),
    ...(version === undefined ? [] : ['--version', version]),
    ...(isPublic ? ['--public'] : []),
    ...(repository === undefined ? [] : ['--repository', repository]),
  ];
  run('the build', 'scripts/build.mjs', ['--out', out, '--meta', dist, ...overrides]);
  writeNotice(join(resolve(root, out), 'NOTICE'), resolve(root, dist), 'task');
}

/**
 * Stages the folder to pack as `buildStage` does, and fills in the public address: that of the options, else that of
 * vss-extension.json; without one the documentation is put into the package.
 */
export function stagePackage(options: PackOptions): void {
  const repository = options.repository ?? readRepository(readJson(join(root, 'vss-extension.json')));
  buildStage({ ...options, repository });
  stageAddress(resolve(root, options.out), repository);
}

function createExtension(stage: string, vsix: string): void {
  const where = ['--root', stage, '--manifest-globs', 'vss-extension.json', '--output-path', vsix];
  const log = run('tfx', 'node_modules/tfx-cli/_build/tfx-cli.js', ['extension', 'create', ...where, '--no-prompt']);
  if (/warning/i.test(log)) throw new Error(`tfx warned, and a package has no warnings:\n${log}`);
}

/**
 * Packs the staged folder into `<publisher>.<id>-<version>.vsix` with the project's own tfx, which reads nothing from a
 * network, and zips the result again, since tfx writes the time into it. Returns the file's path.
 */
export function packStage(stage: string, dist: string): string {
  const { publisher, id, version } = viewManifest(readJson(join(stage, 'vss-extension.json')));
  const vsix = join(dist, `${publisher}.${id}-${version}.vsix`);
  mkdirSync(dist, { recursive: true });
  rmSync(vsix, { force: true });
  createExtension(stage, vsix);
  writeFileSync(vsix, zipPackage(unzipPackage(readFileSync(vsix))));
  return vsix;
}

import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { packagerFiles, type Files } from './check-files.ts';
import { viewManifest } from './check-manifest.ts';
import { checkPackage, type PackageParts } from './check-package.ts';
import type { Finding } from './finding.ts';
import { unzipPackage } from './zip-package.ts';

/** The project's folder. */
export const root = resolve(import.meta.dirname, '../..');

const inputsFile = join(root, 'tasks/AWSAssumeRoleWIF/AWSAssumeRoleWIFV1/inputs.ts');

/** A JSON file's value, unjudged. */
export function readJson(path: string): unknown {
  return JSON.parse(readFileSync(path, 'utf8'));
}

/** The version of package.json. */
export function readVersion(): string {
  return (readJson(join(root, 'package.json')) as { readonly version: string }).version;
}

/** The published schema where a copy stands beside the project; says loudly when there is none. */
export function readSchema(path: string = resolve(root, '../shared/data/tasks.schema.json')): object | undefined {
  if (existsSync(path)) return readJson(path) as object;
  console.log('*** SKIPPED: no published schema of task.json beside the project; only the own checks ran. ***');
  return undefined;
}

/** The names of the inputs that the task's code reads; says loudly when there is no code. */
export async function readInputNames(): Promise<readonly string[] | undefined> {
  if (existsSync(inputsFile)) return importInputNames();
  console.log('*** SKIPPED: the task has no inputs.ts; the inputs of task.json were not compared with it. ***');
  return undefined;
}

async function importInputNames(): Promise<readonly string[]> {
  const { inputNames } = (await import(pathToFileURL(inputsFile).href)) as { inputNames?: readonly string[] };
  if (inputNames) return inputNames;
  throw new Error('inputs.ts exports no inputNames; expected the main names of the inputs that it reads.');
}

function isStaged(path: string, bytes: Uint8Array, stage: string): boolean {
  const file = join(stage, path);
  return packagerFiles.includes(path) || (existsSync(file) && readFileSync(file).equals(bytes));
}

/** The files of a package whose bytes are not those of the folder that it was packed from. */
export function compareStage(files: Files, stage: string): readonly Finding[] {
  return [...files]
    .filter(([path, bytes]) => !isStaged(path, bytes, stage))
    .map(([at]) => ({ at, found: 'other bytes', expected: 'those of the staged file', do: 'Package again.' }));
}

/** What a .vsix and the folder that it was packed from hold. */
export async function readPackage(vsix: string, stage: string, version: string): Promise<PackageParts> {
  const packed = readFileSync(vsix);
  const manifest = readJson(join(stage, 'vss-extension.json'));
  const folder = viewManifest(manifest).contributionFolders[0] ?? '';
  const task = readJson(join(stage, folder, `${folder}V1`, 'task.json'));
  const [schema, inputNames] = [readSchema(), await readInputNames()];
  return { task, manifest, version, files: unzipPackage(packed), packageBytes: packed.length, schema, inputNames };
}

/** All that is wrong with a .vsix, judged on its own and next to the folder that it was packed from. */
export async function checkVsix(vsix: string, stage: string, version = readVersion()): Promise<readonly Finding[]> {
  const parts = await readPackage(vsix, stage, version);
  return [...checkPackage(parts), ...compareStage(parts.files, stage)];
}

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { zipSync } from 'fflate';
import { listPictures } from '../../scripts/package/check-files.ts';
import type { PackageParts } from '../../scripts/package/check-package.ts';
import { readJson, readVersion, root } from '../../scripts/package/read-package.ts';

export const taskFolder = 'AWSAssumeRoleWIF/AWSAssumeRoleWIFV1';

type Json = Record<string, unknown>;

/** The project's own documents and files, with stand-ins for what only a build makes. */
export function readParts(): PackageParts & { readonly files: Map<string, Uint8Array> } {
  const task = readJson(join(root, 'tasks', taskFolder, 'task.json')) as Json;
  const manifest = readJson(join(root, 'vss-extension.json')) as Json;
  const read = (path: string) => new Uint8Array(readFileSync(join(root, path)));
  const text = (content: string) => new Uint8Array(Buffer.from(content));
  const identity = `Id="${String(manifest['id'])}" Publisher="${String(manifest['publisher'])}" Version="${readVersion()}"`;
  const bundles = ['execution', 'postjobexecution'].flatMap(section =>
    Object.values(task[section] as Record<string, { target: string }>).map(({ target }) => target),
  );
  const files = new Map([
    ['[Content_Types].xml', text('<Types/>')],
    ['extension.vsixmanifest', text(`<Identity Language="en-US" ${identity}/>`)],
    ['extension.vsomanifest', text('{"scopes":[]}')],
    ['NOTICE', text('the licences of what is bundled')],
    [`${taskFolder}/task.json`, read(`tasks/${taskFolder}/task.json`)],
    [`${taskFolder}/icon.png`, read(`tasks/${taskFolder}/icon.png`)],
    ...bundles.map((name): [string, Uint8Array] => [`${taskFolder}/${name}`, text('"use strict";')]),
    ...[
      'images/extension-icon.png',
      'overview.md',
      'LICENSE',
      ...listPictures(Buffer.from(read('overview.md')).toString()),
    ].map((path): [string, Uint8Array] => [path, read(path)]),
  ]);
  const packageBytes = zipSync(Object.fromEntries(files)).length;
  return { task, manifest, version: readVersion(), files, packageBytes };
}

/** Takes the value away instead of replacing it. */
export const gone = Symbol('gone');

function stepInto(value: unknown, key: string): unknown {
  return (value as Json)[key];
}

/**
 * A copy of the document with the value at a path (`inputs/0/name`) replaced; `-` as the last step appends to a list.
 */
export function change(document: unknown, path: string, value: unknown): unknown {
  const copy: unknown = structuredClone(document);
  const steps = path.split('/');
  const last = steps.pop() ?? '';
  const owner = steps.reduce(stepInto, copy) as Json | unknown[];
  if (Array.isArray(owner) && last === '-') owner.push(value);
  else if (Array.isArray(owner)) owner.splice(Number(last), 1, ...(value === gone ? [] : [value]));
  else if (value === gone) Reflect.deleteProperty(owner, last);
  else owner[last] = value;
  return copy;
}

/** Every path in the document. */
export function listPaths(document: unknown, prefix = ''): readonly string[] {
  if (typeof document !== 'object' || document === null) return [];
  return Object.entries(document).flatMap(([key, value]) => [
    `${prefix}${key}`,
    ...listPaths(value, `${prefix}${key}/`),
  ]);
}

/** Where the input is in task.json. */
export function inputPath(task: unknown, name: string): string {
  const inputs = (task as { inputs: { name: string }[] }).inputs;
  return `inputs/${inputs.findIndex(input => input.name === name)}`;
}

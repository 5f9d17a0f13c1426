import { zipSync } from 'fflate';
import type { ManifestView } from './check-manifest.ts';
import type { Finding } from './finding.ts';
import { documentation } from './public-address.ts';
import type { TaskView } from './task-view.ts';

/** The files of a package by their path in it. */
export type Files = ReadonlyMap<string, Uint8Array>;

/** What a package may weigh, in bytes, and how many files the task's folder may hold. */
export const limits = { packageBytes: 1_000_000, taskBytes: 148_000, taskFiles: 12, pictureBytes: 300_000 } as const;

/** Files that the packager adds. */
export const packagerFiles = ['[Content_Types].xml', 'extension.vsixmanifest', 'extension.vsomanifest'];

/** The licences of what is in the bundles; scripts/package.ts writes it. */
const notice = 'NOTICE';

/** Bundles that ship although no handler of task.json names them: others start or load them. */
const companions = ['credential-process.js', 'diagnose.js', 'files.js', 'services.js', 'step.js', 'sts.js'];

const unwanted: readonly (readonly [RegExp, string])[] = [
  [/\.map$/, 'a source map'],
  [/\.[cm]?tsx?$/, 'TypeScript'],
  [/(^|\/)node_modules\//, 'an installed package'],
  [/(^|\/)tests?\/|\.test\.\w+$/, 'a test'],
  [/(^|\/)\.[^/]*$/, 'a hidden file'],
  [/\.svg$/, 'the source of an image'],
];

/** The folder of the task's major version, as the manifest's contribution and task.json name it. */
export function taskFolderOf(task: TaskView): string {
  return `${task.name}/${task.name}V${task.major}`;
}

/** Returns the files that a page shows as pictures; those at addresses of their own are none of the package. */
export function listPictures(markdown: string): readonly string[] {
  const targets = [...markdown.matchAll(/!\[[^\]]*\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
  return targets.filter(target => !target.includes('://'));
}

function readText(bytes: Uint8Array | undefined): string {
  return Buffer.from(bytes ?? []).toString('utf8');
}

function listExpected(manifest: ManifestView, task: TaskView, files: Files): readonly string[] {
  const targets = task.handlers.map(handler => handler.target);
  const inTask = ['task.json', 'icon.png', ...targets].map(name => `${taskFolderOf(task)}/${name}`);
  const pictures = listPictures(readText(files.get(manifest.details)));
  const named = [manifest.icon, manifest.details, manifest.license, notice, ...pictures];
  return [...new Set([...inTask, ...named])];
}

function checkMissing(expected: readonly string[], files: Files): readonly Finding[] {
  return expected
    .filter(path => (files.get(path)?.length ?? 0) === 0)
    .map(path => ({
      at: path,
      found: files.has(path) ? 'an empty file' : 'no such file',
      expected: 'the file that task.json, vss-extension.json or the page names',
      do: 'Build it, or correct the name.',
    }));
}

/** A page, or a file that pages lead to, in a package that holds them itself. */
function isDocumentation(path: string, { paths }: ManifestView): boolean {
  return (
    /\.(?:md|ya?ml|tf|json|hcl)$|\/LICENSE$/.test(path) &&
    documentation.some(one => paths.includes(one) && isBelow(path, one))
  );
}

function isBelow(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}

function checkStrays(
  expected: readonly string[],
  files: Files,
  manifest: ManifestView,
  task: TaskView,
): readonly Finding[] {
  const optional = companions.map(name => `${taskFolderOf(task)}/${name}`);
  const known = [...expected, ...packagerFiles, ...optional];
  return [...files.keys()]
    .filter(path => !known.includes(path) && !isDocumentation(path, manifest))
    .map(path => {
      const kind = unwanted.find(([pattern]) => pattern.test(path))?.[1] ?? 'a file that nothing names';
      return { at: path, found: kind, expected: 'only what the extension needs', do: 'Keep it out of the package.' };
    });
}

function checkSourceMapComments(files: Files): readonly Finding[] {
  return [...files]
    .filter(([path, bytes]) => path.endsWith('.js') && Buffer.from(bytes).includes('sourceMappingURL='))
    .map(([at]) => ({ at, found: 'a source map comment', expected: 'none', do: 'Turn source maps off.' }));
}

/** Width and height as a PNG's header says; undefined for anything that is not a PNG. */
export function readPngSize(bytes: Uint8Array): { readonly width: number; readonly height: number } | undefined {
  const data = Buffer.from(bytes);
  if (data.length < 24 || data.toString('latin1', 0, 8) !== '\x89PNG\r\n\x1a\n') return undefined;
  if (data.toString('latin1', 12, 16) !== 'IHDR') return undefined;
  return { width: data.readUInt32BE(16), height: data.readUInt32BE(20) };
}

function checkIcon(path: string, side: number, files: Files): readonly Finding[] {
  const bytes = files.get(path);
  if (!bytes) return [];
  const size = readPngSize(bytes);
  if (size?.width === side && size.height === side) return [];
  const found = size ? `${size.width}x${size.height} pixels` : 'a file that is not a PNG';
  return [{ at: path, found, expected: `a PNG of ${side}x${side} pixels`, do: 'Render it again.' }];
}

function checkPictures(files: Files): readonly Finding[] {
  const heavy = [...files].filter(([path, bytes]) => path.endsWith('.png') && bytes.length > limits.pictureBytes);
  return heavy.map(([at, bytes]) => ({
    at,
    found: `a picture of ${bytes.length} bytes`,
    expected: `at most ${limits.pictureBytes}`,
    do: 'Render it smaller.',
  }));
}

function checkSizes(files: Files, folder: string, packageBytes: number): readonly Finding[] {
  const task = [...files].filter(([path]) => path.startsWith(`${folder}/`));
  const taskBytes = zipSync(Object.fromEntries(task), { level: 9 }).length;
  const found = { packageBytes, taskBytes, taskFiles: task.length };
  const names = { packageBytes: 'the package', taskBytes: 'the zipped task folder', taskFiles: 'the task folder' };
  const keys = ['packageBytes', 'taskBytes', 'taskFiles'] as const;
  return keys
    .filter(key => found[key] > limits[key])
    .map(key => ({
      at: names[key],
      found: `${found[key]} ${key === 'taskFiles' ? 'files' : 'bytes'}`,
      expected: `at most ${limits[key]}`,
      do: 'See dist/metafile.json for what takes the room.',
    }));
}

/** All that is wrong with a package's files: missing, stray, of the wrong size or kind. */
export function checkFiles(
  files: Files,
  packageBytes: number,
  manifest: ManifestView,
  task: TaskView,
): readonly Finding[] {
  const expected = listExpected(manifest, task, files);
  const folder = taskFolderOf(task);
  return [
    ...checkMissing(expected, files),
    ...checkStrays(expected, files, manifest, task),
    ...checkSourceMapComments(files),
    ...checkIcon(`${folder}/icon.png`, 32, files),
    ...checkIcon(manifest.icon, 128, files),
    ...checkPictures(files),
    ...checkSizes(files, folder, packageBytes),
  ];
}

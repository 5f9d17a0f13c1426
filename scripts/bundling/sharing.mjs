import { resolve } from 'node:path';
import { build } from 'esbuild';

/**
 * Decides which of our own sources are in a shared file, because more than one bundle holds them:
 * - `files.js`: what the programs named `early` load at their start, the profile files of a job. The post-job part and a
 *   cached answer of the helper read no more than that.
 * - `services.js`: all else, the way to both services. The helper loads it when it opens a session.
 * A source that a shared one imports stands beside it, so that each exists once while a program runs.
 *
 * @param options what the bundles are built with, entry points included
 * @param early the entry points of those programs, as the entry points name them
 * @returns the sources of each shared file by its name, by their paths from the root, sorted; none for a file that would be empty
 */
export async function planSharing(options, early) {
  const { metafile } = await build({ ...options, write: false });
  const outputs = Object.values(metafile.outputs).map(({ entryPoint, inputs }) => ({
    entryPoint,
    holds: new Set(Object.keys(inputs).filter(input => inputs[input].bytesInOutput > 0)),
  }));
  const isShared = source => isOwn(source) && outputs.filter(({ holds }) => holds.has(source)).length > 1;
  const started = outputs
    .filter(({ entryPoint }) => early.includes(entryPoint))
    .flatMap(({ entryPoint, holds }) => follow([entryPoint], metafile).filter(source => holds.has(source)));
  const files = follow(started.filter(isShared), metafile).filter(isOwn);
  const others = follow(Object.keys(metafile.inputs).filter(isShared), metafile).filter(isOwn);
  const services = others.filter(source => !files.includes(source));
  return Object.entries({ files, services }).flatMap(([name, sources]) =>
    sources.length === 0 ? [] : [{ name, sources: [...sources].sort() }],
  );
}

/** The shells are none: one of them has to run before packages are loaded, which a shared file would not keep. */
function isOwn(source) {
  return source.startsWith('src/');
}

/** Returns sources and all that they import, except for what is loaded later. */
function follow(sources, { inputs }) {
  const found = new Set();
  for (const queue = [...sources]; queue.length > 0;) {
    const source = queue.pop();
    if (found.has(source)) continue;
    found.add(source);
    const imports = inputs[source]?.imports ?? [];
    queue.push(
      ...imports.filter(({ kind, external }) => kind === 'import-statement' && !external).map(({ path }) => path),
    );
  }
  return [...found];
}

/** Makes the shared files, as entry points named `shared:NAME`, and every import of what is in one a require of the file. */
export function sharing(root, shared) {
  const homes = new Map(shared.flatMap(({ name, sources }) => sources.map(source => [resolve(root, source), name])));
  return {
    name: 'sharing',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^shared:/ }, ({ path }) => ({ path: path.replace('shared:', ''), namespace: 'shared' }));
      onLoad({ filter: /^/, namespace: 'shared' }, ({ path: name }) => ({
        contents: listSources(shared, name)
          .map(source => `export * from './${source}';`)
          .join('\n'),
        resolveDir: root,
      }));
      onResolve({ filter: /^\.{1,2}\/.*\.ts$/ }, ({ path, importer, namespace, resolveDir }) => {
        const home = homes.get(resolve(resolveDir, path));
        const own = namespace === 'shared' ? importer : homes.get(importer);
        return home === undefined || home === own ? undefined : { path: `./${home}.js`, external: true };
      });
    },
  };
}

function listSources(shared, name) {
  return shared.find(one => one.name === name)?.sources ?? [];
}

/**
 * Throws if two sources of a shared file export the same name: of those an `export *` takes neither, without a word.
 */
export async function requireDistinctNames(root, { name, sources }) {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: sources,
    outdir: root,
    format: 'esm',
    write: false,
    metafile: true,
  });
  const exported = Object.values(metafile.outputs).flatMap(({ exports, entryPoint }) =>
    exports.map(one => ({ one, entryPoint })),
  );
  const twice = exported.filter(({ one }, index) => exported.findIndex(other => other.one === one) !== index);
  if (twice.length === 0) return;
  const named = twice.map(({ one, entryPoint }) => `${one} of ${entryPoint}`).join(', ');
  throw new Error(`another source in ${name}.js exports the same name as ${named}; rename one of the two.`);
}

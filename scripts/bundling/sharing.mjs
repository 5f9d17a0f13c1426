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

/**
 * Returns the shared files with what each exports: what the programs take from it, and no more, so that the rest is left out.
 *
 * @param options what the bundles are built with, entry points included
 * @param root the folder of the sources
 * @param planned from `planSharing`
 * @throws Error if two sources of a file export the same name, or a source takes all of a file
 */
export async function keepTaken(options, root, planned) {
  const all = await Promise.all(planned.map(async one => ({ ...one, exports: await listExports(root, one) })));
  const keep = taken =>
    all.map(one => ({ ...one, exports: one.exports.filter(({ name }) => taken[one.name].has(name)) }));
  const byPrograms = await findTaken(options, root, all);
  // The way to the services takes something from the files of a job, too, as far as it is taken itself.
  const services = all.filter(({ name }) => name === 'services').map(nameEntry);
  return keep(
    await findTaken({ ...options, entryPoints: [...options.entryPoints, ...services] }, root, keep(byPrograms)),
  );
}

/** The entry point that makes a shared file. */
export function nameEntry({ name }) {
  return { in: `shared:${name}`, out: name };
}

/** Reads the imports of modules: they name what they take, and without minifying there is one way to write it. */
async function findTaken(options, root, shared) {
  const plugins = [...options.plugins, sharing(root, shared)];
  const built = await build({ ...options, plugins, format: 'esm', minify: false, write: false });
  const taken = Object.fromEntries(shared.map(({ name }) => [name, new Set()]));
  for (const { text } of built.outputFiles) {
    for (const [line, names, name] of text.matchAll(/^(?:import|export) ([^"]*)"\.\/(\w+)\.js";$/gm)) {
      if (taken[name] === undefined || names === '') continue;
      if (!names.startsWith('{')) throw new Error(`a source takes all of a shared file: ${line} Import by name.`);
      for (const one of names.slice(1, names.indexOf('}')).split(',')) taken[name].add(one.trim().split(' ')[0]);
    }
  }
  return taken;
}

/** Makes the shared files, as entry points named `shared:NAME`, and every import of what is in one a require of the file. */
export function sharing(root, shared) {
  const homes = new Map(shared.flatMap(({ name, sources }) => sources.map(source => [resolve(root, source), name])));
  return {
    name: 'sharing',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^shared:/ }, ({ path }) => ({ path: path.replace('shared:', ''), namespace: 'shared' }));
      onLoad({ filter: /^/, namespace: 'shared' }, ({ path: name }) => ({
        contents: writeShared(shared.find(one => one.name === name)),
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

/** Each source is loaded, in their order, for what it does when it is. */
function writeShared({ sources, exports }) {
  const loaded = sources.map(source => `import './${source}';`);
  return [...loaded, ...exports.map(({ name, source }) => `export { ${name} } from './${source}';`)].join('\n');
}

/** Returns what the sources of a shared file export, each with its source. */
async function listExports(root, { name, sources }) {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: sources,
    outdir: root,
    format: 'esm',
    write: false,
    metafile: true,
  });
  const exported = Object.values(metafile.outputs).flatMap(({ exports, entryPoint }) =>
    exports.map(one => ({ name: one, source: entryPoint })),
  );
  const twice = exported.filter((one, index) => exported.findIndex(other => other.name === one.name) !== index);
  if (twice.length === 0) return exported;
  const named = twice.map(one => `${one.name} of ${one.source}`).join(', ');
  throw new Error(`another source in ${name}.js exports the same name as ${named}; rename one of the two.`);
}

import { isBuiltin } from 'node:module';
import { resolve } from 'node:path';
import { build } from 'esbuild';

/**
 * Bundles a program as two files, since Node reads and compiles every file whole: the first has what the program imports at
 * once, the second all that it imports later. What both need is in the first alone, which gives it to the second, so that
 * each source exists once while the program runs. What is imported later is evaluated only then.
 *
 * @param options how both are bundled
 * @param first its entry point, plugins, and what else is for it alone
 * @param second its name and its plugins
 * @returns what esbuild returns of both, as one
 */
export async function bundleInTwo(options, first, second) {
  const split = await findSplit({ ...options, entryPoints: first.entryPoints });
  const wanted = new Set();
  const results = [
    await build({
      ...options,
      entryPoints: [{ in: 'later:all', out: second.name }],
      plugins: [bundleLater(split, wanted), ...second.plugins],
    }),
    await build({
      ...options,
      ...first,
      plugins: [bundleEarly(split, wanted, `./${second.name}.cjs`), ...first.plugins],
    }),
  ];
  return {
    warnings: results.flatMap(({ warnings }) => warnings),
    metafile: {
      inputs: Object.assign({}, ...results.map(({ metafile }) => metafile.inputs)),
      outputs: Object.assign({}, ...results.map(({ metafile }) => metafile.outputs)),
    },
  };
}

/** Returns the files that an entry point imports at once, and those that they import later, by whole paths in a steady order. */
async function findSplit(options) {
  const later = new Set();
  const leave = {
    name: 'leave',
    setup({ onResolve }) {
      onResolve({ filter: /^\.{1,2}\// }, ({ kind, path, resolveDir }) => {
        if (kind !== 'dynamic-import') return undefined;
        later.add(resolve(resolveDir, path));
        return { path, external: true };
      });
    },
  };
  const { metafile } = await build({ ...options, plugins: [leave], write: false });
  const early = Object.keys(metafile.inputs).sort((one, other) => (nameOf(one) < nameOf(other) ? -1 : 1));
  return { early: early.map(path => resolve(options.absWorkingDir, path)), later: [...later].sort() };
}

/** Wherever the packages are installed, so that the same source gives the same bytes. */
function nameOf(path) {
  return path.slice(Math.max(path.indexOf('node_modules/'), 0));
}

/** The second file: it exports what to call for each file that is imported later, and is told the same of the early ones. */
function bundleLater({ early, later }, wanted) {
  return {
    name: 'later',
    setup({ onResolve, onLoad, resolve: find }) {
      onResolve({ filter: /^later:/ }, ({ path }) => ({ path, namespace: 'later' }));
      onLoad({ filter: /^later:all$/, namespace: 'later' }, () => ({
        contents: `exports.later = [${listLoaders(later)}]; exports.early = require('later:early');`,
        resolveDir: '/',
      }));
      onLoad({ filter: /^later:early$/, namespace: 'later' }, () => ({ contents: '' }));
      onResolve({ filter: /./ }, async ({ path, pluginData, ...from }) => {
        if (pluginData === 'later' || from.kind === 'entry-point' || isBuiltin(path)) return undefined;
        const found = path.startsWith('.')
          ? resolve(from.resolveDir, path)
          : (await find(path, { ...from, pluginData: 'later' })).path;
        if (!early.includes(found)) return undefined;
        wanted.add(found);
        return { path: String(early.indexOf(found)), namespace: 'early', sideEffects: false };
      });
      onLoad({ filter: /./, namespace: 'early' }, ({ path }) => ({
        contents: `module.exports = require('later:early').loaders[${path}]();`,
      }));
    },
  };
}

/** The first file: where it imports later it calls the second one, after it told it how to get at what both need. */
function bundleEarly({ early, later }, wanted, file) {
  return {
    name: 'early',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^later:/ }, ({ path }) => ({ path, namespace: 'later' }));
      onResolve({ filter: /^\.{1,2}\// }, ({ kind, namespace, path, resolveDir }) => {
        if (namespace === 'later') return path === file ? { path, external: true } : undefined;
        return kind === 'dynamic-import'
          ? { path: `later:${later.indexOf(resolve(resolveDir, path))}`, namespace: 'later' }
          : undefined;
      });
      onLoad({ filter: /^later:all$/, namespace: 'later' }, () => ({
        contents: `const all = require('${file}'); all.early.loaders = [${listLoaders(early, wanted)}]; module.exports = all.later;`,
        resolveDir: '/',
      }));
      onLoad({ filter: /./, namespace: 'later' }, ({ path }) => ({
        contents: `module.exports = require('later:all')[${path.replace('later:', '')}]();`,
      }));
    },
  };
}

/** Returns functions that evaluate files, in their order, and nothing in the place of one that nobody wants. */
function listLoaders(paths, wanted = new Set(paths)) {
  return paths.map(path => (wanted.has(path) ? `() => require(${JSON.stringify(path)})` : '')).join();
}

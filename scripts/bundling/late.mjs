import { requireMatches } from './require-matches.mjs';

/** Functions of Node's own modules that most runs never call, and the classes that they never make one of. */
const seldom = {
  'node:child_process': ['execFile', 'execFileSync', 'spawn'],
  'node:crypto': ['createHash', 'createHmac', 'randomBytes', 'timingSafeEqual', 'X509Certificate'],
};

/**
 * Loads such a module with the first call of its function: the two are a third of the time in which the helper prints a
 * cached answer and `aws-wif` its help. What takes more of a module than those functions is left as it is.
 *
 * @param modules those that something in the bundle uses
 */
export const late = (modules = Object.keys(seldom)) => ({
  name: 'late',
  setup({ onResolve, onLoad, onEnd }) {
    const rules = modules.map(filter => ({ filter }));
    const matched = requireMatches(onEnd, rules);
    const users = /[\\/](?:node_modules[\\/](?:commander|azure-pipelines-task-lib)|src|tasks)[\\/](?!.*node_modules)/;
    onResolve({ filter: /^(?:node:)?child_process$|^node:crypto$/ }, ({ path, importer, namespace }) => {
      if (namespace !== 'file' || !users.test(importer)) return undefined;
      const name = path.replace(/^(?:node:)?/, 'node:');
      if (!modules.includes(name)) return undefined;
      matched.add(rules.find(({ filter }) => filter === name));
      return { path: name, namespace: 'late' };
    });
    onLoad({ filter: /^/, namespace: 'late' }, ({ path }) => ({
      contents: seldom[path]
        .map(name => `export function ${name}(...args) { return ${callLate(path, name)}; }`)
        .join('\n'),
      loader: 'js',
    }));
  },
});

/** Of a function its call, of a class a new one: nothing here asks what it is an instance of. */
function callLate(path, name) {
  const member = `require('${path}').${name}`;
  return /^[A-Z]/.test(name) ? `new (${member})(...args)` : `${member}(...args)`;
}

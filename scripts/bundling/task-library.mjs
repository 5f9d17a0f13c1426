import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** The task library's texts in eleven languages, of which it takes English unless it is told another. */
export const english = {
  name: 'english',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]azure-pipelines-task-lib[\\/]lib-resource\.js$/ }, ({ path }) => ({
      contents: JSON.stringify({ messages: require(path).messages }),
      loader: 'json',
    }));
  },
};

/**
 * The task library as modules instead of CommonJS, so that only what is called of it is bundled: a fifth of main.js less,
 * none of it compiled twice, and no code that finds, copies or runs something. What is replaced is how TypeScript writes
 * CommonJS; where a new version of the library writes otherwise, the build fails.
 */
const asModule = [
  [/^Object\.defineProperty\(exports, "__esModule".*$/m, ''],
  [/^exports\.[^;]*= void 0;$/gm, ''],
  [/\(this && this\.__\w+\) \|\| /g, ''],
  [/\/\*\* @class \*\/ /g, '/* @__PURE__ */ '],
  // It loads translations from a file that its caller names. Ours names none, and nobody could check such a bundle.
  [/ require\(resourceFile\)/, ' undefined'],
  // An import would copy all that these offer.
  [/^var (\w+) = require\((?!"(?:fs|os|path|util)")(.+)\);$/gm, 'import * as $1 from $2;'],
  [/^exports\.(\w+) = \1;$/gm, 'export { $1 };'],
  [/exports\.(\w+) \|\| \(exports\.\1 = \{\}\)\);$/gm, '$1 || ($1 = {}));\nexport { $1 };'],
  [/^exports\.(\w+) = /gm, 'export var $1 = '],
  [/^function _loadData\(/m, 'export let _vault;\n$&'],
  [/\(0, exports\.(\w+)\)/g, '$1'],
  [/\bexports\.(\w+)/g, '$1'],
];

/**
 * Where the library keeps secrets. Its own encrypts each with a key that it writes into the job's temp directory, through
 * a link that somebody planted there too, and reads again for every secret: 5 ms of a step, and two steps at once in one
 * directory take each other's key. The key lies open to whoever could read this process, so nothing is lost.
 */
const vault = `
  export class Vault {
    #secrets = new Map();
    storeSecret(name, data) {
      const key = (name ?? '').toLowerCase();
      if (key !== '' && data) return this.#secrets.set(key, data).has(key);
      this.#secrets.delete(key);
      return false;
    }
    retrieveSecret(name) {
      return this.#secrets.get((name ?? '').toLowerCase());
    }
  }
`;

export const library = {
  name: 'library',
  setup({ onLoad }) {
    const files = /[\\/]azure-pipelines-task-lib[\\/](?:task|internal|taskcommand|externaloutput)\.js$/;
    onLoad({ filter: files }, ({ path }) => ({ contents: writeModule(path), loader: 'js' }));
    onLoad({ filter: /[\\/]azure-pipelines-task-lib[\\/]vault\.js$/ }, () => ({ contents: vault, loader: 'js' }));
  },
};

function writeModule(path) {
  const text = readFileSync(path, 'utf8');
  const contents = asModule.reduce((changed, [from, to]) => changed.replace(from, to), text);
  const names = [...text.matchAll(/\bexports\.(\w+)/g)].map(([, name]) => name);
  const lost = names.filter(name => !new RegExp(`^(?:export )?(?:var|let|function) ${name}\\b`, 'm').test(contents));
  if (lost.length === 0 && !/\bexports\b|\brequire\((?!"(?:fs|os|path|util)"\);$)/m.test(contents)) return contents;
  throw new Error(`${path} is written otherwise than it was: ${lost.join(', ')}`);
}

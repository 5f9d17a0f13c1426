import { requireMatches } from './require-matches.mjs';

/**
 * Parts of packages that the command line never reaches: signing in by NTLM, and how qs finds cycles where a runtime has
 * no WeakMap. Both bring code made from text (`eval`, `Function`), and twenty packages.
 */
const substitutes = [
  { filter: /^side-channel$/, contents: 'module.exports = () => new WeakMap();' },
  {
    filter: /^\.\/handlers\/ntlm$/,
    contents: 'exports.NtlmCredentialHandler = class { constructor() { throw new TypeError("no NTLM here"); } };',
  },
];

export const substituting = {
  name: 'substituting',
  setup({ onResolve, onLoad, onEnd }) {
    const matched = requireMatches(onEnd, substitutes);
    for (const substitute of substitutes) {
      onResolve({ filter: substitute.filter }, ({ path }) => {
        matched.add(substitute);
        return { path, namespace: 'substitute', pluginData: substitute.contents };
      });
    }
    onLoad({ filter: /^/, namespace: 'substitute' }, ({ pluginData }) => ({ contents: pluginData, loader: 'js' }));
  },
};

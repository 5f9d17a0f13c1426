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
  setup({ onResolve, onLoad }) {
    for (const { filter, contents } of substitutes) {
      onResolve({ filter }, ({ path }) => ({ path, namespace: 'substitute', pluginData: contents }));
    }
    onLoad({ filter: /^/, namespace: 'substitute' }, ({ pluginData }) => ({ contents: pluginData, loader: 'js' }));
  },
};

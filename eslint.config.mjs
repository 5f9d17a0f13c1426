import eslint from '@eslint/js';
import regexp from 'eslint-plugin-regexp';
import tseslint from 'typescript-eslint';

/** The folders that decide: no I/O, no SDK, no clock; these arrive as arguments. */
const domain = [
  'src/*.ts',
  'src/identity/**',
  'src/trust/**',
  'src/session/**',
  'src/handoff/**',
  'src/setup/**',
  'src/migration/**',
  'src/thumbprint/**',
];

const outside = ['fs', 'http', 'https', 'tls', 'net', 'dns', 'child_process', 'os'].flatMap(name => [
  name,
  `node:${name}`,
  `node:${name}/*`,
]);

export default tseslint.config(
  { ignores: ['build', 'dist', 'node_modules'] },
  eslint.configs.recommended,
  tseslint.configs.strictTypeChecked,
  tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        projectService: { allowDefaultProject: ['*.mjs', 'scripts/*.mjs', 'scripts/bundling/*.mjs'] },
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/consistent-type-definitions': 'off',
      // They take a third of the time, and there are no enums, and no classes but a few with private fields.
      '@typescript-eslint/no-unsafe-enum-assignment': 'off',
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      'max-lines-per-function': ['error', { max: 40, skipComments: true, skipBlankLines: true }],
      'max-depth': ['error', 3],
      'no-console': 'error',
      eqeqeq: 'error',
    },
  },
  {
    files: domain,
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              group: [...outside, '@aws-sdk/*', '@smithy/*', 'azure-*'],
              message: 'Domain folders decide; what touches the world arrives as an argument.',
            },
          ],
        },
      ],
      'no-restricted-globals': ['error', 'process', 'fetch', 'setTimeout', 'setInterval', 'performance'],
      'no-restricted-properties': [
        'error',
        { object: 'Date', property: 'now', message: 'Time arrives as an argument.' },
        { object: 'Math', property: 'random', message: 'Chance arrives as an argument.' },
      ],
    },
  },
  {
    files: ['src/azure-devops/**', 'src/aws/**', 'src/host/**', 'tasks/**'],
    ignores: ['tasks/AWSAssumeRoleWIF/AWSAssumeRoleWIFV1/environment.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'env', message: 'A variable of the job may have set it: ask environment.ts.' },
      ],
      'no-restricted-syntax': [
        'error',
        {
          selector: "VariableDeclarator[init.name='process'] Property[key.name='env']",
          message: 'A variable of the job may have set it: ask environment.ts.',
        },
      ],
    },
  },
  {
    // Text from outside meets these patterns: none may need more than linear time for it.
    files: ['src/**', 'tasks/**', 'scripts/**'],
    plugins: { regexp },
    rules: {
      'regexp/no-super-linear-backtracking': ['error', { report: 'potential' }],
      'regexp/no-super-linear-move': ['error', { report: 'potential', ignorePartial: false }],
    },
  },
  {
    files: ['test/**', 'scripts/**', 'bench/**'],
    rules: {
      'max-lines-per-function': 'off',
      'no-console': 'off',
      '@typescript-eslint/explicit-module-boundary-types': 'off',
      '@typescript-eslint/no-deprecated': 'off',
    },
  },
  {
    files: ['**/*.mjs'],
    extends: [tseslint.configs.disableTypeChecked],
    languageOptions: { globals: { process: 'readonly', console: 'readonly' } },
  },
);

import { createRequire } from 'node:module';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { makeScratchFolder } from '../harness/scratch-folder.ts';
import type * as shell from './command-shell.ts';
import { root } from './pages.ts';

/**
 * Returns the command line's parser and a way to run commands in this process. It is bundled first, as the product is:
 * commands print files of other kinds, which the bundler puts in as text.
 */
export function openCommands(): typeof shell {
  const outfile = join(makeScratchFolder('docs-parser'), 'command-shell.cjs');
  buildSync({
    entryPoints: [join(root, 'test/docs/command-shell.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    loader: { '.yaml': 'text', '.tf': 'text' },
    // No command gets as far as AWS here.
    external: ['@aws-sdk/*'],
    logLevel: 'error',
  });
  return createRequire(import.meta.url)(outfile) as typeof shell;
}

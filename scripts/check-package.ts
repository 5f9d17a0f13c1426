// Checks a packed extension, on its own and next to the folder that it was packed from:
//   tsx scripts/check-package.ts FILE.vsix [--stage build] [--version 1.2.3]
// Exit code: 0 nothing wrong, 1 something is, 2 wrong usage or nothing to read.
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { reportFindings } from './package/check-package.ts';
import { checkVsix, root } from './package/read-package.ts';

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { stage: { type: 'string', default: join(root, 'build') }, version: { type: 'string' } },
  });
  const [vsix, ...others] = positionals;
  if (vsix === undefined || others.length > 0) throw new Error('expected the path of one .vsix file.');
  return reportFindings(await checkVsix(resolve(vsix), resolve(values.stage), values.version));
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(`check-package: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 2;
}

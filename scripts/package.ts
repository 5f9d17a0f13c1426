// Builds, packs and checks the extension:
//   npm run package -- [--publisher NAME] [--version 1.2.3] [--public] [--out build] [--dist dist]
// Exit code: 0 done, 1 something is wrong with the package, 2 wrong usage, 3 the build or the packager failed.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { reportFindings } from './package/check-package.ts';
import { buildStage, packStage, parseOptions, type PackOptions } from './package/pack.ts';
import { checkVsix, root } from './package/read-package.ts';
import { unzipPackage } from './package/zip-package.ts';

const usage =
  'usage: npm run package -- [--publisher NAME] [--version 1.2.3] [--public] [--out FOLDER] [--dist FOLDER]';

function describePackage(vsix: string): void {
  const bytes = readFileSync(vsix);
  console.log(`package: ${relative(process.cwd(), vsix)}`);
  unzipPackage(bytes).forEach((file, path) => {
    console.log(`${String(file.length).padStart(9)}  ${path}`);
  });
  console.log(`size: ${bytes.length} bytes`);
  console.log(`sha256: ${createHash('sha256').update(bytes).digest('hex')}`);
}

async function packageExtension(options: PackOptions): Promise<number> {
  const [stage, dist] = [resolve(root, options.out), resolve(root, options.dist)];
  buildStage(options);
  const vsix = packStage(stage, dist);
  describePackage(vsix);
  return reportFindings(await checkVsix(vsix, stage, options.version));
}

function fail(error: unknown, code: number, hint = ''): number {
  console.error(`package: ${error instanceof Error ? error.message : String(error)}${hint}`);
  return code;
}

async function main(): Promise<number> {
  if (process.argv.includes('--help')) {
    console.log(usage);
    return 0;
  }
  try {
    const options = parseOptions(process.argv.slice(2));
    return await packageExtension(options).catch((error: unknown) => fail(error, 3));
  } catch (error) {
    return fail(error, 2, `\n${usage}`);
  }
}

process.exitCode = await main();

// Builds, packs and checks the extension, with the licences of all that is in it (NOTICE), and beside it a CycloneDX SBOM
// and SHA256SUMS:
//   npm run package -- [--publisher NAME] [--version 1.2.3] [--public] [--repository URL] [--out build] [--dist dist]
// Exit code: 0 done, 1 something is wrong with the package, 2 wrong usage, 3 the build or the packager failed.
import { readFileSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { checkSupply } from './package/allow-list.ts';
import { reportFindings } from './package/check-package.ts';
import { packStage, parseOptions, stagePackage, type PackOptions } from './package/pack.ts';
import { hashFile, writePapers } from './package/papers.ts';
import { checkVsix, root } from './package/read-package.ts';
import { runScript } from './package/run-script.ts';
import { unzipPackage } from './package/zip-package.ts';

const usage = `usage: npm run package -- [--publisher NAME] [--version 1.2.3] [--public] [--repository URL]
                      [--out FOLDER] [--dist FOLDER]`;

function describePackage(vsix: string): void {
  const bytes = readFileSync(vsix);
  console.log(`package: ${relative(process.cwd(), vsix)}`);
  unzipPackage(bytes).forEach((file, path) => {
    console.log(`${String(file.length).padStart(9)}  ${path}`);
  });
  console.log(`size: ${bytes.length} bytes`);
  console.log(`sha256: ${hashFile(vsix)}`);
}

async function packageExtension(options: PackOptions): Promise<number> {
  const [stage, dist] = [resolve(root, options.out), resolve(root, options.dist)];
  stagePackage(options);
  const vsix = packStage(stage, dist);
  const papers = writePapers(vsix, stage, dist);
  describePackage(vsix);
  console.log(`beside it: ${papers.map(path => relative(process.cwd(), path)).join(', ')}`);
  return reportFindings([...(await checkVsix(vsix, stage, options.version)), ...checkSupply(dist)]);
}

process.exitCode = await runScript({ name: 'package', usage, parse: parseOptions, act: packageExtension });

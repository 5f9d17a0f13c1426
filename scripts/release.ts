// Checks, builds and packs a release; publishes nothing:
//   npm run release -- --version 1.2.3 [--write] [--publisher NAME] [--public] [--repository URL]
// Dry unless --write is given: then task.json, vss-extension.json, package.json and package-lock.json get the version.
// Exit code: 0 done, 1 the project is not ready for this release, 2 wrong usage, 3 a build or a check of it failed.
import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { hashFile } from './package/papers.ts';
import { readVersion, root } from './package/read-package.ts';
import { fail, runScript } from './package/run-script.ts';
import { readNotes } from './release/changelog.ts';
import { parseOptions, usage, type ReleaseOptions } from './release/options.ts';
import { judgeRepository, openGit } from './release/repository.ts';
import { formatNextSteps } from './release/next-steps.ts';
import { bumpProject, isOlder } from './release/versions.ts';

function judgeVersion(version: string): readonly string[] {
  const standing = readVersion();
  return isOlder(version, standing) ? [`the project is at ${standing} already; expected that or a newer one.`] : [];
}

function showAssets(assets: readonly string[]): void {
  console.log('\nassets:');
  assets.forEach(path => {
    console.log(`  ${hashFile(path)}  ${relative(root, path).replaceAll('\\', '/')}`);
  });
}

async function release(options: ReleaseOptions): Promise<number> {
  const { version } = options;
  const today = new Date().toISOString().slice(0, 10);
  const notes = readNotes(readFileSync(join(root, 'CHANGELOG.md'), 'utf8'), version, today);
  const problems = [...judgeVersion(version), ...notes.problems, ...judgeRepository(openGit(root), version)];
  problems.forEach(problem => {
    fail('release', problem, 1);
  });
  if (problems.length > 0) return 1;
  // What builds and checks takes seconds to load.
  const { makeAssets } = await import('./release/assets.ts');
  showAssets(await makeAssets(options, notes.text));
  console.log(formatNextSteps(options, bumpProject(root, version, options.write)));
  return 0;
}

process.exitCode = await runScript({ name: 'release', usage, parse: parseOptions, act: release });

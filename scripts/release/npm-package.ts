import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { readMetafile } from '../package/bundled.ts';
import { writeNotice } from '../package/papers.ts';
import { readJson, root } from '../package/read-package.ts';
import type { ReleaseOptions } from './options.ts';

export const npmName = 'aws-wif';

export const npmDescription =
  'Sets up and explains the trust between Azure DevOps service connections and AWS IAM roles.';

type ProjectManifest = { readonly license: string; readonly engines: object };

/**
 * The npm package's own package.json. The project's is private, so that nobody publishes the sources by mistake; this
 * one names nothing to install, since the bundles hold it all.
 */
export function describeNpmPackage({ version, repository }: ReleaseOptions, files: readonly string[]): object {
  const { license, engines } = readJson(join(root, 'package.json')) as ProjectManifest;
  return {
    name: npmName,
    version,
    description: npmDescription,
    keywords: ['aws', 'iam', 'sts', 'oidc', 'azure-devops', 'azure-pipelines', 'workload-identity-federation'],
    license,
    ...(repository === undefined ? {} : { repository: { type: 'git', url: `git+${repository}.git` } }),
    type: 'commonjs',
    engines,
    bin: { [npmName]: `${npmName}.cjs` },
    files: [...files].sort(),
  };
}

/** Runs a bundle of the command line as its user would. */
export function runCommandLine(file: string, ...args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, [file, ...args], { encoding: 'utf8' });
  if (status === 0) return stdout;
  throw new Error(`${basename(file)} ${args.join(' ')} ended with ${status}:\n${stderr}`);
}

function describeUse(help: string): string {
  return `# ${npmName}

${npmDescription} The companion of the Azure Pipelines task \`AWSAssumeRoleWIF@1\`; it works without it, too.

\`\`\`sh
npx ${npmName} --help
\`\`\`

\`\`\`text
${help.trim()}
\`\`\`

One package without dependencies: what it is made of stands in NOTICE.
`;
}

/** Lays out the npm package in a folder of its own. */
export function stageNpmPackage(folder: string, meta: string, options: ReleaseOptions): void {
  const bundles = Object.keys(readMetafile(meta, 'cli').outputs).map(path => resolve(root, path));
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const bundle of bundles) cpSync(bundle, join(folder, basename(bundle)));
  cpSync(join(root, 'LICENSE'), join(folder, 'LICENSE'));
  writeNotice(join(folder, 'NOTICE'), meta, 'cli');
  writeFileSync(join(folder, 'README.md'), describeUse(runCommandLine(join(folder, `${npmName}.cjs`), '--help')));
  const manifest = describeNpmPackage(options, [...bundles.map(path => basename(path)), 'NOTICE']);
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
}

/** Packs the folder with npm, which runs none of its scripts; returns the archive's path in `target`. */
export function packNpmPackage(folder: string, target: string, version: string): string {
  // One text for a shell: npm is a script on Windows. Nothing in it comes from outside.
  const command = 'npm pack --ignore-scripts --silent';
  const { status, stderr } = spawnSync(command, { cwd: folder, encoding: 'utf8', shell: true });
  if (status !== 0) throw new Error(`npm pack failed:\n${stderr}`);
  const name = `${npmName}-${version}.tgz`;
  writeFileSync(join(target, name), readFileSync(join(folder, name)));
  rmSync(join(folder, name));
  return join(target, name);
}

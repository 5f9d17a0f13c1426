import type { ReleaseOptions } from './options.ts';

function listFiles(files: readonly string[]): string {
  return files.map(file => `  ${file}`).join('\n');
}

function formatCommand({ version, publisher, public: isPublic, repository }: ReleaseOptions): string {
  const others = [
    ...(publisher === undefined ? [] : [`--publisher ${publisher}`]),
    ...(isPublic ? ['--public'] : []),
    ...(repository === undefined ? [] : [`--repository ${repository}`]),
  ];
  return ['npm run release --', `--version ${version}`, ...others, '--write'].join(' ');
}

/** What a person does after the release was made; `changed` are the files that got the version, or would get it. */
export function formatNextSteps(options: ReleaseOptions, changed: readonly string[]): string {
  const { version, write } = options;
  if (changed.length > 0 && !write) {
    return `
Nothing was changed. With --write these files get the version ${version}:
${listFiles(changed)}

Next:
  ${formatCommand(options)}`;
  }
  const commit = [`  git add ${changed.join(' ')}`, `  git commit -m "release: ${version}"`];
  return `
${changed.length > 0 ? `These files have the version ${version} now:\n${listFiles(changed)}` : `The files have the version ${version} already; nothing was changed.`}

Next:
${[...(changed.length > 0 ? commit : []), `  git tag -a v${version} -m "${version}"`, `  git push origin HEAD v${version}`].join('\n')}

The protected tag starts azure-pipelines.yml, which publishes the extension, and .github/workflows/release.yml, which
publishes the npm package and the files for download; both wait for an approval. Compare their checksums with those above
before you approve. Then run the live checks of docs/live-checks.md in an organization that has the extension.`;
}

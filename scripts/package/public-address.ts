import { fieldOf, itemsOf, textOf } from './task-view.ts';

/** An https address of a repository on GitHub or GitLab, without a query, a fragment and a slash at its end. */
export const repositoryPattern = /^https:\/\/[\w.-]+(?:\/[\w.-]+)+$/;

export type Json = Readonly<Record<string, unknown>>;

/** The documentation and what it leads to: files and folders that a package without a public address holds itself. */
export const documentation = ['README.md', 'SECURITY.md', 'CHANGELOG.md', 'docs', 'examples', 'infra'];

/** The address of a file of the repository: of its default branch, on GitHub and GitLab. */
export function addressOf(repository: string, path: string): string {
  return `${repository}/blob/HEAD/${path}`;
}

/** The repository that vss-extension.json names; undefined if it names none. */
export function readRepository(manifest: unknown): string | undefined {
  const uri = textOf(fieldOf(fieldOf(manifest, 'repository'), 'uri'));
  return uri === '' ? undefined : uri;
}

/** Returns the manifest with the links that the Marketplace shows beside the page. */
export function linkManifest(manifest: Json, repository: string): Json {
  const page = (path: string) => ({ uri: addressOf(repository, path) });
  return {
    ...manifest,
    links: {
      getstarted: page('docs/quick-start.md'),
      learn: page('docs/README.md'),
      support: page('docs/troubleshooting.md'),
      issues: { uri: `${repository}/issues` },
      license: page('LICENSE'),
      privacypolicy: page('docs/security-review.md'),
    },
    repository: { type: 'git', uri: repository },
  };
}

/** Returns the manifest of a package that holds its documentation itself. */
export function listDocumentation(manifest: Json): Json {
  return { ...manifest, files: [...itemsOf(manifest['files']), ...documentation.map(path => ({ path }))] };
}

/** Returns task.json with the help link that the editor shows. */
export function linkTask(task: Json, repository: string): Json {
  return { ...task, helpUrl: addressOf(repository, 'docs/README.md') };
}

/**
 * Returns the Marketplace page under the extension's own name, each link to a file of the repository whole. Without a
 * repository such a link becomes its text and the file's path in the package, since the Marketplace opens no file of it.
 */
export function linkOverview(markdown: string, name: string, repository: string | undefined): string {
  return markdown
    .replace(/^# .*$/m, `# ${name.replaceAll('$', '$$$$')}`)
    .replace(/(?<!!)\[([^[\]]+)\]\((?![a-z]+:|#)([^)\s]+)\)/g, (_whole, text: string, path: string) =>
      repository === undefined
        ? `${text} (\`${path.replace(/#.*/, '')}\` in the package)`
        : `[${text}](${addressOf(repository, path)})`,
    );
}

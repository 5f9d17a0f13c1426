import { spawnSync } from 'node:child_process';

/** What git answers; undefined if it fails. */
export type Git = (...args: readonly string[]) => string | undefined;

/** Asks the git repository of a folder. */
export function openGit(folder: string): Git {
  return (...args) => {
    const { status, stdout } = spawnSync('git', args, { cwd: folder, encoding: 'utf8' });
    return status === 0 ? stdout.trimEnd() : undefined;
  };
}

/** Why a release of this version cannot be made from the work tree as it is. */
export function judgeRepository(git: Git, version: string): readonly string[] {
  const changes = git('status', '--porcelain');
  if (changes === undefined) return ['this is no git repository, or git is missing; expected a clean clone.'];
  const tag = git('rev-parse', '--quiet', '--verify', `refs/tags/v${version}^{commit}`);
  const dirty = changes === '' ? [] : [`the work tree has changes; commit them or put them away:\n${changes}`];
  const taken = tag === undefined || tag === git('rev-parse', 'HEAD') ? [] : [describeTag(version, tag)];
  return [...dirty, ...taken];
}

function describeTag(version: string, commit: string): string {
  return `the tag v${version} is on ${commit.slice(0, 12)}, not on this commit; a version is released once.`;
}

import { findDuplicates, quote, type Finding } from './finding.ts';
import { manifestShape } from './manifest-shape.ts';
import { fieldOf, itemsOf, textOf, type TaskView } from './task-view.ts';

/** What the checks read of vss-extension.json, with empty values for what is missing or of the wrong type. */
export type ManifestView = {
  readonly id: string;
  readonly publisher: string;
  readonly version: string;
  readonly icon: string;
  readonly details: string;
  readonly license: string;
  readonly contributionIds: readonly string[];
  readonly contributionFolders: readonly string[];
  readonly paths: readonly string[];
};

/** Reads vss-extension.json leniently, so that one wrong value does not hide what else is wrong. */
export function viewManifest(manifest: unknown): ManifestView {
  const content = fieldOf(manifest, 'content');
  const contributions = itemsOf(fieldOf(manifest, 'contributions'));
  return {
    id: textOf(fieldOf(manifest, 'id')),
    publisher: textOf(fieldOf(manifest, 'publisher')),
    version: textOf(fieldOf(manifest, 'version')),
    icon: textOf(fieldOf(fieldOf(manifest, 'icons'), 'default')),
    details: textOf(fieldOf(fieldOf(content, 'details'), 'path')),
    license: textOf(fieldOf(fieldOf(content, 'license'), 'path')),
    contributionIds: contributions.map(item => textOf(fieldOf(item, 'id'))),
    contributionFolders: contributions.map(item => textOf(fieldOf(fieldOf(item, 'properties'), 'name'))),
    paths: itemsOf(fieldOf(manifest, 'files')).map(item => textOf(fieldOf(item, 'path'))),
  };
}

function checkVersions(manifest: ManifestView, task: TaskView, version: string): readonly Finding[] {
  const versions = { 'vss-extension.json/version': manifest.version, 'task.json/version': task.version };
  return Object.entries(versions)
    .filter(([, found]) => found !== version)
    .map(([at, found]) => ({ at, found: quote(found), expected: quote(version), do: 'Give all files one version.' }));
}

function checkFolders(manifest: ManifestView, task: TaskView): readonly Finding[] {
  const { contributionFolders, paths } = manifest;
  const unlisted = contributionFolders.filter(folder => !paths.includes(folder));
  const strange = contributionFolders.filter(folder => folder !== task.name);
  return [
    ...unlisted.map(folder => ({
      at: 'vss-extension.json/files',
      found: `no path ${quote(folder)}`,
      expected: 'the folder that the contribution names',
      do: 'List the folder, else the task is not packed.',
    })),
    ...strange.map(folder => ({
      at: 'vss-extension.json/contributions',
      found: `the folder ${quote(folder)}`,
      expected: `the task's name, ${quote(task.name)}`,
      do: 'Name the folder as the task.',
    })),
  ];
}

function checkContributionIds({ contributionIds }: ManifestView): readonly Finding[] {
  return findDuplicates(contributionIds).map(id => ({
    at: 'vss-extension.json/contributions',
    found: `the id ${quote(id)} twice`,
    expected: 'each contribution id once',
    do: 'Rename one of them.',
  }));
}

/** All that is wrong with vss-extension.json, on its own and next to task.json, for a package of this version. */
export function checkManifest(manifest: unknown, task: TaskView, version: string): readonly Finding[] {
  const view = viewManifest(manifest);
  return [
    ...manifestShape(manifest, 'vss-extension.json'),
    ...checkVersions(view, task, version),
    ...checkFolders(view, task),
    ...checkContributionIds(view),
  ];
}

import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { viewManifest } from './check-manifest.ts';
import { documentation, linkManifest, linkOverview, linkTask, listDocumentation, type Json } from './public-address.ts';
import { readJson, root } from './read-package.ts';
import { fieldOf, textOf } from './task-view.ts';

function listFiles(path: string): readonly string[] {
  if (extname(path) !== '') return [path];
  return readdirSync(join(root, path), { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile() && !entry.name.startsWith('.'))
    .map(entry =>
      join(entry.parentPath, entry.name)
        .slice(root.length + 1)
        .replaceAll('\\', '/'),
    );
}

function rewrite(path: string, change: (value: Json) => Json): void {
  writeFileSync(path, `${JSON.stringify(change(readJson(path) as Json))}\n`);
}

/** Puts the documentation into a staged folder, for a package whose readers have no other place for it. */
function stageDocumentation(stage: string, manifest: string): void {
  for (const path of documentation.flatMap(listFiles)) cpSync(join(root, path), join(stage, path));
  rewrite(manifest, listDocumentation);
}

const notice = `*** NO PUBLIC ADDRESS: give --repository URL. Without it the Marketplace page, the help and the errors link to no
*** documentation. It is put into the package instead (docs, examples, infra, README.md, SECURITY.md, CHANGELOG.md).`;

/**
 * Writes the public address into a staged folder: into the manifest, the help link and the Marketplace page. Without one,
 * puts the documentation into the folder and says so loudly.
 */
export function stageAddress(stage: string, repository: string | undefined): void {
  const [manifest, page] = [join(stage, 'vss-extension.json'), join(stage, 'overview.md')];
  const staged = readJson(manifest);
  const [folder = ''] = viewManifest(staged).contributionFolders;
  const name = textOf(fieldOf(staged, 'name'));
  writeFileSync(page, linkOverview(readFileSync(page, 'utf8'), name, repository));
  if (repository === undefined) {
    console.log(notice);
    stageDocumentation(stage, manifest);
    return;
  }
  rewrite(manifest, value => linkManifest(value, repository));
  rewrite(join(stage, folder, `${folder}V1`, 'task.json'), value => linkTask(value, repository));
}

import { copyFileSync, cpSync, linkSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../scripts/package/read-package.ts';
import { makeScratchFolder } from '../harness/scratch-folder.ts';

/** What a clone does not have. */
const made = ['node_modules', 'build', 'dist', '.git'];

/** A file once more, without room for its bytes where the disk allows that. */
function linkFile(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch {
    copyFileSync(from, to);
  }
}

function linkTree(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) linkTree(source, target);
    else if (entry.isFile()) linkFile(source, target);
  }
}

/** The project in another folder, as a clone has it. Its packages stand there themselves, so that no path leads back. */
export function copyTree(name: string): string {
  const folder = join(makeScratchFolder(name), 'a folder', 'of another depth');
  mkdirSync(folder, { recursive: true });
  for (const entry of readdirSync(root).filter(one => !made.includes(one))) {
    cpSync(join(root, entry), join(folder, entry), { recursive: true });
  }
  linkTree(join(root, 'node_modules'), join(folder, 'node_modules'));
  return folder;
}

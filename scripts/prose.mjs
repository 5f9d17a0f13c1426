// Finds sentences that sound translated, in the pages and in the texts of the code: node scripts/prose.mjs [FILE...]
// Without files it reads all pages, task.json and the sources. Exit code: 0 nothing found, 1 something found.
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { lintPage } from './prose/lint-page.mjs';
import { lintTexts } from './prose/lint-texts.mjs';

/** @typedef {{ readonly line: number, readonly message: string }} Finding */

const root = resolve(import.meta.dirname, '..');

/** @param {string} folder @param {RegExp} pattern */
function listFiles(folder, pattern) {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .map(path => `${folder}/${path.replaceAll('\\', '/')}`)
    .filter(path => pattern.test(path));
}

function listAll() {
  const pages = ['README.md', 'overview.md', 'SECURITY.md', 'CONTRIBUTING.md'];
  return [
    ...pages,
    ...['docs', 'examples', 'infra'].flatMap(folder => listFiles(folder, /\.md$/)),
    ...['src', 'tasks'].flatMap(folder => listFiles(folder, /\.ts$|\/task\.json$/)),
  ];
}

/** @param {string} path @returns {Promise<readonly Finding[]>} */
async function lintFile(path) {
  const text = readFileSync(resolve(root, path), 'utf8');
  return path.endsWith('.md') ? await lintPage(text) : lintTexts(text, path);
}

const given = process.argv.slice(2).map(path => relative(root, resolve(path)).replaceAll('\\', '/'));
const files = given.length > 0 ? given : listAll();
let count = 0;
for (const path of files) {
  const findings = await lintFile(path);
  for (const { line, message } of findings) console.log(`${path}:${line}: ${message}`);
  count += findings.length;
}
console.log(`prose: ${files.length} files, ${count === 0 ? 'nothing' : count} found`);
process.exitCode = count > 0 ? 1 : 0;

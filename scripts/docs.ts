// Writes the pages that are made from the code: npm run docs
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makePages } from './docs/pages.ts';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

for (const [path, text] of await makePages()) {
  writeFileSync(join(root, path), text);
  console.log(path);
}

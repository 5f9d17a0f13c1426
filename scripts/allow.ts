// Writes scripts/package/allow-list.json again from the last build: packages, parts of Node, environment variables.
//   npm run build && npx tsx scripts/allow.ts [--meta dist]
// What it changes is for a reviewer to judge: look at the difference before it is committed.
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { allowListFile, findNew, findStale, readAllowed, readAllowList } from './package/allow-list.ts';
import { root } from './package/read-package.ts';
import { formatText } from './format-text.ts';

const { values } = parseArgs({ options: { meta: { type: 'string', default: 'dist' } } });
const [found, allowed] = [readAllowList(resolve(root, values.meta)), readAllowed()];
findNew(found, allowed).forEach(one => {
  console.log(`+ ${one.at}: ${one.found}`);
});
findStale(found, allowed).forEach(one => {
  console.log(`- ${one.found}`);
});
writeFileSync(allowListFile, await formatText(allowListFile, JSON.stringify(found)));

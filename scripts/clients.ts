// Runs every client of the matrix in every state and surroundings, and writes docs/clients.md: npm run clients
// Exit code 1: a cell ended as somebody else, or not as the role where it should.
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { clients } from '../test/clients/clients.ts';
import { findFaults, findRoadFaults } from '../test/clients/find-faults.ts';
import { runMatrix } from '../test/clients/matrix.ts';
import { describeClients } from './docs/clients.ts';
import { formatText } from './format-text.ts';

const path = join(dirname(dirname(fileURLToPath(import.meta.url))), 'docs/clients.md');
const report = await runMatrix({ all: true });
const missing = report.clients.filter(({ gap }) => gap !== undefined);
for (const { name, gap } of missing) console.log(`*** SKIPPED: ${name}: ${gap ?? ''} ***`);
for (const { client, surroundings, why } of report.skips) {
  console.log(`*** SKIPPED: ${client || 'every client'}, ${surroundings}: ${why} ***`);
}
const faults = clients.flatMap(client => [...findFaults(client, report.cells), ...findRoadFaults(client, report)]);
for (const fault of faults) console.log(`FAULT: ${fault}\n`);
console.log(`${report.cells.length} cells, ${faults.length} faults`);
if (faults.length > 0) process.exitCode = 1;
else if (missing.length > 0)
  console.log('docs/clients.md stays as it is: it is written only with every client at hand.');
else {
  writeFileSync(path, await formatText(path, describeClients(clients, report)));
  console.log('docs/clients.md');
}

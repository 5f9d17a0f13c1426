import assert from 'node:assert/strict';
import { clients } from './clients.ts';
import { findFaults, findRoadFaults } from './find-faults.ts';
import { runMatrix, type Report } from './matrix.ts';

/** Real clients after the packed task; `npm run clients` tries every cell and writes docs/clients.md. */
describe('clients', function () {
  // For hangs alone: on an idle machine of two cores it takes a minute and a half.
  this.timeout(900_000);
  let report: Report;

  before(async function () {
    if (process.platform !== 'linux') {
      console.log('*** SKIPPED: the matrix of clients runs on Linux only ***');
      this.skip();
    }
    report = await runMatrix({});
    for (const { client, surroundings, why } of report.skips) {
      console.log(`*** SKIPPED: ${client || 'every client'}, ${surroundings}: ${why} ***`);
    }
  });

  for (const client of clients) {
    it(`${client.name} ends as the role, or fails as nobody`, function () {
      const tried = report.clients.find(({ name }) => name === client.name);
      if (tried === undefined || tried.gap !== undefined) {
        console.log(`*** SKIPPED: ${client.name}: ${tried?.gap ?? 'tried by npm run clients alone'} ***`);
        this.skip();
      }
      assert.deepEqual([...findFaults(client, report.cells), ...findRoadFaults(client, report)], []);
      assert.ok(report.cells.some(cell => cell.client === client.name));
    });
  }

  const planted = {
    'metadata open': 'instance',
    'container URL left out': 'instance',
    'helper answers with other keys': 'state not reached',
    'helper answers with nothing': 'state not reached',
  };
  for (const [plant, verdict] of Object.entries(planted)) {
    it(`notices a planted fault: ${plant}`, function () {
      const cell = report.planted.find(one => one.plant === plant);
      if (cell === undefined) {
        console.log(`*** SKIPPED: planted fault, ${plant}: the client that falls for it is not here; see .ci/run ***`);
        this.skip();
      }
      assert.equal(cell.verdict, verdict);
    });
  }
});

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { buildCommandLine, folder } from '../command-line.ts';
import {
  deployPolicy,
  entraArn,
  entraConnection,
  evilConnection,
  nextSubject,
  oldConnection,
  openPolicy,
  startMigration,
  type MigrateScene,
} from '../migrate-scene.ts';

const evilName = '</style><script>alert(1)</script>|`x`';
const roles = [
  { name: 'deploy', path: '/teams/', trustPolicy: deployPolicy },
  { name: 'open', trustPolicy: openPolicy },
];

describe('aws-wif migrate writes pages for a change board', () => {
  let made: MigrateScene;
  before(async () => {
    buildCommandLine();
    made = await startMigration({ roles }, [
      oldConnection,
      entraConnection,
      evilConnection,
      { ...evilConnection, id: '00000000-0000-4000-8000-000000000009', name: evilName },
    ]);
  });
  after(() => made.close());

  const cases = [
    {
      command: 'audit',
      names: ['/teams/deploy', 'Payments/aws-old', 'SubjectPattern', 'infra-main', '2027-07-01', 'Next steps'],
    },
    {
      command: 'plan',
      names: ['/teams/deploy', 'Payments/aws-old', 'SubjectPattern', nextSubject, entraArn, 'aws-wif migrate rollback'],
    },
  ];
  for (const { command, names } of cases) {
    for (const format of ['html', 'markdown']) {
      it(`${command} as ${format}: whole, readable by its owner alone, hostile names as text`, async () => {
        const file = join(mkdtempSync(join(folder, 'page-')), `page.${format}`);
        const ran = await made.migrate(command, '--format', format, '--out', file);
        assert.deepEqual([ran.status, ran.stdout], [1, ''], ran.stderr);
        if (process.platform !== 'win32') assert.equal(statSync(file).mode & 0o777, 0o600);
        const page = readFileSync(file, 'utf8');
        const plain = page.replace(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)));
        for (const name of names) assert.ok(plain.replace(/\\/g, '').includes(name), name);
        for (const mark of ['##vso[', '\u001b', '\u202e']) assert.ok(!page.includes(mark), mark);
        if (format === 'html') assert.doesNotMatch(page, /<script|<img|<a /);
      });
    }
  }

  it('on stdout, too, and not besides --json', async () => {
    const ran = await made.migrate('plan', '--format', 'markdown');
    assert.match(ran.stdout, /^# Plan: /);
    assert.match(ran.stdout, /```diff\n/);
    const both = await made.migrate('plan', '--format', 'html', '--json');
    assert.deepEqual([both.status, both.stdout.includes('Both --json and --format are given')], [2, true]);
  });
});

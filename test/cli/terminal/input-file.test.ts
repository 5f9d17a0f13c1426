import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CliFailure } from '../../../src/cli/terminal/failure.ts';
import { readInputFile } from '../../../src/cli/terminal/input-file.ts';

const text = '{"Version": "2012-10-17", "é": "東京"}';
const little = Buffer.from(text, 'utf16le');
const big = Buffer.from(little).swap16();

const taken: Readonly<Record<string, Uint8Array>> = {
  'UTF-8': Buffer.from(text),
  'UTF-8 with its mark': Buffer.from(`\ufeff${text}`),
  'UTF-16, as Windows PowerShell 5.1 writes it': Buffer.concat([Buffer.from([0xff, 0xfe]), little]),
  'UTF-16, big end first': Buffer.concat([Buffer.from([0xfe, 0xff]), big]),
};

const refused: readonly (readonly [string, Uint8Array, RegExp])[] = [
  ['UTF-16 without a mark', little, /UTF-16 without a byte-order mark.*Out-File -Encoding utf8/s],
  ['UTF-16 without a mark, big end first', big, /UTF-16 without a byte-order mark/],
  ['a Terraform plan', Buffer.from('PK\u0003\u0004\0\0canary'), /zip archive.*terraform show -json/s],
  ['Windows-1252', Buffer.from('canary \u00e9', 'latin1'), /another encoding/],
  ['a binary file', Buffer.from([0xff, 1, 2, 3, 0xc0]), /a binary file/],
  [
    'UTF-16 that ends in the middle',
    Buffer.concat([Buffer.from([0xff, 0xfe]), little.subarray(0, 5)]),
    /is not UTF-8 text/,
  ],
  ['too much', Buffer.alloc(1_000_001, 'c'), /more than 1000000 bytes/],
];

describe('cli/terminal/input-file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'input-file-'));
  after(() => {
    rmSync(folder, { recursive: true });
  });
  const write = (bytes: Uint8Array): string => {
    const path = join(folder, 'input');
    writeFileSync(path, bytes);
    return path;
  };

  for (const [name, bytes] of Object.entries(taken)) {
    it(`reads ${name}`, async () => {
      assert.equal(await readInputFile('--token-file', write(bytes)), text);
    });
  }

  for (const [name, bytes, says] of refused) {
    it(`refuses ${name}, and says why`, async () => {
      await assert.rejects(readInputFile('--token-file', write(bytes)), (thrown: unknown) => {
        assert.ok(thrown instanceof CliFailure && thrown.exit === 2, String(thrown));
        assert.match(thrown.message, says);
        return !thrown.message.includes('canary');
      });
    });
  }
});

describe('cli/terminal/failure, in a file', () => {
  const rows = [
    ['policy', 'The trust policy cannot be read.', 'policy: The trust policy cannot be read.'],
    ['-', 'The text of standard input ends.', 'standard input: The text of standard input ends.'],
  ] as const;
  for (const [file, found, told] of rows) {
    it(`says ${told}`, () => {
      const problem = { code: 'FileUnreadable', found, expected: 'a file.', remedy: 'Look.' } as const;
      assert.equal(new CliFailure(3, [problem]).inFile(file).problems[0]?.found, told);
    });
  }

  for (const [file, found] of [
    ['', /^--file is empty/],
    ['no-file', /^The file given with --file, no-file, cannot/],
  ] as const) {
    it(`names "${file}" once`, async () => {
      await assert.rejects(readInputFile('--file', file), (thrown: CliFailure) => {
        assert.match(thrown.inFile(file).problems[0]?.found ?? '', found);
        return true;
      });
    });
  }
});

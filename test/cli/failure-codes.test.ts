import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { errorCodes } from '../../src/errors.ts';
import { leftOutCodes } from '../../src/migration/left-out.ts';
import { problemCodes } from '../../src/problem.ts';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const lists = { problemCodes, leftOutCodes };
const known = new Set<string>([...errorCodes, ...Object.values(lists).flat()]);

interface Source {
  readonly file: string;
  readonly text: string;
}

function readSources(): readonly Source[] {
  return ['account', 'cli', 'setup', 'migration', 'thumbprint', 'lambda'].flatMap(readFolder);
}

function readFolder(folder: string): readonly Source[] {
  return readdirSync(join(root, 'src', folder), { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.ts'))
    .map(name => ({ file: join('src', folder, name), text: readFileSync(join(root, 'src', folder, name), 'utf8') }));
}

/** The codes that a source gives to its failures, by the form in which all of them are written. */
function findCodes(text: string): readonly string[] {
  return [...text.matchAll(/\bcode: '([A-Z][A-Za-z]+)'/g)].map(([, code = '']) => code);
}

describe('the codes of failures', () => {
  const sources = readSources();

  it('stand in a closed list, every one', () => {
    const used = sources.flatMap(({ file, text }) => findCodes(text).map(code => ({ file, code })));
    assert.ok(used.length > 40, `${used.length} codes were found`);
    assert.deepEqual(
      used.filter(({ code }) => !known.has(code)),
      [],
    );
  });

  for (const [name, list] of Object.entries(lists)) {
    it(`of ${name} are all in use, and each is there once`, () => {
      assert.equal(new Set(list).size, list.length);
      const all = sources.map(({ text }) => text.replace(/export const \w+Codes = \[[^\]]*\]/, '')).join('\n');
      const host = readFolder('host')
        .map(({ text }) => text)
        .join('\n');
      assert.deepEqual(
        list.filter(code => !`${all}${host}`.includes(`'${code}'`)),
        [],
      );
    });
  }

  it('would be found where one stands in none', () => {
    assert.deepEqual(findCodes("const x = { code: 'Declined', found: '' };"), ['Declined']);
    assert.equal(known.has('Declined'), false);
  });
});

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { attacks } from './security-attacks.ts';

const root = resolve(import.meta.dirname, '../..');

interface Row {
  readonly attacker: string;
  readonly sentences: readonly string[];
  readonly tests: readonly string[];
}

function readPart(page: string, heading: string): string {
  const [, rest = ''] = page.split(`\n## ${heading}\n`);
  return rest.split('\n## ')[0] ?? '';
}

/** The threats with their sentences, without those about what is not defended, and with their tests of the appendix. */
function readRows(page: string): readonly Row[] {
  const appendix = readPart(page, 'Appendix: the tests');
  const threats = readPart(page, 'What is defended')
    .split(/^#### /m)
    .slice(1);
  return threats.map(threat => {
    const [attacker = ''] = threat.split('\n');
    const entry = appendix.split('\n').find(line => line.startsWith(`- **${attacker}:** `)) ?? '';
    return {
      attacker,
      sentences: [...threat.matchAll(/^- (?!Not defended: )(.+)$/gm)].map(([, sentence = '']) => sentence),
      tests: [...entry.matchAll(/\]\(test\/([^)]+)\.test\.ts\)/g)].map(([, file = '']) => file),
    };
  });
}

const rows = readRows(readFileSync(resolve(root, 'SECURITY.md'), 'utf8'));

describe('docs/security: each sentence of SECURITY.md has its attack', () => {
  it('and no attack is for a sentence that is gone', () => {
    const sentences = rows.flatMap(row => row.sentences);
    assert.deepEqual(
      sentences.map(
        sentence => attacks.find(([begins]) => sentence.startsWith(begins))?.[0] ?? `no attack: ${sentence}`,
      ),
      attacks.map(([begins]) => begins),
    );
  });

  for (const { attacker, sentences, tests } of rows) {
    it(`${attacker}: by tests that the row names`, () => {
      const named = sentences.flatMap(
        sentence => attacks.find(([begins]) => sentence.startsWith(begins))?.slice(1) ?? [],
      );
      assert.deepEqual(
        [named, tests].map(list => list.length > 0),
        [true, true],
      );
      for (const test of tests) assert.ok(existsSync(resolve(root, 'test', `${test}.test.ts`)), test);
      for (const [file = '', name = ''] of named as readonly (readonly [string, string])[]) {
        assert.ok(tests.includes(file), `the row does not name ${file}`);
        const source = readFileSync(resolve(root, 'test', `${file}.test.ts`), 'utf8');
        assert.ok(source.includes(name), `${file} has no test named ${name}`);
      }
    });
  }
});

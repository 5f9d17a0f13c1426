import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { problemCodes } from '../../src/problem.ts';
import { errorCodes } from '../../src/errors.ts';
import { findingCodes } from '../../src/trust/findings/finding.ts';
import { readPage, root } from './pages.ts';

const page = readPage('docs/troubleshooting.md');

/** The product's sources, each as one text in which no sentence is broken over lines. */
function readSources(): readonly string[] {
  return ['src', 'tasks'].flatMap(folder =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter(path => path.endsWith('.ts'))
      .map(path => readFileSync(join(root, folder, path), 'utf8'))
      .map(text => text.replace(/\\'/g, "'").replace(/['"`] \+\s*['"`]/g, '')),
  );
}

/** Functions whose callers name no code. */
const tellers: Readonly<Partial<Record<string, string>>> = { InputInvalid: 'faulty(', UsageWrong: 'wrongUsage(' };

/** Whether a source says something under a code. */
function isSaid(source: string, code: string, parts: readonly string[]): boolean {
  const teller = tellers[code];
  const names = new RegExp(`\\b${code}\\b`).test(source) || (teller !== undefined && source.includes(teller));
  return names && parts.every(part => source.includes(part));
}

/** Sections of a page by their headings of the third level. */
function readSections(): ReadonlyMap<string, string> {
  const parts = page.text.split(/^### /m).slice(1);
  return new Map(
    parts.map(part => [/^.*/.exec(part)?.[0] ?? '', part.split(/^## /m)[0]?.split('\n').slice(1).join('\n') ?? '']),
  );
}

/** Codes in the first column of tables that list codes, and those that begin the entries of lists. */
function readRows(): readonly string[] {
  const tables = page.text.split(/^## /m).filter(part => /^\| (?:code|finding) /m.test(part));
  const cells = tables.flatMap(part => [...part.matchAll(/^\|((?:[^|\n]*`[A-Z]\w+`,?)+) +\|/gm)]);
  const entries = [...page.text.matchAll(/^- ((?:`[A-Z]\w+`(?:, )?)+):/gm)];
  return [...cells, ...entries].flatMap(([, codes = '']) => codes.match(/[A-Z]\w+/g) ?? []);
}

/** The closed lists of codes in a source, by name. */
function readCodeLists(source: string): readonly (readonly [string, readonly string[]])[] {
  return [...source.matchAll(/export const (\w+Codes) = \[([^\]]*)\]/g)].map(
    ([, name = '', body = '']) => [name, [...body.matchAll(/'(\w+)'/g)].map(([, code = '']) => code)] as const,
  );
}

describe('docs/error-codes', () => {
  const rows = readRows();
  const sources = readSources();
  const sections = readSections();
  const codes = page.headings.filter(({ level }) => level === 3).map(({ text }) => text);

  it('has a heading for each code of the task, and for nothing but codes', () => {
    const known: readonly string[] = [...errorCodes, ...problemCodes];
    assert.deepEqual(
      codes.filter(code => !known.includes(code)),
      [],
    );
    assert.deepEqual(
      errorCodes.filter(code => !codes.includes(code)),
      [],
    );
    assert.equal(new Set(codes).size, codes.length);
  });

  for (const code of codes) {
    describe(code, () => {
      const section = sections.get(code) ?? '';

      it('has a message, a cause and a remedy', () => {
        for (const part of ['Message', 'Cause', 'Remedy']) assert.match(section, new RegExp(`^- ${part}: \\S`, 'm'));
      });

      const messages = /^- Message: (.*)$/m.exec(section)?.[1] ?? '';
      for (const [, message = ''] of messages.matchAll(/`([^`]+)`/g)) {
        it(`is said as: ${message}`, () => {
          const parts = message.split('…').map(part => part.trim());
          assert.ok(
            sources.some(source => isSaid(source, code, parts)),
            `no source says it under ${code}`,
          );
        });
      }

      it('quotes a message', () => {
        assert.match(messages, /`[^`]{12,}`/);
      });
    });
  }

  describe('has every code of every closed list', () => {
    const lists = sources.flatMap(readCodeLists);

    for (const [name, listed] of lists) {
      it(name, () => {
        assert.deepEqual(
          listed.filter(code => !sections.has(code) && !rows.includes(code)),
          [],
        );
      });
    }

    it('reads the lists as they are', () => {
      const read = new Map(lists);
      assert.deepEqual(
        [read.get('errorCodes'), read.get('problemCodes'), read.get('findingCodes')],
        [errorCodes, problemCodes, findingCodes],
      );
    });

    it('and every code that stands somewhere by itself', () => {
      const literal = new Set(
        sources.flatMap(source => [...source.matchAll(/\bcode: '([A-Z][a-z]\w+)'/g)].map(([, code = '']) => code)),
      );
      assert.deepEqual(
        [...literal].filter(code => !sections.has(code) && !rows.includes(code)),
        [],
      );
    });
  });

  for (const code of rows) {
    it(`${code} of a table is one that the sources know`, () => {
      assert.ok(
        sources.some(source => source.includes(`'${code}'`)),
        'no source knows it',
      );
    });
  }

  const warnings = page.text.split(/^## Warnings$/m)[1]?.split(/^## /m)[0] ?? '';
  for (const [, warning = ''] of warnings.matchAll(/^- (?:`[A-Z]\w+`: )?`([^`]+)`/gm)) {
    it(`a warning is said as: ${warning}`, () => {
      assert.ok(
        sources.some(source => warning.split('…').every(part => source.includes(part.trim()))),
        'no source says it',
      );
    });
  }
});

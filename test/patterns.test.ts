import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createContext, Script } from 'node:vm';
import { RegExpParser, type AST } from '@eslint-community/regexpp';
import type { Node } from 'typescript';
import { ts } from '../scripts/package/read-syntax.ts';

/**
 * Longer than any text that a pattern meets but the body of an answer, which is as long. In what linear patterns do at
 * once a quadratic one takes two hundred million steps.
 */
const length = 20_000;

/** A hang, and not a measure of speed: linear patterns take a few milliseconds. */
const hangMs = 300;

interface Found {
  readonly where: string;
  readonly pattern: RegExp;
}

/** Every regular expression that is written in the sources, found by TypeScript's own parser. */
function findPatterns(): readonly Found[] {
  return ['src', 'tasks'].flatMap(listFiles).flatMap(path => {
    const file = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest);
    const found: Found[] = [];
    const visit = (node: Node): void => {
      if (ts.isRegularExpressionLiteral(node)) found.push({ where: path, pattern: readLiteral(node.text) });
      ts.forEachChild(node, visit);
    };
    visit(file);
    return found;
  });
}

function listFiles(folder: string): readonly string[] {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return names.filter(name => name.endsWith('.ts')).map(name => join(folder, name));
}

function readLiteral(text: string): RegExp {
  const end = text.lastIndexOf('/');
  return new RegExp(text.slice(1, end), text.slice(end + 1));
}

type Part = AST.Element | AST.Alternative | AST.Pattern;

/** A text that a part of a pattern matches, as short as is easily found. */
function example(part: Part): string {
  switch (part.type) {
    case 'Pattern':
    case 'Group':
    case 'CapturingGroup':
      return example(part.alternatives[0] ?? assert.fail());
    case 'Alternative':
      return part.elements.map(example).join('');
    case 'Quantifier':
      return example(part.element).repeat(Math.max(1, part.min));
    case 'Character':
      return String.fromCodePoint(part.value);
    case 'CharacterClass':
    case 'CharacterSet':
    case 'ExpressionCharacterClass':
      return Array.from('a1 -\t/=.;,#$"\u00e9').find(one => new RegExp(`^${part.raw}$`, 'u').test(one)) ?? 'a';
    case 'Assertion':
    case 'Backreference':
      return '';
  }
}

/** All parts of a pattern, and what stands before each of them. */
function listParts(part: Part, before: string): readonly { readonly before: string; readonly text: string }[] {
  const own = { before, text: example(part) };
  switch (part.type) {
    case 'Pattern':
    case 'Group':
    case 'CapturingGroup':
      return [own, ...part.alternatives.flatMap(one => listParts(one, before))];
    case 'Alternative':
      return part.elements.flatMap((one, index) => {
        // Of a word the whole is repeated, not each of its beginnings.
        if (one.type === 'Character' && part.elements[index + 1]?.type === 'Character') return [];
        const prefix = before + part.elements.slice(0, index).map(example).join('');
        return listParts(one, prefix);
      });
    case 'Quantifier':
      return [own, ...listParts(part.element, before)];
    case 'Character':
    case 'CharacterClass':
    case 'CharacterSet':
    case 'ExpressionCharacterClass':
    case 'Assertion':
    case 'Backreference':
      return [own];
  }
}

/**
 * What makes a backtracking matcher slow: each part repeated, behind what comes before it and alone; the beginnings
 * repeated, with each part repeated behind them; and an end that fits nowhere.
 */
function attack(pattern: RegExp): readonly string[] {
  const tree = new RegExpParser().parsePattern(pattern.source, 0, pattern.source.length, { unicode: pattern.unicode });
  const parts = listParts(tree, '');
  const fill = (text: string, long: number): string => text.repeat(Math.ceil(long / Math.max(1, text.length)));
  const texts = parts.flatMap(({ before, text }) => [
    before + fill(text, length),
    fill(before + text, length),
    fill(before, length / 2) + fill(text, length / 2),
    fill(`${text} `, length),
  ]);
  return [...new Set(texts)].flatMap(text => [`${text}\u0000`, `!${text}\n!`]);
}

/** Without anything that repeats, nothing can be slow. */
const repeats = /[*+]|\{\d+,?\d*\}/;

/** Both ways in which a pattern is used: a match at one place, and all matches in a text. */
const use = new Script('texts.forEach(text => pattern.global ? text.replace(pattern, "") : pattern.test(text))');

/** Counts the processor's time: beside other busy processes the clock runs ahead of it. */
function isSlow(pattern: RegExp, limit: number, timeout = limit): boolean {
  const before = process.cpuUsage();
  try {
    use.runInContext(createContext({ pattern, texts: attack(pattern) }), { timeout });
    return false;
  } catch (thrown) {
    // The error is of the context that it was thrown in.
    assert.match(String(thrown), /Script execution timed out/);
    const { user, system } = process.cpuUsage(before);
    return user + system > 500 * limit || isSlow(pattern, limit, 2 * timeout);
  }
}

describe('patterns', function () {
  this.timeout(120_000);
  const found = findPatterns();
  const distinct = new Map(found.map(one => [String(one.pattern), one] as const));

  it('finds what is written', () => {
    assert.ok(found.length > 100);
    assert.ok(
      found.some(
        ({ where, pattern }) => where === 'src/session/role-arn-mistakes.ts' && pattern.source.includes('role'),
      ),
    );
  });

  for (const slow of [/(a+)+$/, /a+$/, /a.*b.*c/s, /arn:.*[,;\s]+arn:/s, /^\s*(.*?)\s*=\s*(.*?)\s*$/, /x*y/]) {
    it(`would find ${String(slow)}`, () => {
      assert.ok(repeats.test(slow.source) && isSlow(slow, 100));
    });
  }

  it('each is linear: no text of 20,000 characters holds it up', () => {
    const repeating = [...distinct.values()].filter(({ pattern }) => repeats.test(pattern.source));
    assert.ok(repeating.length > 50);
    const slow = repeating.filter(({ pattern }) => isSlow(pattern, hangMs));
    assert.deepEqual(
      slow.map(({ where, pattern }) => `${where}: ${String(pattern)}`),
      [],
    );
  });
});

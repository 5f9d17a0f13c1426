import assert from 'node:assert/strict';
import { readPages } from './pages.ts';

/** Sentences long enough to be more than a phrase, with the page that they stand on. */
function listSentences(path: string, text: string): readonly (readonly [string, string])[] {
  const prose = text.replace(/^```[\s\S]*?^```$/gm, '').replace(/[|#*>]|^- (?:Message|Cause|Remedy): /gm, ' ');
  return prose
    .split(/(?<=[.?!])\s+/)
    .map(sentence => sentence.replace(/\s+/g, ' ').trim())
    .filter(sentence => sentence.length > 50)
    .map(sentence => [sentence, path] as const);
}

describe('docs/sentences', () => {
  const pages = readPages().filter(({ path }) => path.startsWith('docs/'));

  it('stand in one page each: another page has a link instead', () => {
    const seen = new Map<string, string>();
    const twice = pages
      .flatMap(({ path, text }) => listSentences(path, text))
      .flatMap(([sentence, path]) => {
        const first = seen.get(sentence);
        seen.set(sentence, path);
        return first === undefined || first === path ? [] : [`${first} and ${path}: ${sentence}`];
      });
    assert.deepEqual(twice, []);
  });

  for (const { path, text } of pages) {
    it(`${path} begins with one title and names nobody's machine`, () => {
      assert.match(text, /^# \S/);
      assert.equal(
        text.match(/^# /gm)?.length,
        1 + (text.match(/^```[\s\S]*?^```$/gm) ?? []).join('\n').split(/^# /m).length - 1,
      );
      assert.doesNotMatch(text, /\/(?:home|root|tmp|work)\/|localhost:/);
    });
  }
});

import assert from 'node:assert/strict';
import { renderHtml } from '../../../src/cli/pages/html.ts';
import { fillPage, hostileNames, unseen } from './hostile-page.ts';

/** Returns what an element's text means: character references alone, since nothing else is in it. */
function decode(html: string): string {
  assert.doesNotMatch(html, /[<>"']|&(?!#\d+;)/);
  return html.replace(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)));
}

describe('pages/html', () => {
  const empty = renderHtml(fillPage(''));
  const frame = empty.split('\n').map(line => line.replace(/<style>.*/, '<style>'));

  for (const { name, shown } of [...hostileNames.map(one => ({ name: one, shown: one })), ...unseen]) {
    it(`shows ${JSON.stringify(name)} as text in every place`, () => {
      const html = renderHtml(fillPage(name));
      assert.match(html, /^[\n\u0020-\u007e]*$/);
      const tags = (text: string) => text.replace(/data-label="[^"]*"/g, 'data-label').match(/<[^>]*>/g);
      assert.deepEqual(tags(html), tags(empty));
      const body = html.slice(html.indexOf('<body>')).replace(/data-label="([^"]*)"/g, '>$1<');
      const texts = body.split(/<[^>]*>|[<>]/).map(decode);
      // Title, heading, paragraph, note, count, item, two of the column, two cells; code, whose lines are its own.
      const isLines = name.includes('\n');
      assert.equal(texts.filter(text => text === shown).length, isLines ? 10 : 11, texts.join(' / '));
    });
  }

  it('has nothing that is loaded or run, and forbids it', () => {
    assert.ok(frame.length > 20);
    assert.doesNotMatch(empty, /<(?:script|link|img|iframe|object|base)\b|\b(?:src|href|style|on\w+)=|url\(|@import/i);
    assert.match(empty, /Content-Security-Policy" content="default-src 'none'; style-src 'sha256-[\w+/]+=*'; /);
  });

  it('shows no logging command of the agent', () => {
    for (const text of ['##vso[task.setvariable variable=x]y', '##[error]x'])
      assert.doesNotMatch(renderHtml(fillPage(text)), /##(?:vso)?\[/i);
  });
});

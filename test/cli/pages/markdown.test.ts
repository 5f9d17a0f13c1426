import assert from 'node:assert/strict';
import MarkdownIt from 'markdown-it';
import { renderMarkdown } from '../../../src/cli/pages/markdown.ts';
import { fillPage, hostileNames, unseen } from './hostile-page.ts';

/** As GitHub and Azure DevOps read it: HTML counts, and bare names become links. */
const reader = new MarkdownIt({ html: true, linkify: true });

/** The texts of the tokens that a reader sees, without those of our own. */
function readTexts(markdown: string): readonly string[] {
  const inlines = reader.parse(markdown, {}).filter(({ type }) => type === 'inline' || type === 'fence');
  return inlines.map(({ type, content, children }) => {
    if (type === 'fence') return content.replace(/\n$/, '');
    const parts = children ?? [];
    const own = ['text', 'code_inline', 'html_inline', 'strong_open', 'strong_close', 'softbreak'];
    assert.deepEqual(
      parts.filter(
        ({ type: kind, content: html }) => !own.includes(kind) || (kind === 'html_inline' && html !== '<br>'),
      ),
      [],
      markdown,
    );
    return parts.map(({ type: kind, content: text }) => (kind === 'html_inline' ? '\n' : text)).join('');
  });
}

describe('pages/markdown', () => {
  const cases = [...hostileNames.map(name => ({ name, shown: name })), ...unseen];
  for (const { name, shown } of cases) {
    it(`shows ${JSON.stringify(name)} as text in every place`, () => {
      const text = shown.trim();
      const code = name.includes('\n') ? name : shown;
      assert.deepEqual(readTexts(renderMarkdown(fillPage(name))), [
        ...[text, text, text, `Attention: ${text}`, `2 ${text}`, text],
        ...[text, 'plain', text, `${text}\n`, code],
      ]);
    });
  }

  it('shows no logging command of the agent', () => {
    for (const text of ['##vso[task.setvariable variable=x]y', '##[error]x'])
      assert.doesNotMatch(renderMarkdown(fillPage(text)), /##(?:vso)?\[/i);
  });
});

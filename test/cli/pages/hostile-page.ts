import type { Page } from '../../../src/cli/pages/page.ts';

/** Names that somebody could give to a role, a connection, a tag: each would do something if it is not escaped. */
export const hostileNames = [
  '</style><script>document.title="run"</script>',
  '<img src=x onerror=alert(1)>',
  '"><svg/onload=alert(1)>',
  "' onmouseover='alert(1)",
  '&lt;b&gt; &amp;amp;',
  '| a | b |',
  'a\\|b',
  'a | http://example.com/|x',
  '`code` ``two`` ```',
  '*bold* _italic_ ~~gone~~',
  '[text](https://evil.example/x)',
  '![text](https://evil.example/x.png)',
  'https://evil.example/a|b',
  '@someone #123 !45',
  '# heading',
  '1. list',
  '- list',
  '+ list',
  '> quote',
  '--- ',
  '$x^2$ {{x}} :smile:',
  'Zoë 東京 🚀',
];

/** What a reader could not see, and how it is shown. */
export const unseen = [
  { name: 'right\u202eleft', shown: 'right\\u202eleft' },
  { name: 'esc\u001b[31m', shown: 'esc\\u001b[31m' },
  { name: 'line\nbreak', shown: 'line\\u000abreak' },
  { name: 'zero\u200bwidth', shown: 'zero\\u200bwidth' },
  { name: 'half \ud800', shown: 'half \\ud800' },
  { name: 'null\u0000', shown: 'null\\u0000' },
] as const;

/** Returns a page that has a text in every place. */
export function fillPage(text: string): Page {
  return {
    title: text,
    blocks: [
      { kind: 'heading', text },
      { kind: 'paragraph', text },
      { kind: 'note', text, tone: 'bad' },
      { kind: 'counts', counts: [{ count: 2, label: text, tone: 'warn' }] },
      { kind: 'list', items: [text] },
      { kind: 'table', columns: [text, 'plain'], rows: [{ cells: [text, [text, '']], tone: 'bad' }] },
      { kind: 'code', text, language: 'json' },
    ],
  };
}

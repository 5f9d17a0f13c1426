import assert from 'node:assert/strict';
import fc from 'fast-check';
import markdownIt from 'markdown-it';
import { errorCodes, type Fault } from '../../src/errors.ts';
import { renderFailure } from '../../src/handoff/failure-summary.ts';
import { quoteCell, quoteProse, quoteText } from '../../src/handoff/markdown.ts';
import { renderSummary, type SessionRow } from '../../src/handoff/summary.ts';
import type { Claims } from '../../src/identity/claims.ts';
import type { Session } from '../../src/session/credentials.ts';
import { roleIn, sessionOf } from './sessions.ts';
import { scaleRuns } from '../hardness/fuzz/check.ts';

const organizationId = '0ca3ddd9-f0b0-4635-a98c-5866526961b6';
const claims: Claims = {
  iss: `https://vstoken.dev.azure.com/${organizationId}`,
  sub: 'sc://contoso/Payments/aws',
  aud: ['api://AzureADTokenExchange'],
  azp: undefined,
  iat: 1_790_000_000,
  exp: 1_790_000_300,
};

/** Everything that a reader of Markdown might turn into something: HTML, links on their own, tables. */
const markdown = markdownIt({ html: true, linkify: true, typographer: false });

/** The kinds of what Markdown makes of a text, blocks and what is in them. */
function kindsOf(text: string): readonly string[] {
  return markdown.parse(text, {}).flatMap(token => [token.type, ...(token.children ?? []).map(child => child.type)]);
}

/** The contents of all code spans, in order. */
function spansOf(text: string): readonly string[] {
  return markdown
    .parse(text, {})
    .flatMap(token => token.children ?? [])
    .filter(({ type }) => type === 'code_inline')
    .map(({ content }) => content);
}

/** What a reader sees of the inline parts, code spans included. */
function textOf(text: string): string {
  const inline = markdown.parse(text, {}).flatMap(token => (token.type === 'inline' ? [token.children ?? []] : []));
  return inline.map(children => children.map(({ content }) => content).join('')).join('\n');
}

/** What sentences of a failure may become: text, code spans, and our own list and headings. */
const harmlessKinds = [
  ...['bullet_list_open', 'bullet_list_close', 'list_item_open', 'list_item_close', 'inline', 'text', 'code_inline'],
  ...['paragraph_open', 'paragraph_close', 'heading_open', 'heading_close', 'strong_close', 'text_special'],
];

function countOf(kinds: readonly string[], kind: string): number {
  return kinds.filter(found => found === kind).length;
}

const dangerous = ['html_block', 'html_inline', 'link_open', 'image', 'em_open', 'strong_open', 's_open', 'fence'];

const hostile = [
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '</code><b>',
  '<!-- ',
  '&lt;b&gt;',
  '[click](https://evil.example)',
  '![pixel](https://evil.example/p.png)',
  '<https://evil.example>',
  'https://evil.example',
  'www.evil.example',
  '[a]: https://evil.example',
  '[[wiki]]',
  '`',
  '``',
  '```',
  '` <b> `',
  '`` <b> ``',
  'a`b``c```d',
  '`a',
  'a`',
  '\\',
  '\\`<b>',
  'a\\',
  '|',
  'a | b',
  '| --- |',
  '|a|b|',
  '`|`',
  'a\\|b',
  '# heading',
  '- item',
  '1. item',
  '> quote',
  '---',
  '***',
  '**bold**',
  '_em_',
  '~~gone~~',
  '    code',
  'a\nb',
  'a\n\n# heading',
  'a\r\n\r\n| x |',
  'a\u2028b',
  'a\u202eb',
  '\u001b[31m',
  '##vso[task.setvariable variable=PATH]x',
  ' ',
  '',
  '\u0000',
  '$(AWS_SECRET_ACCESS_KEY)',
  '@everyone #42 !7',
];

/** A session whose every outside text is hostile. */
function hostileRow(text: string): SessionRow {
  const session: Session = sessionOf({ ...roleIn('111111111111', 'deploy'), text, accountId: text }, text);
  return { profile: text, session, region: text, isDefault: false };
}

const hostileText = fc.oneof(
  fc.string(),
  fc.string({
    unit: fc.constantFrom('`', '|', '\\', '<', '>', '[', ']', '(', ')', '\n', ' ', '*', '_', '#', '-', 'a'),
  }),
  // As fc.string({ unit: 'binary' }), which makes a map of a million characters first.
  fc.array(fc.integer({ min: 0, max: 0x10ffff })).map(points => String.fromCodePoint(...points)),
);

function assertHarmless(text: string): readonly string[] {
  const kinds = kindsOf(text);
  for (const kind of dangerous) assert.ok(!kinds.includes(kind), `${kind} in ${JSON.stringify(text)}`);
  return kinds;
}

describe('handoff/summary', () => {
  describe('the summary of a step that succeeded', () => {
    const rows: readonly SessionRow[] = [
      {
        profile: 'azure-pipelines',
        session: sessionOf(roleIn('111111111111', 'deploy')),
        region: 'eu-west-1',
        isDefault: true,
      },
      {
        profile: undefined,
        session: sessionOf(roleIn('222222222222', 'audit')),
        region: 'us-east-1',
        isDefault: false,
      },
    ];
    const text = renderSummary(rows, claims);

    for (const part of [
      'azure-pipelines',
      'arn:aws:iam::111111111111:role/deploy',
      '111111111111',
      'eu-west-1',
      'infra-main-4711-1',
      '2026-10-01T13:00:00Z (in 60 minutes)',
      'arn:aws:iam::222222222222:role/audit',
      claims.iss,
      claims.sub,
      'api://AzureADTokenExchange',
    ]) {
      it(`shows ${part}`, () => {
        assert.ok(spansOf(text).includes(part), text);
      });
    }

    it('marks the default profile, and no other', () => {
      assert.deepEqual(text.match(/`.*` is the default profile/g), ['`azure-pipelines` is the default profile']);
    });

    it('holds no secret', () => {
      assert.doesNotMatch(text, /canary/i);
    });

    it('is one table of as many rows as there are roles', () => {
      const kinds = kindsOf(text);
      assert.equal(countOf(kinds, 'table_open'), 1);
      assert.equal(countOf(kinds, 'tr_open'), 3);
      assert.equal(countOf(kinds, 'td_open'), 12);
    });

    it('shows the authorized party next to the audience, which is what AWS compares', () => {
      const azp = '499b84ac-1321-427f-aa17-267ca6975798';
      assert.ok(spansOf(renderSummary(rows, { ...claims, azp })).includes(`azp ${azp}`));
    });
  });

  describe('the summary of a step that failed', () => {
    const faults: readonly Fault[] = [
      { code: 'StsAccessDenied', found: 'found this.', expected: 'expected that.', remedy: 'do this.' },
      { code: 'AccountNotAllowed', found: 'found more.', expected: 'less.', remedy: 'do that.' },
    ];

    it('shows every fault: its code, what was found, what was expected and what to do', () => {
      const text = renderFailure(faults);
      for (const { code, ...parts } of faults) {
        assert.ok(text.includes(`**${code}**`));
        for (const part of Object.values(parts)) assert.ok(textOf(text).includes(part), part);
      }
    });

    it('writes no code in a way that Markdown would change', () => {
      for (const code of errorCodes) assert.match(code, /^[A-Za-z]+$/);
    });
  });

  describe('all outside text is escaped: HTML, links, tables, backticks', () => {
    for (const text of hostile) {
      it(`in every part of a summary: ${JSON.stringify(text)}`, () => {
        const kinds = assertHarmless(
          renderSummary([hostileRow(text), hostileRow('x')], { ...claims, iss: text, sub: text }),
        );
        assert.equal(countOf(kinds, 'tr_open'), 3);
        assert.equal(countOf(kinds, 'td_open'), 12);
        assert.equal(countOf(kinds, 'table_open'), 1);
        assert.equal(countOf(kinds, 'heading_open'), 1);
        assert.equal(countOf(kinds, 'list_item_open'), 3);
      });

      it(`in every part of a failure: ${JSON.stringify(text)}`, () => {
        const fault: Fault = { code: 'StsAccessDenied', found: text, expected: text, remedy: text };
        const kinds = kindsOf(renderFailure([fault, fault])).filter(kind => kind !== 'strong_open');
        for (const kind of dangerous) assert.ok(!kinds.includes(kind), kind);
        assert.equal(countOf(kinds, 'list_item_open'), 6);
        assert.equal(countOf(kinds, 'heading_open'), 1);
        assert.equal(countOf(kinds, 'table_open'), 0);
        assert.deepEqual(
          kinds.filter(kind => !harmlessKinds.includes(kind)),
          [],
          kinds.join(),
        );
      });
    }

    for (const [sentence, spans] of [
      ['The aud is api://AzureADTokenExchange, and no azp.', ['api://AzureADTokenExchange']],
      ['Ask a@b.example about #42 (see https://x.example/a)', ['a@b.example', '#42', 'https://x.example/a']],
      ['Nothing here is a link.', []],
    ] as const) {
      it(`and makes code of the word that looks like a link alone: ${sentence}`, () => {
        assert.deepEqual(spansOf(`- ${quoteProse(sentence)}`), spans);
        assert.equal(textOf(`- ${quoteProse(sentence)}`), sentence);
      });
    }

    it('whatever the sentence: text and code spans, and nothing beside them', () => {
      fc.assert(
        fc.property(hostileText, text => {
          for (const line of [`- ${quoteProse(text)}`, `- Found: ${quoteProse(text)}`]) {
            const kinds = kindsOf(line);
            assert.deepEqual(
              kinds.filter(kind => !harmlessKinds.includes(kind)),
              [],
              `${line}: ${kinds.join()}`,
            );
            assert.equal(countOf(kinds, 'list_item_open'), 1, line);
          }
        }),
        scaleRuns(5),
      );
    });

    it('whatever the text: one code span, and nothing beside it', () => {
      fc.assert(
        fc.property(hostileText, text => {
          const inner = markdown.parseInline(`x ${quoteText(text)} y`, {})[0]?.children ?? [];
          assert.deepEqual(
            inner.map(({ type }) => type),
            ['text', 'code_inline', 'text'],
          );
        }),
        scaleRuns(5),
      );
    });

    it('whatever the text: one cell of a table, and nothing beside it', () => {
      fc.assert(
        fc.property(hostileText, text => {
          const table = `| a | b |\n| --- | --- |\n| ${quoteCell(text)} | ${quoteCell('x')} |\n`;
          const kinds = assertHarmless(table);
          assert.equal(countOf(kinds, 'td_open'), 2);
          assert.equal(countOf(kinds, 'code_inline'), 2);
        }),
        scaleRuns(5),
      );
    });

    it('whatever the names of a whole summary', () => {
      fc.assert(
        fc.property(hostileText, hostileText, (one, two) => {
          const kinds = assertHarmless(renderSummary([hostileRow(one)], { ...claims, sub: two, iss: one, azp: two }));
          assert.equal(countOf(kinds, 'td_open'), 6);
          assert.equal(countOf(kinds, 'heading_open'), 1);
          assert.equal(countOf(kinds, 'list_item_open'), 3);
        }),
        { numRuns: 500 },
      );
    });

    for (const text of [
      '1. a',
      '1) b',
      '127.0.0.1:9 refused',
      'a proxy at 10.0.0.1',
      '- c',
      '+ d',
      '# e',
      '> f',
      'g_h_ *i* `j`',
      'k.com, l',
      '[m](n)',
      '~~o~~ | p',
    ]) {
      it(`and shows the sentence ${text} as it is`, () => {
        assert.equal(textOf(`- ${quoteProse(text)}`), text);
      });
    }

    it('and still shows text that is harmless as it is', () => {
      const harmless = fc.stringMatching(/^[A-Za-z0-9/:@.+=_-]([A-Za-z0-9 /:@.+=_<>()*|[\]-]{0,30}[a-z])?$/);
      fc.assert(
        fc.property(
          harmless.filter(text => !/ {2}|##/.test(text)),
          text => {
            assert.deepEqual(spansOf(quoteText(text)), [text]);
          },
        ),
      );
    });

    for (const text of ['a`b', '`a`', '``a', 'a``', '`', '``` x', '< a | b >']) {
      it(`and shows ${text} with its backticks and brackets`, () => {
        assert.deepEqual(spansOf(`x ${quoteText(text)} y`), [text]);
      });
    }
  });
});

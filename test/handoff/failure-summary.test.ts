import assert from 'node:assert/strict';
import markdownIt from 'markdown-it';
import { renderExplained, type ExplainedCause } from '../../src/handoff/failure-summary.ts';
import type { Claims } from '../../src/identity/claims.ts';

const claims: Claims = {
  iss: 'https://vstoken.dev.azure.com/0ca3ddd9-f0b0-4635-a98c-5866526961b6',
  sub: 'sc://contoso/Payments/aws',
  aud: ['api://AzureADTokenExchange'],
  azp: undefined,
  iat: 1_790_000_000,
  exp: 1_790_000_300,
};
const fault = { code: 'StsAccessDenied', found: 'AWS said no.', expected: 'yes.', remedy: 'Do it.' } as const;

function roleOf(index: number, name = `team-role-${index}`) {
  const accountId = String(100_000_000_000 + index);
  return { accountId, arn: `arn:aws:iam::${accountId}:role/${name}` };
}

function causeOf(roles: ExplainedCause['roles'], text = 'x'): ExplainedCause {
  const json = JSON.stringify({ text: text.repeat(300) });
  const diagnosis = { likely: [`Cause ${text}.`, 'Another.'], fix: [`Fix ${text}.`], statement: json, policy: json };
  return { fault, roles, commands: [`aws-wif diagnose --role ${text}`], diagnosis };
}

function render(causes: readonly ExplainedCause[], headline: readonly string[] = []): string {
  return renderExplained({ headline, claims, retirement: undefined, causes });
}

const range = (count: number) => Array.from({ length: count }, (_, index) => index);

describe('handoff/failure-summary', () => {
  const text = render([causeOf([roleOf(1)])]);

  it('says what AWS said, then the command, then the statement; the rest is folded, and the identity stands last', () => {
    const order = [
      'AWS said no',
      'aws-wif diagnose',
      'The statement to add',
      'Fix x',
      '<details>',
      'Cause x',
      'The ID token',
    ];
    const places = order.map(part => text.indexOf(part));
    assert.deepEqual(
      places,
      [...places].sort((one, other) => one - other),
    );
    assert.ok(!places.includes(-1), text);
    assert.match(text, /<details><summary>The whole trust policy.*<\/summary>\n\n```json\n/);
  });

  for (const whole of [claims.iss, claims.sub, ...claims.aud]) {
    it(`has ${whole} once`, () => {
      assert.equal(text.split(`\`${whole}\``).length, 2, text);
    });
  }

  it('closes every fold, and Markdown sees what is in them', () => {
    const tokens = markdownIt({ html: true }).parse(text, {});
    const html = tokens.filter(({ type }) => type === 'html_block').map(({ content }) => content.trim());
    assert.equal(
      html.filter(tag => tag === '</details>').length,
      html.filter(tag => tag.startsWith('<details>')).length,
    );
    assert.equal(tokens.filter(({ type, info }) => type === 'fence' && info === 'json').length, 2);
  });

  const sizes: readonly (readonly [string, readonly ExplainedCause[], (index: number) => string])[] = [
    ['one cause', [causeOf(range(200).map(index => roleOf(index)))], index => `team-role-${index}`],
    [
      'as many causes',
      range(200).map(index => causeOf([roleOf(index)], String(index % 10))),
      index => `team-role-${index}`,
    ],
    [
      'long paths',
      [causeOf(range(200).map(index => roleOf(index, `${'path/'.repeat(80)}role-${index}`)))],
      index => `role-${index}`,
    ],
  ];
  for (const [name, causes, nameOf] of sizes) {
    it(`names each of 200 roles in less than 30 kB: ${name}`, () => {
      const summary = render(causes, ['200 of 200 roles were refused; nothing was handed on.']);
      assert.ok(Buffer.byteLength(summary) < 30_000, String(Buffer.byteLength(summary)));
      for (const index of range(200)) {
        assert.ok(summary.includes(`- account \`${roleOf(index).accountId}\`: \`${nameOf(index)}\``), String(index));
      }
    });
  }

  for (const hostile of ['<b>x</b>', '</details>', '``` x', '[x](https://evil.example)', '| a |', '# x']) {
    it(`keeps ${hostile} harmless`, () => {
      const cause = causeOf([roleOf(1, 'r')], hostile);
      const summary = render([{ ...cause, fault: { ...fault, found: hostile } }], [hostile]);
      const kinds = markdownIt({ html: true, linkify: true })
        .parse(summary, {})
        .flatMap(({ type, content, children }) => [
          type === 'html_block' ? content.trim() : type,
          ...(children ?? []).map(child => child.type),
        ]);
      for (const kind of ['link_open', 'html_inline', 'table_open', '<b>x</b>'])
        assert.ok(!kinds.includes(kind), summary);
      const count = (tag: string) => kinds.filter(kind => kind.startsWith(tag)).length;
      assert.deepEqual([count('<details>'), count('</details>')], [2, 2]);
    });
  }
});

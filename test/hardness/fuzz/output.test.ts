import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { TaskCommand } from 'azure-pipelines-task-lib/taskcommand.js';
import fc from 'fast-check';
import MarkdownIt from 'markdown-it';
import { asWifError, errorCodes, formatFault, WifError } from '../../../src/errors.ts';
import { renderFailure } from '../../../src/handoff/failure-summary.ts';
import { quoteCell, quoteText } from '../../../src/handoff/markdown.ts';
import { alignBase64 } from '../../../src/secret-forms.ts';
import { readRetryAfter, redirected } from '../../../src/identity/http.ts';
import { networkError } from '../../../src/host/network-error.ts';
import { maxTextLength, neutralise } from '../../../src/secret.ts';
import { parseCommand } from '../../harness/logging-command.ts';
import { check, checkPrintable, timeout } from './check.ts';
import { anyText, around } from './texts.ts';

const text = fc.oneof(
  anyText,
  around('##', 'vso[', '#', '[', 'VSO[', '\u200b', '\u00ad', '\ufe0f', 'task.complete]', '\r'),
);
const markdown = new MarkdownIt({ html: true, linkify: true });

describe('hardness/fuzz/output', function () {
  this.timeout(timeout);

  it('neutralised text is one line without a command, and stays as it is when it is neutralised again', () => {
    check(text, outside => {
      const shown = neutralise(outside);
      checkPrintable(shown);
      assert.ok(!shown.includes('\n') && shown.length <= maxTextLength + 1);
      assert.equal(parseCommand(shown), undefined);
      assert.equal(neutralise(shown), shown);
    });
  });

  it('two neutralised texts side by side make no command', () => {
    check(fc.tuple(text, text), ([one, other]) => {
      const fault = { code: 'InternalError', found: `${one}${other}`, expected: one, remedy: other } as const;
      checkPrintable(formatFault(new WifError(fault).faults[0] ?? fault));
    });
  });

  it('a logging command says what it was made of, to the letter', () => {
    const name = fc.stringMatching(/^[A-Z][A-Z0-9_.]{0,20}$/);
    check(fc.tuple(name, text, text), ([variable, correlation, value]) => {
      const properties = { variable, other: correlation, issecret: true };
      const printed = new TaskCommand('task.setvariable', properties, value).toString();
      assert.doesNotMatch(printed, /[\r\n]/);
      const command = parseCommand(printed);
      assert.deepEqual([command?.area, command?.event, command?.data], ['task', 'setvariable', value]);
      assert.equal(command?.properties['variable'], variable);
    });
  });

  it('a summary holds outside text as code alone: no markup, no HTML, no cell of its own', () => {
    check(text, outside => {
      const [block] = markdown.parse(`x ${quoteText(outside)} y`, {});
      assert.ok(block !== undefined);
      const inline = markdown.parseInline(`x ${quoteText(outside)} y`, {})[0]?.children ?? [];
      assert.deepEqual(
        inline.map(({ type }) => type),
        ['text', 'code_inline', 'text'],
      );
      const table = markdown.parse(`| a | b |\n| --- | --- |\n| ${quoteCell(outside)} | 1 |`, {});
      assert.equal(table.filter(({ type }) => type === 'td_open').length, 2);
      assert.doesNotMatch(
        renderFailure([{ code: 'InternalError', found: outside, expected: '', remedy: '' }]),
        /##vso\[/i,
      );
    });
  });

  it('whatever is thrown becomes an error that can be shown', () => {
    const thrown = fc.oneof(
      fc.anything({ withNullPrototype: true, withBigInt: true, withDate: true, withMap: true }),
      text.map(message => new Error(message)),
      text.map(message => Object.assign(new Error(message), { code: message, cause: message })),
      text.map(message => new AggregateError([new Error(message), message], message)),
      fc.constantFrom(Symbol('x'), () => 1, Object.create(null), { toString: 1 }, new Proxy({}, {})),
    );
    check(thrown, value => {
      for (const error of [asWifError(value), networkError(value, { service: 'AWS STS', address: 'a:1' })]) {
        assert.ok(errorCodes.includes(error.code));
        checkPrintable(error.message);
        assert.equal(typeof JSON.stringify(error.faults), 'string');
        assert.equal(typeof inspect(error), 'string');
      }
    });
  });

  it('redirects and Retry-After: a host and a number, or nothing', () => {
    check(
      fc.tuple(
        fc.integer({ min: 300, max: 399 }),
        around('https://', 'evil.example', '//', '@', '?token=', 'javascript:', '3'),
      ),
      ([status, value]) => {
        const error = redirected({ status, headers: { location: value }, body: '' });
        checkPrintable(error.message);
        assert.ok(!error.message.includes('token='));
        const after = readRetryAfter({ 'retry-after': value }, Date.now());
        assert.ok(after === undefined || (after >= 0 && Number.isFinite(after)));
      },
    );
  });

  it('Base64 of a secret at any place in other text holds one of the registered forms', () => {
    const secret = fc.stringMatching(/^[!-~]{16,60}$/);
    check(fc.tuple(secret, anyText, anyText), ([value, before, after]) => {
      const encoded = Buffer.from(`${before}${value}${after}`).toString('base64');
      assert.ok(alignBase64(value).some(form => encoded.includes(form)));
    });
  });
});

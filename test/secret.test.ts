import assert from 'node:assert/strict';
import fc from 'fast-check';
import { format, inspect } from 'node:util';
import { Secret, maxTextLength, neutralise } from '../src/secret.ts';
import { scaleRuns } from './hardness/fuzz/check.ts';

const value = 'wJalrXUtnFEMI/K7MDENG';
const secret = new Secret(value);

describe('secret', () => {
  it('reveals its value to the one who asks for it', () => {
    assert.equal(secret.reveal(), value);
  });

  const prints = [
    { name: 'String()', text: String(secret) },
    { name: 'concatenation', text: 'key: '.concat(secret.toString()) },
    { name: 'JSON', text: JSON.stringify({ secret, list: [secret] }) },
    { name: 'inspect', text: inspect(secret) },
    {
      name: 'inspect of an object that holds it, hidden parts shown',
      text: inspect({ a: { secret } }, { depth: 9, showHidden: true }),
    },
    { name: 'format, as console.log does', text: format('%s %o %j', secret, secret, secret) },
    { name: 'its own keys', text: Object.entries(secret).join() + Reflect.ownKeys(secret).join() },
  ];
  for (const { name, text } of prints) {
    it(`hides its value in ${name}`, () => {
      assert.ok(!text.includes(value), text);
    });
  }

  it('prints three asterisks', () => {
    assert.equal(`${String(secret)} ${JSON.stringify(secret)} ${inspect(secret)}`, '*** "***" ***');
  });

  it('hides its value in an error message', () => {
    assert.throws(
      () => {
        assert.deepEqual({ secret }, { secret: 'another' });
      },
      (error: Error) => !error.message.includes(value) && !inspect(error).includes(value),
    );
  });
});

/** What the agent executes anywhere in a line, and what it formats at a line's beginning, in any letter case. */
const command = /##vso\[|##\[/i;
const control = /[\p{Cc}\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069]/u;

const changed = [
  {
    name: 'a logging command',
    text: 'x ##vso[task.complete result=Succeeded;]',
    shown: 'x # #vso[task.complete result=Succeeded;]',
  },
  { name: 'a logging command in capitals', text: '##VSO[task.debug]', shown: '# #VSO[task.debug]' },
  { name: 'a logging command in mixed case', text: '##vSo[task.debug]', shown: '# #vSo[task.debug]' },
  { name: 'a logging command after another #', text: '###vso[task.debug]', shown: '## #vso[task.debug]' },
  { name: 'a logging command around an ESC', text: '##v\u001bso[task.debug]', shown: '# #vso[task.debug]' },
  {
    name: 'a logging command around a bidi control',
    text: '#\u202e#vso\u2066[task.debug]',
    shown: '# #vso[task.debug]',
  },
  { name: 'a logging command around a zero-width space', text: '##vso\u200b[task.debug]', shown: '# #vso[task.debug]' },
  { name: 'a logging command on the next line', text: 'a\r\n##vso[task.debug]', shown: 'a # #vso[task.debug]' },
  { name: 'a leading format', text: '##[error]failed', shown: '# #[error]failed' },
  { name: 'line breaks', text: 'a\nb\r\nc', shown: 'a b c' },
  { name: 'a terminal colour', text: '\u001b[31mred', shown: '[31mred' },
  { name: 'a C1 control', text: 'a\u009b31mb', shown: 'a31mb' },
  { name: 'NUL, backspace, DEL', text: 'a\u0000\u0008\u007fb', shown: 'ab' },
  { name: 'unicode line separators', text: 'a\u2028b\u2029c\u0085d', shown: 'abcd' },
];

const kept = [
  'arn:aws:iam::111111111111:role/deploy',
  'Not authorized to perform sts:AssumeRoleWithWebIdentity',
  'sc://contoso/Ünïcode 项目/connection #1',
  '# heading ## [not a command] #vso[',
  '😀 café',
  '',
];

/** Strings made of the very pieces that a command is made of, with controls between them. */
const pieces = fc
  .array(
    fc.constantFrom(
      '#',
      '##',
      'v',
      'V',
      's',
      'S',
      'o',
      'O',
      '[',
      'vso[',
      '\u0000',
      '\u001b',
      '\n',
      '\u202e',
      '\u200b',
      'x',
      ' ',
    ),
    {
      maxLength: 40,
    },
  )
  .map(parts => parts.join(''));

describe('secret, outside text', () => {
  describe('outside text loses control, ESC and bidi characters, ##vso[ and leading ##[ before printing', () => {
    for (const { name, text, shown } of changed) {
      it(`changes ${name}`, () => {
        assert.equal(neutralise(text), shown);
      });
    }

    for (const text of kept) {
      it(`keeps "${text}"`, () => {
        assert.equal(neutralise(text), text);
      });
    }

    it('never leaves a logging command in any letter case, whatever stands between its characters', () => {
      fc.assert(
        fc.property(fc.oneof(pieces, fc.string({ unit: 'binary' })), text => {
          const shown = neutralise(text);
          assert.doesNotMatch(shown, command);
          assert.doesNotMatch(shown, control);
        }),
        scaleRuns(3),
      );
    });

    it('has nothing left to change the second time', () => {
      fc.assert(
        fc.property(fc.oneof(pieces, fc.string({ unit: 'binary', maxLength: 3000 })), text => {
          assert.equal(neutralise(neutralise(text)), neutralise(text));
        }),
      );
    });
  });

  it('cuts text that is longer than any real message, and shows that it did', () => {
    const shown = neutralise('a'.repeat(100_000));
    assert.ok(shown.length < 5000);
    assert.ok(shown.endsWith('…'));
  });

  it('cuts between words, so that no half secret passes that nobody would recognise', () => {
    const secret = 'canary-'.repeat(60);
    for (let before = maxTextLength - secret.length - 10; before < maxTextLength + 5; before += 1) {
      const shown = neutralise(`${'x '.repeat(before / 2)}${before % 2 === 0 ? '' : ' '}${secret} end`);
      assert.ok(shown.includes(secret) || !shown.includes('canary'), `after ${before} characters`);
    }
  });
});

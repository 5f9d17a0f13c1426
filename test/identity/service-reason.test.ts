import assert from 'node:assert/strict';
import { readReason } from '../../src/identity/service-reason.ts';

const html = { 'content-type': 'text/html; charset=utf-8' };

function messageOf(body: unknown, headers: Readonly<Record<string, string>> = {}): string | undefined {
  return readReason({ headers, body: typeof body === 'string' ? body : JSON.stringify(body) }).message;
}

const messages: readonly (readonly [body: unknown, message: string | undefined])[] = [
  [{ message: 'no' }, 'no'],
  [{ $id: '1', innerException: null, message: 'no', typeKey: 'X', errorCode: 0 }, 'no'],
  [{ Message: 'no' }, 'no'],
  [{ count: 1, value: { Message: 'no' } }, 'no'],
  [{ count: 2, value: 'no' }, 'no'],
  [{ error: { code: '1', message: 'no' } }, 'no'],
  [{ error: 'no' }, 'no'],
  [{ error: 'invalid', error_description: 'no' }, 'no'],
  [{ Message: 'An error has occurred.', ExceptionMessage: 'no', StackTrace: 'at x' }, 'no'],
  [{ errors: [{ message: 'no' }, { message: 'more' }] }, 'no'],
  [{ title: 'One or more', status: 400, errors: { id: ['no'], b: ['more'] } }, 'no'],
  [{ type: 'about:blank', title: 'Bad Request', detail: 'no' }, 'no'],
  [{ type: 'about:blank', title: 'no' }, 'no'],
  ['\ufeff{"message":"no"}', 'no'],
  [{ message: '', innerException: { message: 'no' } }, 'no'],
  [{ message: 'no: eyJhbGciOi.eyJzdWIiOi.c2lnbmF0dXJl' }, 'no: ***'],
  [{ message: 1, value: [{ message: 'no' }] }, 'no'],
  [{ message: 1, value: [1, { message: 'x' }] }, undefined],
  [{ oidcToken: 'canary' }, undefined],
  [[{ message: 'no' }], 'no'],
  [{ errors: { oidcToken: 1 } }, undefined],
  ['"text"', undefined],
  ['text', undefined],
  ['', undefined],
  ['<html><title>\r\n Access Denied: a &amp; b\n</title></html>', 'Access Denied: a & b'],
  ['<!DOCTYPE html><title lang="en">&#39;a&#39; &unknown;</title>', "'a' &unknown;"],
  ['<html><title></title>canary</html>', undefined],
];

describe('identity/service-reason', () => {
  for (const [body, message] of messages) {
    it(`reads ${message ?? 'nothing'} in ${JSON.stringify(body).slice(0, 80)}`, () => {
      assert.equal(messageOf(body), message);
    });
  }

  for (const [header, message] of [
    ['TF400813%3a+The+user+is+not+authorized.', 'TF400813: The user is not authorized.'],
    ['a+b%2Bc', 'a b+c'],
    ['100%+of+it', '100% of it'],
  ] as const) {
    it(`reads ${message} in the header x-tfs-serviceerror, before the title of the page`, () => {
      const headers = { ...html, 'x-tfs-serviceerror': header };
      assert.equal(messageOf('<html><title>Oops</title></html>', headers), message);
      assert.equal(messageOf({ message: 'own' }, headers), 'own');
    });
  }

  it('reads the exception wherever it stands', () => {
    for (const body of [
      { typeKey: 'AException' },
      { value: { TypeKey: 'AException' } },
      { typeName: 'Microsoft.B.AException, Microsoft.B' },
    ]) {
      assert.equal(readReason({ headers: {}, body: JSON.stringify(body) }).exception, 'AException');
    }
  });

  const strangers = [
    { headers: { 'x-vss-e2eid': '1', via: '1.1 proxy' }, body: '', stranger: undefined },
    { headers: { 'x-tfs-processid': '1' }, body: '', stranger: undefined },
    { headers: html, body: '<title>Azure DevOps Services | Sign In</title>', stranger: undefined },
    {
      headers: { via: '1.1 squid', 'proxy-connection': 'close' },
      body: '',
      stranger: /proxy \(via, proxy-connection\)/,
    },
    { headers: html, body: '<title>Blocked</title>', stranger: /none of the headers of Azure DevOps/ },
  ];
  for (const { headers, body, stranger } of strangers) {
    it(`suspects ${stranger === undefined ? 'nobody' : 'another server'} for ${JSON.stringify(headers)} ${body}`, () => {
      const found = readReason({ headers, body }).stranger;
      if (stranger === undefined) assert.equal(found, undefined);
      else assert.match(found ?? '', stranger);
    });
  }
});

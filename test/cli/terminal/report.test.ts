import assert from 'node:assert/strict';
import { escapeJson, makeLate, writeJson } from '../../../src/cli/terminal/report.ts';

type Document = Readonly<Record<string, unknown>>;

const whole = 'x'.repeat(70_000);
const documents: readonly (readonly [name: string, document: Document, later?: Document])[] = [
  ['nothing', {}],
  ['plain members', { a: 1, b: 'text', c: true, d: null }],
  ['members that are not there', { a: undefined, b: 1, c: undefined }],
  ['empty lists and objects', { a: [], b: {}, c: [[], {}] }],
  ['objects in objects', { a: { b: { c: [1, [2, { d: 3 }]] } } }],
  [
    'lists of objects',
    {
      accounts: [
        { id: 1, roles: ['a', 'b'] },
        { id: 2, roles: [] },
      ],
      errors: [],
    },
  ],
  ['what JSON cannot say, in a list', { a: [undefined, () => 1, NaN] }],
  ['line breaks, quotation marks and other letters', { 'a\n"b': ['line\nline', 'ä€😀', '\\n'] }],
  ['logging commands', { a: '##vso[task.complete]', b: ['##[error]', '##VSO[x]'] }],
  ['more than one part', { a: [whole, whole, whole], b: whole }],
  [
    'what is made late',
    { accounts: [makeLate(() => ({ id: 1, roles: [makeLate(() => 'a')] }))], one: makeLate(() => ({ b: 2 })) },
    { accounts: [{ id: 1, roles: ['a'] }], one: { b: 2 } },
  ],
];

describe('writeJson', () => {
  for (const [name, document, same = document] of documents) {
    it(`writes ${name} as one text would be`, () => {
      assert.equal([...writeJson(document)].join(''), escapeJson(same));
    });
  }

  it('makes an element only when the ones before it are written', () => {
    const made: number[] = [];
    const late = [1, 2, 3].map(id =>
      makeLate(() => {
        made.push(id);
        return whole;
      }),
    );
    const parts = writeJson({ accounts: late });
    parts.next();
    assert.deepEqual(made, [1]);
  });
});

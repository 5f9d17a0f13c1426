import assert from 'node:assert/strict';
import { format, inspect } from 'node:util';
import { Secret } from '../src/secret.ts';

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

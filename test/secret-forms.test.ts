import assert from 'node:assert/strict';
import { hideTokens } from '../src/secret-forms.ts';

const personal = `${'aB3'.repeat(25)}AZDO4kQz`;
const old = 'abcdefghijklmnopqrstuvwxyz234567'.repeat(2).slice(0, 52);

/** As many that stay as they are. */
const rows = [
  ['an ID token', 'no eyJhbGciOi.eyJzdWIiOi.c2lnbmF0dXJl!', 'no ***!'],
  ['an ID token that was cut', '"eyJhbGciOi.eyJz', '"***'],
  ['an encrypted token', 'eyJhbGciOi.a.b.c.d', '***'],
  ['a personal access token', `pat:${personal}.`, 'pat:***.'],
  ['an old personal access token', `--pat=${old}`, '--pat=***'],
  ['two of them', `${old} ${personal}`, '*** ***'],
  ['JSON in Base64', 'eyJWZXJzaW9uIjoxfQ==', undefined],
  ['a file that is called so', 'eyJ.json', undefined],
  ['a thumbprint', 'a031c46782e6e6c662c2c87c76da9aa62ccabd8e', undefined],
  ['a hash', 'a1'.repeat(32), undefined],
  ['a longer word', `${old}a`, undefined],
  ['an ARN', 'arn:aws:iam::111111111111:role/pipelines/deploy', undefined],
] as const;

describe('secret-forms', () => {
  for (const [name, text, shown = text] of rows) {
    it(`${shown === text ? 'shows' : 'hides'} ${name}`, () => {
      assert.equal(hideTokens(text), shown);
    });
  }
});

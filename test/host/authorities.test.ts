import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { readAuthorities } from '../../src/host/authorities.ts';
import { make, pem } from '../thumbprint/chains.ts';

describe('authorities', () => {
  let one: string;
  let two: string;
  before(async () => {
    one = pem(await make({ name: 'One' }));
    two = pem(await make({ name: 'Two' }));
  });

  const forms: readonly { readonly name: string; readonly write: (text: string) => string }[] = [
    { name: 'as they are written', write: text => text },
    { name: 'with words around them', write: text => `# ours\n${text}\n# end\n` },
    { name: 'with line breaks of Windows', write: text => text.replaceAll('\n', '\r\n') },
    { name: 'with blanks for line breaks', write: text => text.replaceAll('\n', ' ') },
  ];
  for (const { name, write } of forms) {
    it(`are read ${name}`, () => {
      const found = readAuthorities(write(`${one}\n${two}`), 'CA_CERTIFICATES');
      assert.deepEqual(
        found.map(text => new X509Certificate(text).subject),
        ['CN=One', 'CN=Two'],
      );
    });
  }

  const refused = [
    { name: 'nothing', text: () => '', says: /CA_CERTIFICATES contains no certificate in PEM format/ },
    { name: 'other text', text: () => 'a secret', says: /^(?!.*a secret).*contains no certificate/s },
    { name: 'a key', text: () => one.replaceAll('CERTIFICATE', 'PRIVATE KEY'), says: /contains no certificate/ },
    { name: 'half a certificate', text: () => one.replace(/-----END[^]*/, ''), says: /contains no certificate/ },
    {
      name: 'a good and a broken one',
      text: () => `${one}\n-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----`,
      says: /contains a certificate that cannot be decoded/,
    },
  ];
  for (const { name, text, says } of refused) {
    it(`are refused for ${name}`, () => {
      assert.throws(() => readAuthorities(text(), 'CA_CERTIFICATES'), {
        name: 'WifError',
        code: 'CertificateFileInvalid',
        message: says,
      });
    });
  }
});

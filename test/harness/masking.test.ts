import assert from 'node:assert/strict';

import { createMasker } from './masking.ts';
import { inJob, printing, removeThrowaways, writeTask } from './throwaway-task.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');

describe('harness: masking', () => {
  after(removeThrowaways);

  const rows = [
    ['the value', 's3cr3t', 'a s3cr3t b', 'a *** b'],
    ['overlaps as one', 'abab', 'xababab', 'x***'],
    ['its JSON form', 'a"b\nc', '{"x":"a\\"b\\nc"}', '{"x":"***"}'],
    ['its URI form', "a/b+c'", 'q=a%2Fb%2Bc%27&', 'q=***&'],
    ['its form without backslashes', 'a\\\\b', 'a\\b', '***'],
    ['not its Base64 form', 's3cr3t', base64('s3cr3t'), base64('s3cr3t')],
    ['no other letter case', 's3cr3t', 'S3CR3T', 'S3CR3T'],
  ] as const;
  for (const [what, secret, text, masked] of rows)
    it(`hides ${what}`, () => {
      const masker = createMasker();
      masker.addValue(secret);
      assert.equal(masker.mask(text), masked);
    });

  it('makes one of secrets side by side', () => {
    const masker = createMasker();
    masker.addValue('one');
    masker.addValue('two');
    assert.equal(masker.mask('onetwo one two'), '*** *** ***');
  });

  it('hides passwords in URLs without being told', () => {
    assert.equal(createMasker().mask('https://me:pa%20ss@host/ http://h:80/'), 'https://me:***@host/ http://h:80/');
  });

  it('hides more forms of secrets of the job message', () => {
    const masker = createMasker();
    masker.addMessageSecret(' 100% ');
    masker.addMessageSecret("'quoted'");
    masker.addMessageSecret('   ');
    const forms = ['100%', base64(' 100% '), '100%AZP25', 'quoted', base64("'quoted'")];
    assert.equal(masker.mask(forms.join('|')), '***|***|***|***|***');
  });

  it('hides all authorization parameters but the listed, in every step of the job', async () => {
    const endpoint = {
      id: '11111111-2222-3333-4444-555555555555',
      url: 'https://management.azure.com/',
      scheme: 'WorkloadIdentityFederation',
      parameters: {
        tenantid: 'the-tenant',
        workloadIdentityFederationIssuer: 'https://issuer',
        serviceprincipalid: 'app',
      },
    };
    await inJob({ endpoints: [endpoint], accessToken: 'job-token', accessTokenVariable: 'none' }, async job => {
      const main = printing('the-tenant https://issuer app job-token');
      const step = await job.runTask({ taskDirectory: writeTask({ main }) });
      assert.ok(step.log.includes('the-tenant *** *** ***'), step.log.join('\n'));
      assert.deepEqual(step.rawLines, ['the-tenant https://issuer app job-token']);
    });
  });
});

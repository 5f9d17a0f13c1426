import assert from 'node:assert/strict';

import { findLeaks } from './canaries.ts';

const secret = 'wJalrXUtnFEMI/K7MDENG+bPxRfi;CY%"';
const json = JSON.stringify({ secret });
const base64 = (text: string) => Buffer.from(text).toString('base64');

describe('harness: canaries', () => {
  const leaking = [
    ['plain', `key=${secret}`],
    ['plain', `##vso[task.debug]${secret}`],
    ['plain', `##vso[task.debug]##vso[task.setsecret]${secret}`],
    ['plain', `##vso[task.setvariable variable=issecret=true;]${secret}`],
    ['plain', `${secret} ##vso[task.setsecret]x`],
    ['plain', `##vso[task.setvariable variable=A;issecret=false;]${secret}`],
    ['base64', base64(secret)],
    ['base64', base64(`u${secret}:v`)],
    ['base64', base64(`us${secret}p`)],
    ['base64', base64(`user:${secret}`).replaceAll('+', '-').replaceAll('/', '_')],
    ['uri', `https://host/?key=${encodeURIComponent(secret)}`],
    ['json', json],
    ['command', `##vso[task.logissue type=error;code=${secret.replaceAll('%', '%AZP25').replaceAll(';', '%3B')}]x`],
  ] as const;
  for (const [form, line] of leaking)
    it(`finds ${form} in ${line}`, () => {
      assert.deepEqual(findLeaks(['ok', line], [secret]), [{ line, index: 1, secret, form }]);
    });

  const fine = [
    'nothing here',
    `##vso[task.setsecret]${secret}`,
    `##vso[task.setvariable variable=AWS_SECRET;isOutput=false;issecret=true;]${secret}`,
    secret.slice(0, 10),
  ];
  for (const line of fine)
    it(`passes ${line}`, () => {
      assert.deepEqual(findLeaks([line], [secret, '']), []);
    });
});

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseHcl } from '../../infra/parse-hcl.ts';
import { parse } from 'yaml';
import { quoteHcl, quotePowerShell, quoteSh, quoteYaml } from '../../../src/setup/template/quote.ts';
import { inFolder, needTerraform, runTerraform } from '../../infra/terraform.ts';

const texts = [
  '',
  'plain',
  "it's",
  "''",
  '"quoted"',
  'back\\slash\\',
  '$HOME $1 $$ $(id) `id`',
  '${var.x}',
  '$${var.x}',
  '$$${x}',
  '%{if true}',
  '%%{if}',
  '$ {x} % {y}',
  '##vso[task.complete]x',
  '##[section]x',
  '###vso[x]',
  '; rm -rf . #',
  'Zo\u00eb \u043a\u043b\u044e\u0447 \u{1f600}',
  '\u2018\u2019\u201a\u201b',
  '-x',
  'a/b c',
  '!x ~ * ? [a] {b}',
];

describe('quoting', () => {
  for (const text of texts) {
    it(`for sh gives ${JSON.stringify(text)} back`, () => {
      const quoted = quoteSh(text);
      const { stdout } = spawnSync('sh', ['-c', `printf '<%s>' ${quoted}`], { encoding: 'utf8' });
      assert.equal(stdout, `<${text}>`);
      assert.doesNotMatch(quoted, /##(?:vso)?\[/);
    });

    it(`for PowerShell makes one string in single quotes of ${JSON.stringify(text)}`, () => {
      // As its documentation says: two of any single quotation mark stand for one of that kind.
      const [, inner] = /^'((?:[^'\u2018-\u201b]|(['\u2018-\u201b])\2)*)'$/.exec(quotePowerShell(text)) ?? [];
      assert.equal(inner?.replace(/(['\u2018-\u201b])\1/g, '$1'), text);
    });

    it(`for HCL is a text that a parser of HCL takes for ${JSON.stringify(text)}`, async () => {
      const quoted = quoteHcl(text);
      assert.match(quoted, /^[\x20-\x7e]*$/);
      assert.doesNotMatch(quoted, /##(?:vso)?\[/);
      // The parser gives texts back as templates, in which a brace after a dollar or a percent sign is escaped.
      assert.deepEqual(await parseHcl('x.tf', `x = ${quoted}\n`), { x: text.replace(/[$%](?=\{)/g, '$&$&') });
    });
  }

  for (const text of [
    ...texts,
    'aws',
    'on',
    'No',
    '~',
    '12',
    'a: b',
    'a #b',
    'a ',
    'arn:aws:iam::1:role/x',
    'x\u001b[31m\u202e\u2028\u{e0041}',
  ]) {
    it(`for YAML is a value in one line that a parser takes for ${JSON.stringify(text)}`, () => {
      const quoted = quoteYaml(text);
      assert.doesNotMatch(quoted, /##(?:vso)?\[|[\p{Cc}\p{Default_Ignorable_Code_Point}]/u);
      assert.deepEqual(parse(`- x: ${quoted}\n`, { version: '1.1' }), [{ x: text }]);
      assert.deepEqual(parse(`- x: ${quoted}\n`), [{ x: text }]);
    });
  }

  it('for HCL gives all back from Terraform', async function () {
    needTerraform(this, 'it did not read quoted texts');
    await inFolder(folder => {
      writeFileSync(join(folder, 'main.tf'), `output "texts" {\n  value = [${texts.map(quoteHcl).join(', ')}]\n}\n`);
      const { status, stderr } = runTerraform(folder, ['apply', '-auto-approve', '-input=false', '-no-color']);
      assert.equal(status, 0, stderr);
      assert.deepEqual(JSON.parse(runTerraform(folder, ['output', '-json', 'texts']).stdout), texts);
    });
  });

  for (const text of ['a\nb', 'a\rb', 'a\u0000b', 'a\u001b[31mb', 'a\u0085b', '\t']) {
    it(`refuses ${JSON.stringify(text)} for shells`, () => {
      const expected = { name: 'RangeError', message: 'A command argument contains a control character.' };
      assert.throws(() => quoteSh(text), expected);
      assert.throws(() => quotePowerShell(text), expected);
    });

    it(`escapes ${JSON.stringify(text)} for HCL`, async () => {
      assert.deepEqual(await parseHcl('x.tf', `x = ${quoteHcl(text)}\n`), { x: text });
    });
  }
});

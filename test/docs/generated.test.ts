import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { makePages } from '../../scripts/docs/pages.ts';
import { clients } from '../clients/clients.ts';
import definition from '../../tasks/AWSAssumeRoleWIF/AWSAssumeRoleWIFV1/task.json' with { type: 'json' };
import { readPage, root } from './pages.ts';
import { variableNames } from './variables.ts';

describe('docs/generated', () => {
  let pages: ReadonlyMap<string, string> = new Map();
  before(async () => {
    pages = await makePages();
  });

  for (const path of ['docs/inputs.md', 'docs/variables.md', 'infra/terraform-aws-azure-devops-oidc/README.md']) {
    it(`${path} is what npm run docs makes of the code`, () => {
      assert.equal(readFileSync(join(root, path), 'utf8'), pages.get(path));
    });
  }

  const clientsPage = readPage('docs/clients.md');
  for (const { name } of clients) {
    it(`docs/clients.md, which npm run clients writes, has ${name}`, () => {
      assert.ok(clientsPage.headings.some(({ text }) => text === name));
    });
  }

  const inputs = readPage('docs/inputs.md');
  for (const input of definition.inputs) {
    it(`docs/inputs.md has ${input.name} with its help, its default and its aliases`, () => {
      assert.ok(
        inputs.headings.some(({ text }) => text === input.name),
        'it has no heading',
      );
      const row = inputs.text.split('\n').find(line => line.startsWith(`| [\`${input.name}\`]`)) ?? '';
      const shown = [
        'aliases' in input ? input.aliases : [],
        input.defaultValue === '' ? [] : input.defaultValue,
      ].flat();
      for (const text of shown) assert.ok(row.includes(`\`${text}\``), `the table does not say ${text}`);
      assert.ok(inputs.text.includes(input.helpMarkDown.split('\n')[0] ?? ''), 'its help is not there');
    });
  }

  const variables = readPage('docs/variables.md');
  for (const name of new Set([...variableNames('plain'), ...variableNames('output')])) {
    it(`docs/variables.md has ${name}`, () => {
      assert.match(variables.text, new RegExp(`^\\| \`${name}\` +\\|`, 'm'));
    });
  }
});

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseHcl } from './parse-hcl.ts';
import { deriveIdentities } from '../../src/trust/build.ts';
import { formatTerraformValues } from '../../src/setup/template/values.ts';
import { admits } from './admits.ts';
import { boundCases, boundRequest, buildBound } from './bound-trust.ts';
import { connectionId, entraClaims, oldClaims, organizationId, strangers, tenantId } from './company.ts';
import { evaluateModule, inFolder, needTerraform, runTerraform } from './terraform.ts';

const facts = { organizationId, tenantId, connectionId, organization: 'contoso', project: 'Payments' };

function connect(names: readonly string[]) {
  return names.map(connection => ({
    label: connection,
    identities: deriveIdentities({ connections: [{ ...facts, connection }], issuers: 'both' }),
  }));
}

const role = {
  name: 'deploy',
  path: '/teams/',
  policyArns: ['arn:aws:iam::aws:policy/x', 'arn:aws:iam::111111111111:policy/x'],
  maxSessionSeconds: 7200,
  boundaryArn: 'arn:aws:iam::111111111111:policy/boundary',
  tags: { 'a b': 'c=\u00fc' },
};

/** Names that the module takes: IAM does, and none of them is a pattern to it. */
const names = [
  "it's",
  '"quoted"',
  'back\\slash',
  '$HOME',
  '$(id)',
  '`id`',
  '%{if}x',
  '##vso[x]',
  'Zo\u00eb',
  'a/b c',
  '{}',
  'roles = {}',
];

describe("values for infra/terraform's module", function () {
  it('are HCL, with all of the role', async () => {
    const text = formatTerraformValues({ role, connections: connect(['aws']), existingProviders: ['entra'] });
    const { deploy } = (await parseHcl('x.tfvars', text))['roles'] as { deploy: Record<string, unknown> };
    const { connections, ...rest } = deploy;
    assert.deepEqual(Object.keys(connections as object), ['aws']);
    assert.deepEqual(rest, {
      path: '/teams/',
      max_session_duration: 7200,
      permissions_boundary: 'arn:aws:iam::111111111111:policy/boundary',
      policy_arns: {
        x: 'arn:aws:iam::aws:policy/x',
        'arn:aws:iam::111111111111:policy/x': 'arn:aws:iam::111111111111:policy/x',
      },
    });
    assert.deepEqual((await parseHcl('x.tfvars', text))['tags'], { 'a b': 'c=\u00fc' }, 'providers and role get them');
  });

  it('are formatted as terraform fmt does', async function () {
    needTerraform(this, 'the format of the values was not checked');
    const tags = { '"': 'x', 'a = {': 'y', longer: '{' };
    const text = formatTerraformValues({
      role: { ...role, tags },
      connections: connect(names),
      existingProviders: ['entra'],
    });
    await inFolder(folder => {
      writeFileSync(join(folder, 'terraform.tfvars'), text);
      const { status, stdout } = runTerraform(folder, ['fmt', '-check', '-diff']);
      assert.equal(status, 0, stdout);
    });
  });

  it('let in exactly the connection, as Terraform reads them', async function () {
    needTerraform(this, 'the values were not evaluated');
    const text = formatTerraformValues({ role, connections: connect(['aws']), existingProviders: ['entra'] });
    const evaluated = await evaluateModule(text);
    const policy = evaluated.trustPolicies['deploy'] ?? '';
    for (const claims of [entraClaims, oldClaims]) assert.equal(admits(policy, claims), true, claims.sub);
    for (const { name, claims } of strangers) assert.equal(admits(policy, claims), false, name);
    assert.deepEqual(evaluated.created['aws_iam_openid_connect_provider'], [`vstoken.dev.azure.com/${organizationId}`]);
  });

  it('bind the trust to networks as aws-wif does', async function () {
    needTerraform(this, 'the values were not evaluated');
    for (const { name, bounds } of boundCases) {
      const evaluated = await evaluateModule(formatTerraformValues({ ...boundRequest, network: bounds }));
      assert.ok('trustPolicies' in evaluated, JSON.stringify(evaluated));
      assert.deepEqual(JSON.parse(evaluated.trustPolicies['deploy'] ?? ''), buildBound(bounds), name);
    }
  });

  it('let in connections of hostile names, and lose none of two with one label', async function () {
    needTerraform(this, 'the values were not evaluated');
    const twice = connect(['twice', 'twice']).map((one, place) => ({
      ...one,
      identities: connect([`t${place}`])[0]?.identities ?? [],
    }));
    const text = formatTerraformValues({ role, connections: [...connect(names), ...twice], existingProviders: [] });
    assert.doesNotMatch(text, /##vso\[|[^\n\x20-\x7e]/);
    const evaluated = await evaluateModule(text);
    for (const name of [...names, 't0', 't1']) {
      const claims = { ...oldClaims, sub: `sc://contoso/Payments/${name}` };
      assert.equal(admits(evaluated.trustPolicies['deploy'] ?? '', claims), true, name);
    }
  });

  for (const name of ['a*', 'a?', '${aws:userid}', 'a/', '\u043a', 'a\u202eb']) {
    it(`are refused for a connection named ${JSON.stringify(name)}, as the module would`, () => {
      assert.throws(() => formatTerraformValues({ role, connections: connect([name]), existingProviders: [] }), {
        code: 'TrustPolicyRefused',
        message: /^TrustPolicyRefused: The subject is ".*", which the module cannot represent\./,
      });
    });
  }
});

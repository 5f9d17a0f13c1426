import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readTrustFile } from '../../../src/cli/trust-files/read-trust-file.ts';
import { locateLines } from '../../../src/cli/trust-files/locate.ts';
import { parseSource, type TrustSource } from '../../../src/cli/trust-files/trust-source.ts';
import { CliFailure } from '../../../src/cli/terminal/failure.ts';
import { parseTrustPolicy } from '../../../src/trust/trust-policy.ts';
import { account } from '../../trust/company.ts';

const root = join(import.meta.dirname, '../../..');
const policy = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' }],
};
const encoded = encodeURIComponent(JSON.stringify(policy));
const arn = (name: string) => `arn:aws:iam::111111111111:role/${name}`;
const role = (name: string, document: unknown = policy) => ({
  Path: '/',
  RoleName: name,
  Arn: arn(name),
  AssumeRolePolicyDocument: document,
});
const resource = (name: string, values: object) => ({
  address: `aws_iam_role.${name}`,
  mode: 'managed',
  type: 'aws_iam_role',
  name,
  values,
});
const secret = {
  address: 'aws_db_instance.x',
  mode: 'managed',
  type: 'aws_db_instance',
  values: { password: 'canary-1' },
};
const trusted = { name: 'one', arn: arn('one'), assume_role_policy: JSON.stringify(policy) };
const state = {
  format_version: '1.0',
  terraform_version: '1.9.0',
  values: { root_module: { resources: [resource('one', trusted), secret] } },
};
const nested = {
  child_modules: [
    { child_modules: [{ resources: [resource('two', { name: 'two', assume_role_policy: JSON.stringify(policy) })] }] },
  ],
};
const plan = {
  format_version: '1.2',
  terraform_version: '1.9.0',
  planned_values: { root_module: { resources: [resource('one', { name: 'one' }), secret], ...nested } },
  prior_state: state,
};
const stateFile = {
  version: 4,
  terraform_version: '1.9.0',
  resources: [
    {
      mode: 'managed',
      type: 'aws_iam_role',
      name: 'r',
      module: 'module.m',
      instances: [{ index_key: 'k', attributes: trusted }],
    },
    { mode: 'managed', type: 'aws_db_instance', name: 'd', instances: [{ attributes: { password: 'canary-2' } }] },
  ],
};
const template = (document: unknown, more: object = {}) => ({
  Resources: {
    Deploy: { Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument: document, ...more } },
    B: { Type: 'AWS::S3::Bucket' },
  },
});
const provider = (value: unknown) => ({
  ...policy,
  Statement: [{ ...policy.Statement[0], Principal: { Federated: value } }],
});
const yaml = `# a template
AWSTemplateFormatVersion: 2010-09-09
Resources:
  Deploy:
    Type: AWS::IAM::Role
    Properties:
      RoleName: deploy
      AssumeRolePolicyDocument:
        Version: 2012-10-17
        Statement:
          - Effect: Allow
            Principal: { Service: ec2.amazonaws.com }
            Action: sts:AssumeRole
`;

const federated = (source: TrustSource | undefined) =>
  parseTrustPolicy(source?.document).statements[0]?.principals.listed[0]?.value;

/** What is read: the roles' names, or nothing if the file does not name one. */
const taken: readonly (readonly [string, string, readonly (string | undefined)[]])[] = [
  ['a policy', JSON.stringify(policy), [undefined]],
  ['percent-encoded', encoded, [undefined]],
  ['percent-encoded in quotes', `"${encoded}"`, [undefined]],
  ['a JSON text of JSON', JSON.stringify(JSON.stringify(policy)), [undefined]],
  ['get-role', JSON.stringify({ Role: role('one') }), ['one']],
  ['get-role, as the API has it', JSON.stringify({ Role: role('one', encoded) }), ['one']],
  ['a role alone', JSON.stringify(role('one')), ['one']],
  ['list-roles', JSON.stringify({ Roles: [role('one'), role('two', encoded)] }), ['one', 'two']],
  ['list-roles, its only page', JSON.stringify({ Roles: [role('one')], IsTruncated: false }), ['one']],
  ['list-roles --query Roles', JSON.stringify([role('one'), role('two')]), ['one', 'two']],
  [
    'get-account-authorization-details',
    JSON.stringify({ UserDetailList: [], RoleDetailList: [role('one')], Policies: [{ PolicyName: 'x' }] }),
    ['one'],
  ],
  ['a template in JSON', JSON.stringify(template(policy)), ['Deploy']],
  ['a template in YAML', yaml, ['deploy']],
  [
    'a SAM template, with the roles that it makes',
    yaml.replace('AWS::IAM::Role', 'AWS::Serverless::Function').replace('RoleName', 'Handler'),
    ['Deploy'],
  ],
  ['get-template', JSON.stringify({ TemplateBody: yaml }), ['deploy']],
  ['our own template', readFileSync(join(root, 'infra/cloudformation/wif-role.yaml'), 'utf8'), ['Role']],
  ['a state', JSON.stringify(state), ['one']],
  ['a plan, as it will be', JSON.stringify(plan), ['one', 'two']],
  ['a state file', JSON.stringify(stateFile), ['one']],
  ...[state, stateFile].map((value): (typeof taken)[number] => [
    'a state of the provider awscc',
    JSON.stringify(value)
      .replaceAll('aws_iam_role', 'awscc_iam_role')
      .replaceAll('"assume_role_policy"', '"assume_role_policy_document"')
      .replaceAll('"name":"one","arn"', '"role_name":"one","arn"'),
    ['one'],
  ]),
];

/** Nine of the line before, eight times. */
const laughs = 'bcdefghi'.split('').map((letter, index) => {
  const before = `*${'abcdefgh'.charAt(index)}`;
  return `  ${letter}: &${letter} [${Array.from({ length: 9 }, () => before).join(',')}]\n`;
});

/** What is not, and what is said of it. */
const refused: readonly (readonly [string, string, RegExp])[] = [
  ['nothing', '', /is empty/],
  ['spaces', ' \n\t', /is empty/],
  ['an HTML page', '<!DOCTYPE html><html>', /HTML page/],
  ['XML', '<GetRoleResponse>', /is XML/],
  ['a token', 'eyJhbGciOi.eyJ.x', /ID token.*--token-file/s],
  ['HCL', 'resource "aws_iam_role" "x" {\n}', /HCL.*terraform show -json/s],
  ['a comment', '{\n  // why\n  "Version": "2012-10-17"}', /line 2, column 3 has a comment/],
  ['a trailing comma', '{"Version": "2012-10-17",}', /line 1, column 25 has a comma before "}"/],
  ['smart quotes', '{“Version”: 1}', /line 1, column 2 has a typographic quotation mark/],
  ['single quotes', "{'Version': 1}", /single quotation mark/],
  ['a key without quotes', '{Statement: []}', /line 1, column 2 has a key without quotation marks/],
  ['the half of it', '{"Version": "2012-10-17", "Statement": [', /end of the text.*cut off/s],
  ['YAML that is no template', 'Statement:\n  - Effect: Allow\n', /line 1, column 1 .*looks like YAML/],
  ['text', 'hello', /line 1, column 1/],
  ['a name twice', '{"Statement": [], "Statement": []}', /\$\.Statement: this name appears a second time/],
  ['percent signs', '%7B%', /percent sign that encodes nothing/],
  ...[{ IsTruncated: true }, { Marker: 'AAA' }, { NextToken: 'eyJ' }].map(
    more =>
      [
        `a page with ${JSON.stringify(more)}`,
        JSON.stringify({ Roles: [role('one')], ...more }),
        /only a part/,
      ] as const,
  ),
  [
    'roles without policies',
    '{"Roles": [{"RoleName": "x"}, {"RoleName": "y"}]}',
    /2 roles without a trust policy: x, y\./,
  ],
  ['a role without a policy', '{"Role": {"RoleName": "x"}}', /1 role without a trust policy: x\./],
  ['a role alone without a policy', '{"RoleName": "x"}', /1 role without a trust policy: x\./],
  ['an empty list of roles', '{"Roles": []}', /no role and no trust policy/],
  ['no roles', '{"Roles": []}', /no role and no trust policy/],
  ['a number', '[1]', /no role and no trust policy/],
  ['a statement', '{"Effect": "Allow"}', /a statement without the policy around it/],
  ['statements', '[{"Effect": "Allow"}]', /a statement without the policy around it/],
  [
    'the log of a plan',
    '{"@level":"info","@message":"Terraform 1.9.0"}\n{"@level":"info"}',
    /output of terraform plan -json/,
  ],
  ['too deep', '['.repeat(100_000), /deeper than 100 levels/],
  [
    'a policy as a text that is too deep',
    JSON.stringify({
      ...state,
      values: {
        root_module: {
          resources: [
            resource('one', { assume_role_policy: `{"Statement":[],"X":${'['.repeat(5000)}${']'.repeat(5000)}}` }),
          ],
        },
      },
    }),
    /deeper than 100 levels/,
  ],
  ['too deep in YAML', `Resources: ${'['.repeat(50_000)}`, /nested|cannot be read|levels/],
  [
    'a custom tag',
    `Resources:\n  X: !!js/function 'x'\n`,
    /line 2, column \d+: it has a tag that is not a CloudFormation/,
  ],
  ['an unknown tag', 'Resources:\n  X: !Vault abc\n', /line 2, column \d+: .*not a CloudFormation intrinsic function/],
  ['a key twice in YAML', 'Resources:\n  X: 1\n  X: 2\n', /line 3, column 3.*DUPLICATE_KEY/],
  ['a tab', 'Resources:\n\tX: 1\n', /line 2/],
  ['a billion laughs', `Resources:\n  a: &a [x,x,x,x,x,x,x,x,x]\n${laughs.join('')}`, /more than 200000 values/],
  ['an alias of itself', 'Resources: &a\n  x: *a\n', /levels|values|alias/i],
];

describe('cli/trust-files', () => {
  for (const [name, text, names] of taken) {
    it(`reads ${name}`, () => {
      const sources = readTrustFile(text, account);
      assert.deepEqual(
        sources.map(one => one.role?.name),
        names,
      );
      for (const { document, unresolved, where } of sources) {
        assert.ok(where !== '');
        if (unresolved.length === 0) assert.ok(parseTrustPolicy(document).statements.length > 0);
      }
    });
  }

  for (const [name, text, says] of refused) {
    it(`refuses ${name}, and says why`, () => {
      assert.throws(
        () => readTrustFile(text),
        (thrown: unknown) => {
          assert.ok(thrown instanceof CliFailure && thrown.exit === 2, String(thrown));
          assert.match(thrown.message, says);
          return true;
        },
      );
    });
  }

  it('does not judge a policy far over the quota, whether it is a value or a text; white space does not count', () => {
    const sized = (length: number) => ({
      ...policy,
      Id: 'x'.repeat(length - JSON.stringify({ ...policy, Id: '' }).length),
    });
    const documents = [20_000, 20_001].flatMap(length => [sized(length), JSON.stringify(sized(length), null, 9)]);
    const sources = readTrustFile(JSON.stringify({ Roles: documents.map(one => role('one', one)) }));
    assert.equal(sources.length, 4);
    for (const fits of sources.slice(0, 2)) assert.equal(parseSource(fits).statements.length, 1);
    for (const large of sources.slice(2))
      assert.throws(() => parseSource(large), /cannot be read at \$: it has 20001 characters/);
  });

  const resolved: readonly (readonly [string, unknown, string])[] = [
    [
      'Sub',
      { 'Fn::Sub': 'arn:${AWS::Partition}:iam::${AWS::AccountId}:oidc-provider/x.y' },
      'arn:aws:iam::111111111111:oidc-provider/x.y',
    ],
    ['Join', { 'Fn::Join': [':', ['a', { Ref: 'AWS::AccountId' }]] }, 'a:111111111111'],
    ['a literal', { 'Fn::Sub': 'a${!b}' }, 'a${b}'],
  ];
  for (const [name, value, expected] of resolved) {
    it(`knows what an account's id and partition give: ${name}`, () => {
      assert.equal(federated(readTrustFile(JSON.stringify(template(provider(value))), account)[0]), expected);
    });
  }

  const open: readonly unknown[] = [
    { Ref: 'Tenant' },
    { 'Fn::Sub': 'arn:aws:iam::${AWS::AccountId}:oidc-provider/${Issuer}' },
    { 'Fn::Sub': ['${A}', { A: 'x' }] },
    { 'Fn::GetAtt': ['Provider', 'Arn'] },
    { 'Fn::If': ['C', 'a', 'b'] },
    { 'Fn::ImportValue': 'x' },
    { 'Fn::Join': ['', ['a', { Ref: 'B' }]] },
  ];
  for (const value of open) {
    it(`guesses nothing that only CloudFormation knows: ${JSON.stringify(value)}`, () => {
      const [source] = readTrustFile(JSON.stringify(template(provider(value))), account);
      const [name = ''] = Object.keys(value as object);
      assert.deepEqual(source?.unresolved, [`$.Statement[0].Principal.Federated: ${name}`]);
    });
  }

  it('guesses nothing of a role in a loop, and does not leave it out', () => {
    const { Resources: resources } = template('x') as { readonly Resources: Readonly<Record<string, unknown>> };
    const loop = { 'Fn::ForEach::N': ['N', ['a'], resources] };
    for (const text of [{ Resources: loop }, { Resources: { ...resources, 'Fn::ForEach::M': ['M', ['b'], loop] } }]) {
      const inner = readTrustFile(JSON.stringify(text), account).at(-1);
      assert.match(inner?.unresolved[0] ?? '', /^\w+: Fn::ForEach$/);
    }
  });

  it('reads the short forms of YAML as the long ones of JSON', () => {
    const short = yaml.replace(
      '{ Service: ec2.amazonaws.com }',
      '{ Federated: !Sub "${AWS::AccountId}", AWS: !GetAtt A.Arn }',
    );
    assert.deepEqual(readTrustFile(short, account)[0]?.unresolved, ['$.Statement[0].Principal.AWS: Fn::GetAtt']);
  });

  it('reads an alias as the anchor before it', () => {
    const of = (sid: string) => `{ Statement: { Sid: ${sid} } }`;
    const role = (value: string) => `{ Type: AWS::IAM::Role, Properties: { AssumeRolePolicyDocument: ${value} } }`;
    const text = `Resources:\n  A: ${role(`&p ${of('one')}`)}\n  B: ${role('*p')}\n  C: ${role(`&p ${of('two')}`)}\n  D: ${role('*p')}\n`;
    const documents = readTrustFile(text, account).map(one => one.document);
    assert.deepEqual(
      documents,
      ['one', 'one', 'two', 'two'].map(Sid => ({ Statement: { Sid } })),
    );
  });

  it('reads what is long or has many aliases in seconds', () => {
    const one = '{ Type: AWS::IAM::Role, Properties: { AssumeRolePolicyDocument: { Statement: [] } } }';
    const aliases = `A: &a 1\nL:\n${'  - *a\n'.repeat(40_000)}Resources:\n  R: ${one}\n`;
    const started = Date.now();
    assert.equal(readTrustFile(aliases, account).length, 1);
    assert.ok(Date.now() - started < 20_000, 'aliases');
    for (const Id of ['x', '"'].map(one => one.repeat(10_500_000))) {
      const text = JSON.stringify({ Role: { ...role('one'), Description: Id } });
      assert.deepEqual(
        readTrustFile(text).map(one => one.document),
        [policy],
      );
      assert.deepEqual(locateLines(text, [['Role', 'Arn']]), [1]);
    }
  });

  it('says that a policy is known after apply', () => {
    assert.deepEqual(readTrustFile(JSON.stringify(plan))[0]?.unresolved, ['assume_role_policy: known after apply']);
  });

  it('keeps nothing of a plan or a state but trust policies, and shows nothing of one that is damaged', () => {
    for (const file of [state, plan, stateFile]) {
      const text = JSON.stringify(file);
      assert.doesNotMatch(JSON.stringify(readTrustFile(text)), /canary/);
      const damaged = [text.replace(/"(canary-\d)"/, '$1'), text.replace(/"(canary-\d)"/, "'$1'"), text.slice(0, -9)];
      for (const one of damaged) {
        assert.throws(
          () => readTrustFile(one),
          (thrown: unknown) => thrown instanceof CliFailure && !thrown.message.includes('canary'),
          one,
        );
      }
    }
  });
});

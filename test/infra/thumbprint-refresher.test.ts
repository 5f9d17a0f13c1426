import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseRefreshEvent } from '../../src/thumbprint/refresh-event.ts';
import { cloudFormation, readTemplate, type Fields } from './read-template.ts';
import { readTables } from './readme-table.ts';
import { makeStack } from './stack.ts';

const file = 'thumbprint-refresher.yaml';
const template = readTemplate(file);
const code = { CodeBucket: 'my-bucket' };
const providers = 'arn:aws:iam::111111111111:oidc-provider';

interface Statement {
  readonly Sid: string;
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: string;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** Values of numbers are compared as the texts that parameters are given as. */
const parameters = Object.fromEntries(
  Object.entries(template.Parameters).map(([name, { AllowedValues: allowed, ...rest }]) => [
    name,
    Array.isArray(allowed) ? { ...rest, AllowedValues: allowed.map(String) } : rest,
  ]),
);

/** The template has no rules, and the name of the stack is CloudFormation's. */
function make(given: Readonly<Record<string, string>> = {}): Readonly<Record<string, Fields>> {
  const named = { ...parameters, 'AWS::StackName': { Type: 'String', Default: 'refresher' } };
  const { resources } = makeStack({ ...template, Parameters: named, Rules: {} }, { ...code, ...given });
  return Object.fromEntries(Object.entries(resources).map(([name, { Properties }]) => [name, Properties as Fields]));
}

function property(name: string, key: string, given: Readonly<Record<string, string>> = {}): unknown {
  return make(given)[name]?.[key];
}

function readStatements(given: Readonly<Record<string, string>> = {}): readonly Statement[] {
  const policies = property('Role', 'Policies', given) as readonly { readonly PolicyDocument: Fields }[];
  return policies.flatMap(({ PolicyDocument: { Statement: statements } }) => statements as readonly Statement[]);
}

interface Asked {
  readonly action: string;
  readonly resource: string;
  readonly tags?: Readonly<Record<string, string>>;
}

/** Whether the role may, as far as its statements go: Allow, exact actions, `*` in resources, StringEquals on tags. */
function may({ action, resource, tags = {} }: Asked, statements: readonly Statement[]): boolean {
  return statements.some(({ Effect, Action, Resource, Condition = {} }) => {
    const pattern = Resource.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*');
    const holds = Object.entries(Condition).every(
      ([operator, keys]) =>
        operator === 'StringEquals' &&
        Object.entries(keys).every(([key, value]) => tags[key.replace('aws:ResourceTag/', '')] === value),
    );
    return Effect === 'Allow' && [Action].flat().includes(action) && new RegExp(`^${pattern}$`).test(resource) && holds;
  });
}

describe(`infra/cloudformation/${file}`, () => {
  describe('gives the function', () => {
    const update = 'iam:UpdateOpenIDConnectProviderThumbprint';
    const provider = `${providers}/idp.example.com/tenant`;
    const cases: readonly (Asked & { readonly allowed: boolean; readonly why: string })[] = [
      { why: 'the list', action: 'iam:ListOpenIDConnectProviders', resource: '*', allowed: true },
      { why: 'any provider to read', action: 'iam:GetOpenIDConnectProvider', resource: provider, allowed: true },
      {
        why: 'a tagged provider',
        action: update,
        resource: provider,
        tags: { 'auto-refresh': 'true', team: 'x' },
        allowed: true,
      },
      { why: 'its log', action: 'logs:PutLogEvents', resource: '<LogGroup.Arn>', allowed: true },
      { why: 'its log', action: 'logs:CreateLogStream', resource: '<LogGroup.Arn>', allowed: true },
      { why: 'a provider without tags', action: update, resource: provider, allowed: false },
      {
        why: 'a provider tagged otherwise',
        action: update,
        resource: provider,
        tags: { 'auto-refresh': 'false' },
        allowed: false,
      },
      {
        why: 'a tagged provider of another account',
        action: update,
        resource: provider.replace('111111111111', '222222222222'),
        tags: { 'auto-refresh': 'true' },
        allowed: false,
      },
      {
        why: 'a tagged role',
        action: update,
        resource: 'arn:aws:iam::111111111111:role/x',
        tags: { 'auto-refresh': 'true' },
        allowed: false,
      },
      ...['Create', 'Delete', 'Tag', 'Untag', 'AddClientIDTo', 'RemoveClientIDFrom'].map(verb => ({
        why: 'a tagged provider',
        action: `iam:${verb}OpenIDConnectProvider`,
        resource: provider,
        tags: { 'auto-refresh': 'true' },
        allowed: false,
      })),
      { why: 'another log', action: 'logs:PutLogEvents', resource: '<Other.Arn>', allowed: false },
      { why: 'another log group', action: 'logs:CreateLogGroup', resource: '<LogGroup.Arn>', allowed: false },
    ];
    for (const { why, allowed, ...asked } of cases) {
      it(`${allowed ? '' : 'no '}${asked.action} on ${why}`, () => {
        assert.equal(may(asked, readStatements()), allowed);
      });
    }

    it('nothing else: these statements, no wildcard in an action, no other policy', () => {
      const statements = readStatements();
      assert.deepEqual(
        statements.flatMap(({ Action, Resource, Condition }) => [Action].flat().map(one => [one, Resource, Condition])),
        [
          ['iam:ListOpenIDConnectProviders', '*', undefined],
          ['iam:GetOpenIDConnectProvider', `${providers}/*`, undefined],
          [update, `${providers}/*`, { StringEquals: { 'aws:ResourceTag/auto-refresh': 'true' } }],
          ['logs:CreateLogStream', '<LogGroup.Arn>', undefined],
          ['logs:PutLogEvents', '<LogGroup.Arn>', undefined],
        ],
      );
      assert.equal(property('Role', 'ManagedPolicyArns'), undefined);
    });

    it('the tag of the parameter, in the condition as in the event', () => {
      const given = { AutoRefreshValue: 'nightly' };
      assert.equal(
        may({ action: update, resource: provider, tags: { 'auto-refresh': 'true' } }, readStatements(given)),
        false,
      );
      assert.equal(
        may({ action: update, resource: provider, tags: { 'auto-refresh': 'nightly' } }, readStatements(given)),
        true,
      );
      assert.deepEqual(readEvent(given).tags, [{ key: 'auto-refresh', value: 'nightly' }]);
    });

    it('to Lambda alone, and to be called by its own rule alone', () => {
      const { Statement: statements } = property('Role', 'AssumeRolePolicyDocument') as Fields;
      assert.deepEqual(statements, [
        { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' },
      ]);
      const { Principal, SourceArn } = make()['Permission'] ?? {};
      assert.deepEqual([Principal, SourceArn], ['events.amazonaws.com', '<Rule.Arn>']);
    });
  });

  function readEvent(given: Readonly<Record<string, string>> = {}) {
    const [target] = property('Rule', 'Targets', given) as readonly Fields[];
    return parseRefreshEvent(JSON.parse(String(target?.['Input'])));
  }

  it('sends an event that the function takes', () => {
    const tags = [{ key: 'auto-refresh', value: 'true' }];
    assert.deepEqual(readEvent(), { verbose: false, dryRun: false, maxThumbprints: 5, tags });
    const given = { Verbose: 'true', DryRun: 'true', MaxThumbprints: '2' };
    assert.deepEqual(readEvent(given), { verbose: true, dryRun: true, maxThumbprints: 2, tags });
  });

  it('runs the bundle, on a schedule, and keeps its log for a time', () => {
    const { Handler, LoggingConfig, Code } = make()['Function'] ?? {};
    assert.equal(Handler, 'refresh-thumbprints.handler');
    assert.deepEqual(LoggingConfig, { LogGroup: '<LogGroup>' });
    assert.deepEqual(Code, { S3Bucket: 'my-bucket', S3Key: 'refresh-thumbprints.zip' });
    assert.equal(property('Rule', 'ScheduleExpression'), 'rate(1 day)');
    assert.equal(property('LogGroup', 'RetentionInDays'), '30');
  });

  it('hands authorities on where there are any', () => {
    const pem = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
    assert.deepEqual(property('Function', 'Environment', { CaCertificates: pem }), {
      Variables: { CA_CERTIFICATES: pem },
    });
    assert.equal(property('Function', 'Environment'), undefined);
  });

  const values = [
    { name: 'AutoRefreshValue', value: 'nightly-2', taken: true },
    { name: 'AutoRefreshValue', value: 'team:payments', taken: true },
    { name: 'AutoRefreshValue', value: '', taken: false },
    { name: 'AutoRefreshValue', value: '*', taken: false },
    { name: 'AutoRefreshValue', value: 'a?', taken: false },
    { name: 'AutoRefreshValue', value: 'a${aws:username}', taken: false },
    { name: 'AutoRefreshValue', value: 'a","b', taken: false },
    { name: 'AutoRefreshValue', value: 'a\\', taken: false },
    { name: 'MaxThumbprints', value: '1', taken: true },
    { name: 'MaxThumbprints', value: '0', taken: false },
    { name: 'MaxThumbprints', value: '6', taken: false },
    { name: 'DryRun', value: 'maybe', taken: false },
    { name: 'Schedule', value: 'cron(58 * * * ? *)', taken: true },
    { name: 'Schedule', value: 'hourly', taken: false },
    { name: 'CodeBucket', value: 'My_Bucket', taken: false },
    { name: 'CodeKey', value: 'lambdas/refresh thumbprints.zip', taken: false },
    { name: 'CaCertificates', value: 'no certificate', taken: false },
    { name: 'PermissionsBoundary', value: 'arn:aws:iam::111111111111:policy/b', taken: true },
    { name: 'PermissionsBoundary', value: 'arn:aws:iam::111111111111:policy/*', taken: false },
  ];
  for (const { name, value, taken } of values) {
    it(`${taken ? 'takes' : 'refuses'} ${name} ${JSON.stringify(value)}`, () => {
      if (taken) make({ [name]: value });
      else assert.throws(() => make({ [name]: value }), { message: `Parameter ${name} failed to satisfy constraint` });
    });
  }

  it('says that AWS hardly needs thumbprints', () => {
    const text = readFileSync(join(cloudFormation, file), 'utf8').replace(/\s+/g, ' ');
    assert.match(
      text,
      /has not needed thumbprints for publicly trusted certificates since July 2024 and may ignore them/,
    );
    assert.ok(!text.includes('ThumbprintList'), 'no provider is made here');
  });

  it('has its parameters and their defaults in the README', () => {
    const [rows = []] = readTables(cloudFormation, 'parameter of the refresher');
    const expected = Object.entries(template.Parameters).map(([name, { Default: fallback }]) => ({
      name,
      fallback: (fallback as string | number | undefined)?.toString() ?? 'required',
    }));
    assert.deepEqual(rows, expected);
  });
});

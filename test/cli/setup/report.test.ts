import assert from 'node:assert/strict';
import { Command } from 'commander';
import { formatEqualCommand } from '../../../src/cli/setup/dialogue/complete-options.ts';
import { chooseRegion, formatStep, type StepConnection } from '../../../src/cli/setup/report.ts';
import { mayAsk } from '../../../src/cli/terminal/questions.ts';
import { parseProfileNames } from '../../../src/cli/setup/dialogue/ask-account.ts';
import { connectionId, roleArn } from '../company.ts';

describe('the step that setup shows', () => {
  const steps: readonly (StepConnection & { readonly inputs: readonly string[] })[] = [
    { kind: 'azure-rm', name: 'aws', id: connectionId, inputs: ['serviceConnection: aws'] },
    { kind: undefined, name: 'it: yes', id: connectionId, inputs: ['serviceConnection: "it: yes"'] },
    {
      kind: 'azure-devops',
      name: 'aws',
      id: connectionId,
      inputs: ['connectionType: azureDevOps', 'azureDevOpsConnection: aws'],
    },
    { kind: 'azure-rm', name: 'a$(b)', id: connectionId, inputs: [`serviceConnection: ${connectionId}`] },
    { kind: 'azure-rm', name: '${{ x }}', id: connectionId, inputs: [`serviceConnection: ${connectionId}`] },
    {
      kind: undefined,
      name: undefined,
      id: connectionId,
      inputs: ['serviceConnection: "<name of the service connection>"'],
    },
  ];
  for (const { inputs, ...connection } of steps) {
    it(`names ${connection.name ?? 'a connection without a name'} by ${inputs.join(', ')}`, () => {
      assert.deepEqual(formatStep({ connection, roleArn, region: 'eu-west-1' }).split('\n'), [
        'steps:',
        '  - task: AWSAssumeRoleWIF@1',
        '    name: aws',
        '    inputs:',
        ...[...inputs, `roleArn: ${roleArn}`, 'region: eu-west-1'].map(line => `      ${line}`),
        '  - script: aws sts get-caller-identity',
      ]);
    });
  }

  it("takes the environment's Region where it is one of the partition's", () => {
    assert.equal(chooseRegion('aws', { AWS_REGION: 'cn-north-1', AWS_DEFAULT_REGION: 'eu-west-1' }), 'eu-west-1');
    assert.equal(chooseRegion('aws', { AWS_REGION: 'x\n  evil: true' }), 'us-east-1');
    assert.equal(chooseRegion('aws-cn', {}), 'cn-north-1');
  });
});

describe('the command line that gives the answers as options', () => {
  const { options: known } = new Command()
    .option('--project <name>')
    .option('--connection <name>', '', (value: string) => [value])
    .option('--partition <name>', '', 'aws')
    .option('--dry-run');
  const all = { project: "it's", connection: ['a b', 'c'], partition: 'aws', dryRun: true };
  const rows = [
    { shell: 'sh', values: all, command: `x --project 'it'\\''s' --connection 'a b' --connection c --dry-run` },
    { shell: 'powershell', values: all, command: `x --project 'it''s' --connection 'a b' --connection c --dry-run` },
    { shell: 'sh', values: { partition: 'aws-cn', project: undefined }, command: 'x --partition aws-cn' },
    { shell: 'sh', values: { project: 'x\u001b[31m' }, command: undefined },
    { shell: 'sh', values: { project: 'x\u202ey' }, command: undefined },
    { shell: 'sh', values: { project: '##vso[task.complete]' }, command: undefined },
    { shell: 'powershell', values: { project: 'a"b' }, command: undefined },
    { shell: 'sh', values: { project: '$(id)' }, command: "x --project '$(id)'" },
  ] as const;
  for (const { shell, values, command } of rows) {
    it(`is ${String(command)} for ${shell} and ${JSON.stringify(values)}`, () => {
      assert.equal(formatEqualCommand('x', { known, values, shell }), command);
    });
  }
});

describe('whether questions may be asked', () => {
  const rows = [
    { may: true, options: {}, isTerminal: true, env: {} },
    { may: true, options: {}, isTerminal: true, env: { CI: 'false', TF_BUILD: '' } },
    { may: false, options: {}, isTerminal: false, env: {} },
    { may: false, options: { json: true }, isTerminal: true, env: {} },
    { may: false, options: { yes: true }, isTerminal: true, env: {} },
    { may: false, options: {}, isTerminal: true, env: { TF_BUILD: 'True' } },
    { may: false, options: {}, isTerminal: true, env: { CI: '1' } },
  ];
  for (const { may, options, isTerminal, env } of rows) {
    it(`${may ? 'yes' : 'no'}: ${JSON.stringify({ options, isTerminal, env })}`, () => {
      assert.equal(mayAsk(options, isTerminal, env), may);
    });
  }
});

describe('the profiles of ~/.aws', () => {
  it('are those of both files, each once, and no other sections', () => {
    const config = '[default]\nregion = x\n[profile one]\n[profile "two words"]\n[sso-session s]\n# [profile no]\n';
    assert.deepEqual(parseProfileNames(config, '[default]\n[one]\r\n[three]\n'), [
      'default',
      'one',
      'two words',
      'three',
    ]);
    assert.deepEqual(parseProfileNames('', ''), []);
  });
});

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseHcl } from '../infra/parse-hcl.ts';
import { checkInputs, inputNames, type RawInputs } from '../../tasks/AWSAssumeRoleWIF/AWSAssumeRoleWIFV1/inputs.ts';
import { parseTemplate, type Fields } from '../infra/read-template.ts';
import { makeStack } from '../infra/stack.ts';
import { findSteps, type TaskStep } from './task-steps.ts';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const task = 'AWSAssumeRoleWIF@1';

interface TaskInput {
  readonly name: string;
  readonly type: string;
  readonly required?: boolean;
  readonly defaultValue?: string;
  readonly options?: Readonly<Record<string, string>>;
}

const definition = JSON.parse(
  readFileSync(join(root, 'tasks/AWSAssumeRoleWIF/AWSAssumeRoleWIFV1/task.json'), 'utf8'),
) as { readonly inputs: readonly TaskInput[] };

/** Returns what task.json says against a step. Aliases count as unknown: examples show the main names. */
function checkAgainstDefinition({ inputs }: TaskStep): readonly string[] {
  const unknown = Object.keys(inputs).filter(name => definition.inputs.every(one => one.name !== name));
  const wrong = definition.inputs.flatMap(({ name, type, required, options }) => {
    const value = inputs[name];
    if (value === undefined) return required === true ? [`${name} is missing`] : [];
    if (type === 'boolean' && typeof value !== 'boolean') return [`${name} is no boolean`];
    if (type !== 'boolean' && typeof value !== 'string' && typeof value !== 'number') return [`${name} is no text`];
    if (options !== undefined && !((value as string | number).toString() in options))
      return [`${name} is none of its options`];
    // YAML reads digits as a number, and an account id may begin with a zero.
    return name === 'allowedAccountIds' && typeof value === 'number' ? [`${name} is not quoted`] : [];
  });
  return [...unknown.map(name => `${name} is unknown`), ...wrong];
}

const connection = {
  id: 'f0cda5b5-1aff-46ac-a80b-054d5c4f9b8a',
  scheme: 'WorkloadIdentityFederation',
  subject: undefined,
};

/** Lets the task itself check a step's inputs, variables of the agent put in; throws what is wrong. */
function letTaskCheck({ inputs }: TaskStep): ReturnType<typeof checkInputs> {
  const texts = Object.fromEntries(
    inputNames.map(name => [
      name,
      ((inputs[name] as string | number | boolean | undefined) ?? '').toString().replace(/\$\([\w.]+\)/g, '4711'),
    ]),
  ) as RawInputs;
  return checkInputs(
    { ...texts, serviceConnection: connection.id },
    {
      findConnection: id => (id === connection.id ? connection : undefined),
      regionVariables: {},
      run: { definition: 'infra', runId: '4711', attempt: '1' },
      environment: [],
    },
  );
}

function listFiles(folder: string, extension: string): readonly string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith(extension))
    .map(file => join(folder, file))
    .sort();
}

/** Blocks of YAML in Markdown. */
function listSnippets(path: string): readonly string[] {
  const text = readFileSync(join(root, path), 'utf8');
  return [...text.matchAll(/^```ya?ml\n([^]*?)^```$/gm)].map(([, yaml = '']) => yaml);
}

const pipelines = listFiles('examples', '.yml');
const documents = ['README.md', 'overview.md', ...listFiles('examples', '.md'), ...listFiles('infra', '.md')];

function readSteps(path: string): readonly TaskStep[] {
  return findSteps(readFileSync(join(root, path), 'utf8'), task);
}

describe('examples', () => {
  it('are all there', () => {
    assert.deepEqual(pipelines, [
      'examples/classic-release/steps.yml',
      'examples/first-pipeline/azure-pipelines.yml',
      'examples/hub-and-spoke/azure-pipelines.yml',
      'examples/required-template/aws-job.yml',
      'examples/required-template/azure-pipelines.yml',
      'examples/terraform-accounts/azure-pipelines.yml',
      'examples/terraform-plan-apply/azure-pipelines.yml',
    ]);
    const text = readFileSync(join(root, 'examples/README.md'), 'utf8');
    for (const path of pipelines) assert.ok(text.includes(`](${dirname(path).replace('examples/', '')})`), path);
  });

  for (const path of pipelines) {
    it(`${path} gives the task inputs that it has and takes`, () => {
      const steps = readSteps(path);
      // What extends a template has its steps there.
      assert.equal(steps.length === 0, path === 'examples/required-template/azure-pipelines.yml', 'uses of the task');
      for (const step of steps) {
        assert.deepEqual(checkAgainstDefinition(step), []);
        assert.doesNotThrow(() => letTaskCheck(step));
      }
    });
  }

  for (const path of documents) {
    it(`${path}: so do its snippets`, () => {
      for (const yaml of listSnippets(path)) {
        for (const step of findSteps(yaml, task)) {
          assert.deepEqual(checkAgainstDefinition(step), []);
          assert.doesNotThrow(() => letTaskCheck(step));
        }
      }
    });
  }

  const wrong = [
    { name: 'an alias', inputs: 'serviceConnection: aws, roleToAssume: x', says: 'roleToAssume is unknown' },
    { name: 'another letter case', inputs: 'serviceConnection: aws, RoleArn: x', says: 'RoleArn is unknown' },
    { name: 'no connection', inputs: 'roleArn: x', says: 'serviceConnection is missing' },
    {
      name: 'a text for a boolean',
      inputs: 'serviceConnection: aws, writeProfile: yes',
      says: 'writeProfile is no boolean',
    },
    {
      name: 'an account id as a number',
      inputs: 'serviceConnection: aws, allowedAccountIds: 111111111111',
      says: 'allowedAccountIds is not quoted',
    },
  ];
  for (const { name, inputs, says } of wrong) {
    it(`would be found with ${name}`, () => {
      const steps = findSteps(`steps:\n  - task: ${task}\n    inputs: { ${inputs} }\n`, task);
      assert.deepEqual(steps.map(checkAgainstDefinition), [[says]]);
    });
  }

  it('would be found with a value that the task refuses', () => {
    const [step] = findSteps(
      `- task: ${task}\n  inputs: { serviceConnection: aws, roleArn: deploy, region: mars }\n`,
      task,
    );
    assert.ok(step !== undefined, 'no step was read');
    assert.throws(() => letTaskCheck(step), { name: 'WifError', code: 'InputInvalid' });
  });

  describe('Terraform', () => {
    for (const path of listFiles('examples', '.tf')) {
      it(`${path} names profiles that its pipeline makes`, async () => {
        const read = (await parseHcl(path, readFileSync(join(root, path), 'utf8'))) as Readonly<Record<string, Fields>>;
        const providers = (read['provider']?.['aws'] ?? []) as readonly Fields[];
        assert.ok(providers.length > 0, 'no provider was read');
        const wanted = providers.flatMap(({ profile }) => (typeof profile === 'string' ? profile : []));
        const uses = readSteps(join(dirname(path), 'azure-pipelines.yml')).map(letTaskCheck);
        const fitting = uses.filter(({ goals }) =>
          wanted.every(name => goals.some(goal => JSON.stringify(goal).includes(`"${name}"`))),
        );
        assert.ok(fitting.length > 0, `no step has the profiles ${wanted.join(', ')}`);
        const accounts = providers.flatMap(one => one['allowed_account_ids'] as readonly string[]);
        const text = readFileSync(join(root, dirname(path), 'azure-pipelines.yml'), 'utf8');
        for (const account of accounts) assert.ok(text.includes(`:${account}:role/`), account);
      });
    }

    it('takes credentials in each job that uses AWS, plan and apply with an approval between', () => {
      for (const example of ['terraform-plan-apply', 'terraform-accounts']) {
        const text = readFileSync(join(root, 'examples', example, 'azure-pipelines.yml'), 'utf8');
        const stages = text.split(/^ {2}- stage: /m).slice(1);
        assert.equal(stages.length, 2, example);
        for (const stage of stages) {
          assert.ok(stage.indexOf(`task: ${task}`) < stage.indexOf('terraform init'), example);
          assert.ok(stage.includes(`task: ${task}`), example);
        }
        assert.match(stages[1] ?? '', /^ {4}dependsOn: plan$[^]*^ {8}environment: aws-production$/m);
        assert.doesNotMatch(text, /stageDependencies|dependencies\.|AWS_(?:ACCESS|SECRET|SESSION)/);
      }
    });
  });

  describe("the hub's spoke", () => {
    const template = parseTemplate(readFileSync(join(root, 'examples/hub-and-spoke/spoke-role.yaml'), 'utf8'));
    const spoke = { ...template, Rules: {}, Conditions: {} };
    const PolicyArns = 'arn:aws:iam::aws:policy/ReadOnlyAccess';

    it("trusts the hub role's ARN, and nobody else", () => {
      const hub = 'arn:aws:iam::111111111111:role/hub-payments';
      const { resources } = makeStack(spoke, { HubRoleArn: hub, PolicyArns });
      const { AssumeRolePolicyDocument: trust } = resources['Role']?.['Properties'] as Fields;
      assert.deepEqual(trust, {
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Principal: { AWS: hub }, Action: ['sts:AssumeRole', 'sts:TagSession'] }],
      });
    });

    for (const arn of [
      'arn:aws:iam::111111111111:root',
      '111111111111',
      '*',
      'arn:aws:iam::111111111111:role/*',
      'arn:aws:iam::111111111111:user/x',
      'arn:aws:iam::111111111111:role/x/',
    ]) {
      it(`refuses to trust ${arn}`, () => {
        assert.throws(() => makeStack(spoke, { HubRoleArn: arn, PolicyArns }), /^Error: Parameter HubRoleArn failed/);
      });
    }
  });
});

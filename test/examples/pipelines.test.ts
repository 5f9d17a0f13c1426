import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { makeScratchFolder } from '../harness/scratch-folder.ts';
import { parseHcl } from '../infra/parse-hcl.ts';
import { checkInputs, inputNames, type RawInputs } from '../../tasks/AWSAssumeRoleWIF/AWSAssumeRoleWIFV1/inputs.ts';
import { parseTemplate, type Fields } from '../infra/read-template.ts';
import { makeStack } from '../infra/stack.ts';
import { expand, normaliseStep } from './expand-template.ts';
import { findSteps, type TaskStep } from './task-steps.ts';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const task = 'AWSAssumeRoleWIF@1';

interface TaskInput {
  readonly name: string;
  readonly type: string;
  readonly required?: boolean;
  readonly visibleRule?: string;
  readonly defaultValue?: string;
  readonly options?: Readonly<Record<string, string>>;
}

const definition = JSON.parse(
  readFileSync(join(root, 'tasks/AWSAssumeRoleWIF/AWSAssumeRoleWIFV1/task.json'), 'utf8'),
) as { readonly inputs: readonly TaskInput[] };

/** Whether a rule of the form `input = value`, or none, shows an input beside these. */
function isVisible(rule: string | undefined, inputs: TaskStep['inputs']): boolean {
  if (rule === undefined) return true;
  const [name = '', wanted] = rule.split(' = ');
  return (inputs[name] ?? definition.inputs.find(one => one.name === name)?.defaultValue) === wanted;
}

/** Returns what task.json says against a step. Aliases count as unknown: examples show the main names. */
function checkAgainstDefinition({ inputs }: TaskStep): readonly string[] {
  const unknown = Object.keys(inputs).filter(name => definition.inputs.every(one => one.name !== name));
  const wrong = definition.inputs.flatMap(({ name, type, required, visibleRule, options }) => {
    const value = inputs[name];
    if (value === undefined) return required === true && isVisible(visibleRule, inputs) ? [`${name} is missing`] : [];
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
  const named = texts.connectionType === 'azureDevOps' ? 'azureDevOpsConnection' : 'serviceConnection';
  return checkInputs(
    { ...texts, [named]: connection.id },
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

/** The steps of a stage's one job, in a deployment or not. */
function listSteps(stage: Fields): readonly Fields[] {
  const [job] = stage['jobs'] as readonly Fields[];
  const strategy = job?.['strategy'] as { readonly runOnce: { readonly deploy: Fields } } | undefined;
  const holder = strategy === undefined ? job : strategy.runOnce.deploy;
  return (holder?.['steps'] ?? []) as readonly Fields[];
}

/** A folder with a zip of a file named terraform, and a curl that takes every address for it. */
function makeZip(): string {
  const folder = makeScratchFolder('install-terraform');
  writeFileSync(join(folder, 'terraform'), '#!/bin/sh\n', { mode: 0o755 });
  const code = 'import zipfile; zipfile.ZipFile("terraform.zip", "w").write("terraform")';
  const { status, stderr } = spawnSync('python3', ['-c', code], { cwd: folder, encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  mkdirSync(join(folder, 'bin'));
  writeFileSync(join(folder, 'bin/curl'), '#!/bin/sh\ncp "$ZIP" "$2"\n');
  chmodSync(join(folder, 'bin/curl'), 0o755);
  return folder;
}

function runInstall(script: string, folder: string, env: Readonly<Record<string, string>>) {
  const path = `${join(folder, 'bin')}:${process.env['PATH'] ?? ''}`;
  const own = { PATH: path, ZIP: join(folder, 'terraform.zip'), AGENT_TEMPDIRECTORY: join(folder, 'temp') };
  return spawnSync('bash', ['-c', script], { env: { ...own, ...env }, encoding: 'utf8' });
}

describe('examples', () => {
  it('are all there', () => {
    assert.deepEqual(pipelines, [
      'examples/audit-trust/azure-pipelines.yml',
      'examples/classic-release/steps.yml',
      'examples/first-pipeline/azure-pipelines.yml',
      'examples/hub-and-spoke/azure-pipelines.yml',
      'examples/live-check.yml',
      'examples/required-template/aws-job.yml',
      'examples/required-template/azure-pipelines.yml',
      'examples/terraform-accounts/azure-pipelines.yml',
      'examples/terraform-accounts/install-terraform.yml',
      'examples/terraform-plan-apply/azure-pipelines.yml',
      'examples/terraform-plan-apply/install-terraform.yml',
    ]);
    const text = readFileSync(join(root, 'examples/README.md'), 'utf8');
    for (const path of pipelines) {
      const place = dirname(path) === 'examples' ? basename(path) : basename(dirname(path));
      assert.ok(text.includes(`](${place})`), path);
    }
  });

  for (const path of pipelines) {
    it(`${path} gives the task inputs that it has and takes`, () => {
      const steps = readSteps(path);
      // What extends a template has its steps there.
      const isWithout = /required-template\/azure-pipelines|install-terraform/.test(path);
      assert.equal(steps.length === 0, isWithout, 'uses of the task');
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
      name: 'no connection of the type',
      inputs: 'connectionType: azureDevOps, serviceConnection: aws',
      says: 'azureDevOpsConnection is missing',
    },
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

  describe('pipelines', () => {
    for (const path of pipelines.filter(one => one.endsWith('azure-pipelines.yml'))) {
      it(`${path}: run for no pull request`, () => {
        assert.equal((parse(readFileSync(join(root, path), 'utf8')) as Fields)['pr'], 'none');
      });
    }

    for (const name of ['terraform-accounts', 'terraform-plan-apply']) {
      const folder = join(root, 'examples', name);
      const text = readFileSync(join(folder, 'azure-pipelines.yml'), 'utf8');
      const { stages } = parse(text) as { readonly stages: readonly Fields[] };

      it(`${name}: installs Terraform before there are credentials, in each job`, () => {
        const lists = stages.map(stage => listSteps(stage));
        assert.equal(lists.length, 2);
        for (const steps of lists) {
          const [install, credentials] = ['install-terraform.yml', task].map(one =>
            steps.findIndex(step => step['template'] === one || step['task'] === one),
          );
          assert.ok(install !== -1 && (install ?? 0) < (credentials ?? 0), JSON.stringify(steps));
        }
      });

      it(`${name}: applies main alone, with the providers that were planned with`, () => {
        const [, apply] = stages;
        assert.equal(apply?.['condition'], "and(succeeded(), eq(variables['Build.SourceBranch'], 'refs/heads/main'))");
        const inits = text.match(/terraform init .*/g) ?? [];
        assert.deepEqual(new Set(inits), new Set(['terraform init -input=false -lockfile=readonly']));
        assert.equal(inits.length, 2);
      });

      it(`${name}: says what has to be there before the first run`, () => {
        const files = readdirSync(folder).filter(one => /\.(?:md|yml)$/.test(one));
        const all = files.map(one => readFileSync(join(folder, one), 'utf8')).join('\n');
        assert.match(all, /automatically creates (?:a missing environment|one)|makes one that is not there by itself/);
        assert.match(all, /Commit `?\.terraform\.lock\.hcl/);
      });

      it(`${name}: takes Terraform by its checksum, and refuses another file`, function () {
        const missing = ['python3', 'unzip', 'sha256sum', 'bash'].filter(one => spawnSync(one, ['--help']).error);
        if (process.platform !== 'linux' || missing.length > 0) {
          console.log(
            `SKIPPED: install-terraform.yml was not run; it is for Linux, and ${missing.join(', ')} are missing`,
          );
          this.skip();
        }
        const { parameters, steps } = parse(readFileSync(join(folder, 'install-terraform.yml'), 'utf8')) as Fields & {
          readonly parameters: readonly Fields[];
          readonly steps: readonly Fields[];
        };
        const values = Object.fromEntries(parameters.map(one => [String(one['name']), one['default']]));
        const [step] = expand(steps, { parameters: values }) as readonly Fields[];
        const env = step?.['env'] as Readonly<Record<string, string>>;
        assert.match(env['SHA256'] ?? '', /^[0-9a-f]{64}$/);
        const zip = makeZip();
        const right = createHash('sha256')
          .update(readFileSync(join(zip, 'terraform.zip')))
          .digest('hex');
        for (const { SHA256, status } of [
          { SHA256: right, status: 0 },
          { SHA256: env['SHA256'], status: 1 },
        ]) {
          const ran = runInstall(String(step?.['bash']), zip, { ...env, SHA256: SHA256 ?? '' });
          assert.equal(ran.status, status, ran.stderr);
          assert.equal(ran.stdout.includes('##vso[task.prependpath]'), status === 0, ran.stdout);
        }
      });
    }

    it('install Terraform in the same way', () => {
      const [one, other] = ['terraform-accounts', 'terraform-plan-apply'].map(name =>
        readFileSync(join(root, 'examples', name, 'install-terraform.yml'), 'utf8'),
      );
      assert.equal(one, other);
    });
  });

  describe('the required template', () => {
    const { stages: template } = parse(
      readFileSync(join(root, 'examples/required-template/aws-job.yml'), 'utf8'),
    ) as Fields;
    const expandFor = (steps: readonly Fields[], account = 'production'): readonly Fields[] => {
      const [stage] = expand(template, {
        parameters: { account, steps: steps.map(normaliseStep) },
      }) as readonly Fields[];
      return listSteps(stage ?? {});
    };

    for (const keyword of ['script', 'bash', 'pwsh', 'powershell']) {
      it(`runs a step that is written as ${keyword}, after the credentials`, () => {
        const step = { [keyword]: 'echo 1', displayName: 'One', env: { A: 'b' } };
        const [checkout, credentials, ...others] = expandFor([step, step]);
        assert.deepEqual([checkout?.['checkout'], credentials?.['task']], ['self', task]);
        assert.deepEqual(others, [normaliseStep(step), normaliseStep(step)]);
        assert.ok(
          others.every(one => /^(?:CmdLine@2|Bash@3|PowerShell@2)$/.test(String(one['task']))),
          'a script',
        );
      });
    }

    const strangers: readonly { readonly name: string; readonly step: Fields }[] = [
      { name: 'the credentials once more', step: { task, inputs: { serviceConnection: 'aws-production' } } },
      { name: 'another task with the connection', step: { task: 'AzureCLI@2', inputs: { azureSubscription: 'x' } } },
      { name: 'a checkout', step: { checkout: 'other' } },
      { name: 'an artifact', step: { publish: 'x' } },
      { name: 'a script of a later version', step: { task: 'CmdLine@3' } },
      { name: 'a step that is no task', step: { template: 'x.yml' } },
    ];
    for (const { name, step } of strangers) {
      it(`starts no run with ${name}: a key that no step has`, () => {
        const [, , first, ...others] = expandFor([step, { script: 'echo 1' }]);
        const [key = '', ...keys] = Object.keys(first ?? {});
        assert.match(key, /^only script, bash, pwsh and powershell, not /);
        assert.deepEqual([keys, others.length], [[], 1]);
      });
    }

    it('gives each account its own connection and role', () => {
      const inputs = ['development', 'production'].map(account => expandFor([], account)[1]?.['inputs'] as Fields);
      assert.deepEqual(
        inputs.map(one => [one['serviceConnection'], one['roleArn'], one['allowedAccountIds']]),
        [
          ['aws-development', 'arn:aws:iam::111111111111:role/deploy', '111111111111'],
          ['aws-production', 'arn:aws:iam::222222222222:role/deploy', '222222222222'],
        ],
      );
    });

    it('runs what its example hands over', () => {
      const path = join(root, 'examples/required-template/azure-pipelines.yml');
      const { extends: extended } = parse(readFileSync(path, 'utf8')) as {
        readonly extends: { readonly parameters: { readonly account: string; readonly steps: readonly Fields[] } };
      };
      const { account, steps } = extended.parameters;
      assert.deepEqual(expandFor(steps, account).slice(2), steps.map(normaliseStep));
    });

    // What Microsoft's page on `extends` says becomes of its steps.
    it('is expanded as Azure Pipelines does it', () => {
      const sample = parse(
        [
          '- ${{ each step in parameters.buildSteps }}:',
          "  - ${{ if ne(step.task, 'CmdLine@2') }}:",
          '    - ${{ step }}',
          "  - ${{ if eq(step.task, 'CmdLine@2') }}:",
          "    - '${{ step.task }}': error",
        ].join('\n'),
      ) as unknown;
      const buildSteps = [{ bash: 'a' }, { task: 'CmdLine@2', inputs: { script: 'b' } }, { script: 'c' }];
      const expanded = expand(sample, { parameters: { buildSteps: buildSteps.map(normaliseStep) } });
      assert.deepEqual(expanded, [normaliseStep({ bash: 'a' }), { 'CmdLine@2': 'error' }, { 'CmdLine@2': 'error' }]);
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

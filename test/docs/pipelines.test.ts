import assert from 'node:assert/strict';
import { checkInputs, inputNames, type InputName } from '../../tasks/AWSAssumeRoleWIF/AWSAssumeRoleWIFV1/inputs.ts';
import definition from '../../tasks/AWSAssumeRoleWIF/AWSAssumeRoleWIFV1/task.json' with { type: 'json' };
import { readPages } from './pages.ts';
import { findTaskSteps, parseYaml } from './pipelines.ts';
import { variableNames } from './variables.ts';

const roleArn = 'arn:aws:iam::111111111111:role/deploy';

/** Returns what stands for an expression of the pipeline: a role of an account that is allowed, a Region, or nothing. */
function sampleOf(name: InputName, { allowedAccountIds = '' }: Readonly<Record<string, string>>): string {
  if (name === 'roleArn') return roleArn.replace('111111111111', /\d{12}/.exec(allowedAccountIds)?.[0] ?? '$&');
  return name === 'region' ? 'eu-west-1' : '';
}

const names = new Map<string, InputName>(
  definition.inputs.flatMap(input => {
    const name = inputNames.find(one => one === input.name);
    return name === undefined ? [] : [input.name, ...('aliases' in input ? input.aliases : [])].map(one => [one, name]);
  }),
);

/** Returns the inputs by their main names; throws for one that the task does not have. */
function nameInputs(given: Readonly<Record<string, string>>): Readonly<Record<InputName, string>> {
  const entries = Object.entries(given).map(([key, value]) => {
    const name = names.get(key);
    assert.ok(name !== undefined, `the task has no input "${key}"`);
    return [name, /\$[({]/.test(value) ? sampleOf(name, given) : value.trim()] as const;
  });
  const blank = Object.fromEntries(inputNames.map(name => [name, '']));
  return { ...blank, ...Object.fromEntries(entries) } as Record<InputName, string>;
}

/** Checks inputs as the task does, with the connection's name looked up as Azure DevOps does it. */
function check(given: Readonly<Record<string, string>>): void {
  const raw = nameInputs(given);
  assert.notEqual(
    given['serviceConnection'] ??
      given['azureSubscription'] ??
      given['connectedServiceNameARM'] ??
      given['azureDevOpsConnection'],
    undefined,
  );
  const named = raw.azureDevOpsConnection === '' ? 'serviceConnection' : 'azureDevOpsConnection';
  checkInputs(
    { ...raw, [named]: 'f0cda5b5-1aff-46ac-a80b-054d5c4f9b8a' },
    {
      findConnection: id => ({ id, scheme: 'WorkloadIdentityFederation', subject: undefined }),
      regionVariables: { AWS_REGION: 'eu-west-1' },
      run: { definition: 'd', runId: '1', attempt: '1' },
      environment: [],
    },
  );
}

const used = /\$\((?:([A-Za-z]\w*)\.)?((?:[A-Z][A-Z0-9_]*_)?AWS_\w+)\)/g;

describe('docs/pipelines', () => {
  const snippets = readPages().flatMap(({ snippets: all }) => all.filter(({ language }) => language === 'yaml'));
  const steps = snippets.flatMap(({ place, text }) => findTaskSteps(parseYaml(text)).map(step => ({ place, step })));

  for (const { place, step } of steps) {
    it(`${place}: the task takes ${Object.keys(step.inputs).join(', ')}`, () => {
      check(step.inputs);
    });
  }

  for (const { place, text } of snippets) {
    for (const [whole, step, name = ''] of text.matchAll(used)) {
      it(`${place}: ${whole} is a variable that the task sets`, () => {
        const form = step === undefined ? 'plain' : 'output';
        assert.ok(variableNames(form).includes(name.replace(/^[A-Z][A-Z0-9_]*_(?=AWS_)/, '')), `no ${form} ${name}`);
        const named = findTaskSteps(parseYaml(text)).map(one => one.name);
        if (step !== undefined && named.length > 0) assert.ok(named.includes(step), `no step is named ${step}`);
      });
    }
  }

  it('finds steps at all', () => {
    assert.ok(steps.length > 15, `${steps.length} steps`);
  });

  const wrong: readonly (readonly [string, Readonly<Record<string, string>>, RegExp])[] = [
    ['an unknown input', { serviceConnection: 'a', role: 'x' }, /no input "role"/],
    ['no connection', { roleArn }, /undefined/],
    ['a wrong ARN', { serviceConnection: 'a', roleArn: 'deploy' }, /Input roleArn/],
    ['a wrong profile line', { serviceConnection: 'a', profiles: 'a : b' }, /Input profiles, line 1/],
    ['a wrong number', { serviceConnection: 'a', roleArn, durationSeconds: '60' }, /durationSeconds/],
  ];
  for (const [name, inputs, message] of wrong) {
    it(`refuses ${name}`, () => {
      assert.throws(() => {
        check(inputs);
      }, message);
    });
  }
});

import assert from 'node:assert/strict';
import {
  describeCollisions,
  readJobEnvironment,
  variableNames,
  type VariableName,
} from '../../src/azure-devops/job-environment.ts';
import { buildTaskEnvironment } from '../harness/environment.ts';
import { createMasker } from '../harness/masking.ts';
import { Variables, type VariableFlags } from '../harness/variables.ts';

type Posed = readonly (readonly [name: string, value: string, flags?: VariableFlags])[];

/** What a step reads in a job with these variables, beside what its agent's machine and its `env:` say. */
function readJob(posed: Posed, machine: Readonly<Record<string, string>> = {}, platform: NodeJS.Platform = 'linux') {
  const masker = createMasker();
  const variables = new Variables(masker);
  for (const [name, value, flags] of posed) variables.set(name, value, flags);
  const added = buildTaskEnvironment({
    stepEnvironment: new Map(),
    variables,
    inputs: new Map([['region', 'eu-west-1']]),
    endpoints: [
      {
        id: undefined,
        url: 'https://dev.azure.com/contoso/',
        scheme: 'OAuth',
        parameters: { AccessToken: 't' },
        data: {},
      },
    ],
    taskVariables: new Variables(masker),
    prependedPaths: [],
    agentEnvironment: machine,
  });
  return readJobEnvironment({ ...machine, ...Object.fromEntries(added) }, platform);
}

/** How another variable's name becomes the same environment variable. */
const poses: Readonly<Record<string, (name: string) => Posed[number]>> = {
  'with underscores': name => [name.replaceAll('.', '_'), 'posed'],
  'in capitals': name => [name.replaceAll('.', '_').toUpperCase(), 'posed'],
  'with blanks': name => [name.replace(/[._]/g, ' '), 'posed'],
  'with dots': name => [name.replaceAll('_', '.'), 'posed'],
  'with preserveCase': name => [name.replace(/[._ ]/g, '_').toUpperCase(), 'posed', { preserveCase: true }],
  'with preserveCase, in small letters': name => [
    name.replace(/[._ ]/g, ' ').toLowerCase(),
    'posed',
    { preserveCase: true },
  ],
};

const guid = '64171687-7a59-4fce-b2c8-823278dcf176';

describe('azure-devops/job-environment', () => {
  for (const name of variableNames) {
    it(`${name} is never taken for another's than those who can have set it`, () => {
      const machine = { [name.includes('.') ? name.replaceAll('.', '_').toUpperCase() : name]: 'machine' };
      assert.deepEqual(readJob([], machine).find(name), { value: 'machine', names: [] });
      for (const [way, pose] of Object.entries(poses)) {
        const posing = pose(name);
        const [posed] = posing;
        const alone = readJob([posing], machine).find(name);
        assert.ok(alone?.value === 'machine' || alone?.names.includes(posed), `${way}: ${posed}`);
        for (const order of [0, 1]) {
          const both: Posed = [[name, 'own'], posing];
          const found = readJob(order === 0 ? both : both.toReversed(), machine).find(name);
          const isOther = posed.toLowerCase() !== name.toLowerCase();
          assert.ok(found?.value !== 'machine' || name !== name.toUpperCase(), way);
          if (found?.value === 'posed') assert.ok(found.names.includes(posed), `${way}: ${posed}`);
          if (isOther && found?.value === 'own') assert.ok(found.names.includes(name), `${way}: ${posed}`);
        }
      }
    });

    it(`${name} as a secret does not hide the one that is none`, () => {
      const posed = name.includes('.') ? name.replaceAll('.', '_') : `${name.slice(0, 3)}.${name.slice(4)}`;
      const found = readJob([
        [name, 'own'],
        [posed, 'posed', { secret: true }],
      ]).find(name);
      if (name === name.toUpperCase() || name.includes('.')) assert.equal(found?.value, 'own');
    });
  }

  it('no variable can pose as the lists of names', () => {
    const { find } = readJob([
      ['VSTS_PUBLIC_VARIABLES', '[]'],
      ['vsts.secret.variables', '[]'],
      ['Agent.TempDirectory', 'own'],
    ]);
    assert.deepEqual(find('Agent.TempDirectory')?.names, ['Agent.TempDirectory']);
  });

  it('on Windows letter case makes no other variable of the environment', () => {
    const { find } = readJob([['systemroot', 'x', { preserveCase: true }]], { SYSTEMROOT: 'C:\\Windows' }, 'win32');
    assert.deepEqual(find('SystemRoot')?.names, ['systemroot']);
  });

  it('hands out no variable that is not listed, and no secret in its values', () => {
    const { values } = readJob([
      ['Some.Other', 'x'],
      ['AWS_REGION', 'eu-west-1', { secret: true }],
    ]);
    assert.deepEqual([values['SOME_OTHER'], values['AWS_REGION']], [undefined, undefined]);
  });

  describe('endpoints', () => {
    it('the job has its own, whatever poses as it', () => {
      const posed = JSON.stringify({ scheme: 'OAuth', parameters: { AccessToken: 'posed' } });
      const { findEndpoint } = readJob([
        ['ENDPOINT_AUTH_SYSTEMVSSCONNECTION', posed],
        ['endpoint.url.systemvssconnection', 'https://evil.example/'],
        ['ENDPOINT_AUTH_PARAMETER_SYSTEMVSSCONNECTION_ACCESSTOKEN', 'posed'],
      ]);
      const found = findEndpoint('SYSTEMVSSCONNECTION');
      assert.deepEqual([found?.url, found?.parameters['AccessToken']], ['https://dev.azure.com/contoso/', 't']);
    });

    it('a connection that the step does not get is not there, whatever poses as it', () => {
      const posed = JSON.stringify({ scheme: 'WorkloadIdentityFederation', parameters: {} });
      const flags = { preserveCase: true };
      assert.equal(readJob([[`ENDPOINT_AUTH_${guid}`, posed, flags]]).findEndpoint(guid), undefined);
      assert.equal(readJob([[`ENDPOINT.AUTH.${guid}`, posed, flags]]).findEndpoint(guid), undefined);
    });

    it('single parameters that the agent did not write count for nothing', () => {
      const auth = JSON.stringify({ scheme: 'WorkloadIdentityFederation', parameters: { tenantid: 't' } });
      const posed = {
        [`ENDPOINT_AUTH_PARAMETER_${guid}_WORKLOADIDENTITYFEDERATIONSUBJECT`]: 'posed',
        [`ENDPOINT_DATA_${guid}_ENVIRONMENT`]: 'posed',
      };
      const found = readJobEnvironment(
        { ...posed, [`ENDPOINT_AUTH_${guid}`]: auth, [`ENDPOINT_DATA_${guid}`]: 'null' },
        'linux',
      ).findEndpoint(guid);
      assert.deepEqual([found?.parameters, found?.data], [{ tenantid: 't' }, {}]);
    });

    for (const text of ['', '{', 'null', '[]', '"x"', '{"parameters":[1],"scheme":2}']) {
      it(`${JSON.stringify(text)} is none, or an empty one`, () => {
        const found = readJobEnvironment({ [`ENDPOINT_AUTH_${guid}`]: text }, 'linux').findEndpoint(guid);
        assert.ok(found === undefined || (found.scheme === '' && Object.keys(found.parameters).length === 0));
      });
    }
  });

  describe('collisions that decide nothing are one line, with both names', () => {
    const rows: readonly (readonly [Posed, VariableName | undefined])[] = [
      [
        [
          ['System.Debug', 'false'],
          ['SYSTEM_DEBUG', 'true'],
        ],
        'System.Debug',
      ],
      [[['System.Debug', 'true']], undefined],
      [
        [
          ['NODE_ENV', 'x'],
          ['node.env', 'y'],
        ],
        undefined,
      ],
      [
        [
          ['AWS_REGION', 'x'],
          ['AWS.Region', 'y'],
        ],
        undefined,
      ],
      [
        [
          ['Agent.TempDirectory', 'x'],
          ['AGENT_TEMPDIRECTORY', 'y'],
        ],
        undefined,
      ],
    ];
    for (const [posed, name] of rows) {
      it(posed.map(([one]) => one).join(' and '), () => {
        const lines = describeCollisions(readJob(posed));
        assert.equal(lines.length, name === undefined ? 0 : 1);
        for (const [one] of name === undefined ? [] : posed) assert.ok(lines[0]?.includes(`"${one}"`), lines[0]);
      });
    }
  });
});

import assert from 'node:assert/strict';
import {
  describeCollisions,
  readJobEnvironment,
  variableNames,
  type VariableName,
} from '../../src/azure-devops/job-environment.ts';
import { guid, poses, readJob, type Posed } from './read-job.ts';

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

  for (const name of variableNames) {
    it(`a variable of a name that begins with SECRET_ is not ${name}, nor anybody's but the job's`, () => {
      for (const [way, pose] of Object.entries({ own: (one: string) => [one, 'posed'] as Posed[number], ...poses })) {
        const [posed, ...rest] = pose(name);
        for (const start of ['SECRET_', 'secret.', 'Secret ']) {
          const alone = readJob([[`${start}${posed}`, ...rest]], {}, way === 'own' ? 'win32' : 'linux');
          assert.equal(alone.find(name), undefined, way);
          const beside = readJob([
            [name, 'own', { secret: true }],
            [`${start}${posed}`, ...rest],
          ]).find(name);
          assert.ok(beside === undefined || beside.names.includes(name), way);
        }
      }
    });
  }

  it('no variable can pose as a password by a name that begins with SECRET_', () => {
    for (const name of ['Agent.ProxyUrl', 'Agent.ProxyPassword', 'Agent.ClientCertPassword'] as const) {
      assert.equal(readJob([[`SECRET.${name}`, 'posed']]).findSecret(name), undefined);
      assert.equal(
        readJob([[name, 'own', { secret: true }]])
          .findSecret(name)
          ?.reveal(),
        'own',
      );
    }
  });

  for (const list of ['["a","b', '{}', 'null', '[1', '"x"']) {
    it(`where the list of names is ${list}, everything may be the job's`, () => {
      const environment = { VSTS_PUBLIC_VARIABLES: list, NODE_EXTRA_CA_CERTS: '/x', AGENT_TEMPDIRECTORY: '/t' };
      const { find, claimants } = readJobEnvironment(environment, 'linux');
      assert.deepEqual(find('NODE_EXTRA_CA_CERTS')?.names, ['NODE_EXTRA_CA_CERTS']);
      assert.deepEqual(find('Agent.TempDirectory')?.names, ['AGENT_TEMPDIRECTORY']);
      assert.deepEqual(claimants('AWS_PROFILE').open, ['AWS_PROFILE']);
    });
  }

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
      const absent = '0'.repeat(8) + guid.slice(8);
      const flags = { preserveCase: true };
      assert.equal(readJob([[`ENDPOINT_AUTH_${absent}`, posed, flags]]).findEndpoint(absent), undefined);
      assert.equal(readJob([[`ENDPOINT.AUTH.${absent}`, posed, flags]]).findEndpoint(absent), undefined);
    });

    for (const name of [
      ...variableNames,
      'workloadIdentityFederationSubject',
      'tenantid',
      'environment',
      'url',
      'scheme',
    ]) {
      it(`${name} posed as a parameter or as data that an endpoint lacks is neither, nor itself`, () => {
        const kinds = ['AUTH', 'AUTH_PARAMETER', 'AUTH_SCHEME', 'DATA', 'URL'];
        const posed = ['SYSTEMVSSCONNECTION', guid].flatMap(id =>
          kinds.flatMap(kind => ['.', '_'].map(dot => `ENDPOINT_${kind}_${id}${dot}${name}`)),
        );
        const bent = readJob(posed.flatMap(one => [[one, 'posed'] as const, [one, 'posed', { preserveCase: true }]]));
        const plain = readJob([]);
        for (const id of ['SYSTEMVSSCONNECTION', guid]) assert.deepEqual(bent.findEndpoint(id), plain.findEndpoint(id));
        for (const one of variableNames) assert.deepEqual(bent.find(one), plain.find(one), one);
        assert.deepEqual([bent.inputs, bent.values], [plain.inputs, plain.values]);
      });
    }

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

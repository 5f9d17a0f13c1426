import assert from 'node:assert/strict';
import { clientSwitches } from '../../src/handoff/client-switches.ts';
import { planVariables } from '../../src/handoff/variables.ts';
import { Secret } from '../../src/secret.ts';
import type { Session } from '../../src/session/credentials.ts';
import { choice } from '../handoff/variable-choice.ts';
import { checkInputs, inputNames, type InputName } from '../../tasks/AWSAssumeRoleWIF/AWSAssumeRoleWIFV1/inputs.ts';
import definition from '../../tasks/AWSAssumeRoleWIF/AWSAssumeRoleWIFV1/task.json' with { type: 'json' };

const allowed = definition.restrictions.settableVariables.allowed;
const key = new Secret('0123456789abcdef');
const session: Session = {
  role: { text: 'arn:aws:iam::111111111111:role/a', partition: 'aws', accountId: '111111111111', path: '/', name: 'a' },
  assumedRoleArn: 'arn:aws:sts::111111111111:assumed-role/a/b',
  credentials: { accessKeyId: key, secretAccessKey: key, sessionToken: key, expiration: new Date(0) },
  life: { opened: { hostMs: 0, sinceBootMs: 0 }, lastsMs: 3_600_000 },
  hostAheadMs: 0,
};

function settableNames(prefix: string): readonly string[] {
  const whole = {
    ...choice,
    prefix,
    profiles: { configFile: '/a', credentialsFile: '/b', defaultProfile: 'c' },
    switches: clientSwitches,
  };
  return [...new Set(planVariables({ session, region: 'eu-west-1' }, whole).map(({ name }) => name))];
}

/** The agent compares by minimatch, in any letter case; of its wildcards only `*` is used. */
function isSettable(name: string): boolean {
  return allowed.some(pattern =>
    new RegExp(`^${pattern.replaceAll('.', '\\.').replaceAll('*', '[^/]*')}$`, 'i').test(name),
  );
}

const foreign = [
  'PATH',
  'NODE_OPTIONS',
  'AWS_ENDPOINT_URL',
  'AWS_CA_BUNDLE',
  'AWS_DEFAULT_PROFILE',
  'AWS_EC2_METADATA_SERVICE_ENDPOINT',
  'NETWORK_AWS_EC2_METADATA_DISABLED',
  'AWS_ROLE_ARN',
  'AWS_WEB_IDENTITY_TOKEN_FILE',
  'NETWORK_AWS_PROFILE',
  'NETWORK_AWS_CONFIG_FILE',
  'NETWORK_AWS_DEFAULT_REGION',
  'AWS_PROFILE_USE',
  'System.OidcRequestUri',
  'NETWORK_PATH',
  'AWS.Region',
];

describe('tasks/task.json', () => {
  describe('settableVariables lists exact names plus *_AWS_<NAME> for the prefixed ones', () => {
    for (const prefix of ['', 'NETWORK_', 'A_', 'MY_TEAM_']) {
      for (const name of settableNames(prefix)) {
        it(`allows ${name}`, () => {
          assert.ok(isSettable(name));
        });
      }
    }

    for (const pattern of allowed) {
      it(`needs ${pattern}`, () => {
        const name = pattern.replace('*_', 'NETWORK_');
        assert.ok([...settableNames(''), ...settableNames('NETWORK_')].includes(name));
        assert.match(pattern, /^(?:\*_)?AWS[._][A-Za-z0-9_]+$/);
      });
    }

    for (const name of foreign) {
      it(`does not allow ${name}`, () => {
        assert.ok(!isSettable(name));
      });
    }
  });

  it('offers exactly the inputs that are read, by their main names', () => {
    assert.deepEqual(definition.inputs.map(({ name }) => name).sort(), [...inputNames].sort());
  });

  it('uses no alias twice, nor one that is the name of an input', () => {
    const names = definition.inputs.flatMap(input => [input.name, ...('aliases' in input ? input.aliases : [])]);
    assert.equal(new Set(names.map(name => name.toLowerCase())).size, names.length);
  });

  it('shows the defaults that empty inputs stand for', () => {
    const required = {
      serviceConnection: 'f0cda5b5-1aff-46ac-a80b-054d5c4f9b8a',
      roleArn: 'arn:aws:iam::111111111111:role/deploy',
      region: 'eu-west-1',
    };
    const shown = Object.fromEntries(definition.inputs.map(({ name, defaultValue }) => [name, defaultValue]));
    const blank = Object.fromEntries(inputNames.map(name => [name, '']));
    const facts = {
      findConnection: (id: string) => ({ id, scheme: 'WorkloadIdentityFederation', subject: undefined }),
      regionVariables: {},
      run: { definition: 'd', runId: '1', attempt: '1' },
      environment: [],
    };
    const check = (raw: Record<string, string>) =>
      checkInputs({ ...raw, ...required } as Record<InputName, string>, facts);
    assert.deepEqual(check(shown), check(blank));
  });

  it('declares no output variables, which would hide the plain names', () => {
    assert.ok(!('outputVariables' in definition));
  });
});

import assert from 'node:assert/strict';
import { chooseSwitches, isOwnSwitch, requireVisible } from '../../src/handoff/client-switches.ts';
import type { Environment } from '../../src/handoff/job-profiles.ts';

const all = {
  AWS_SDK_LOAD_CONFIG: '1',
  AWS_EC2_METADATA_DISABLED: 'true',
  AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: '',
  AWS_CONTAINER_CREDENTIALS_FULL_URI: 'disabled:AWSAssumeRoleWIF',
};
const loadConfig = 'AWS_SDK_LOAD_CONFIG';
const metadata = 'AWS_EC2_METADATA_DISABLED';

interface Row {
  readonly name: string;
  readonly environment: Environment;
  readonly job?: readonly string[];
  /** Names that the step does not set. */
  readonly left?: readonly string[];
  readonly warned?: readonly string[];
}

const otherValues = ['false', 'TRUE', 'True', ' true', 'true ', '1', 'yes', 'no'];

const rows: readonly Row[] = [
  { name: 'nothing is set', environment: {} },
  { name: 'an earlier use has set all', environment: all, job: Object.keys(all) },
  { name: 'the machine sets all', environment: all },
  { name: 'the machine sets both to nothing', environment: { [loadConfig]: '', [metadata]: '' } },
  ...otherValues.flatMap(value => [
    { name: `the job says ${value}`, environment: { [metadata]: value }, job: [metadata], warned: [metadata] },
    { name: `the machine says ${value}`, environment: { [metadata]: value }, left: [metadata], warned: [metadata] },
  ]),
  ...['0', 'true', 'false'].flatMap(value => [
    { name: `the job loads ${value}`, environment: { [loadConfig]: value }, job: [loadConfig], warned: [loadConfig] },
    {
      name: `the machine loads ${value}`,
      environment: { [loadConfig]: value },
      left: [loadConfig],
      warned: [loadConfig],
    },
  ]),
  { name: 'the job empties one', environment: { [metadata]: '' }, job: [metadata], warned: [metadata] },
  {
    name: 'the job says one thing and the machine another',
    environment: { [loadConfig]: '0', [metadata]: 'false' },
    job: [loadConfig],
    left: [metadata],
    warned: [loadConfig, metadata],
  },
  { name: 'a variable of the job has that name in another letter case', environment: {}, job: [metadata] },
];

describe('handoff/client-switches', () => {
  for (const { name, environment, job = [], left = [], warned = [] } of rows) {
    it(`sets ${4 - left.length} and warns of ${warned.length} where ${name}`, () => {
      const choice = chooseSwitches(environment, name => job.includes(name));
      const set = Object.entries(all).filter(([variable]) => !left.includes(variable));
      assert.deepEqual(choice.variables, Object.fromEntries(set));
      assert.deepEqual(
        choice.warnings.map(line => line.split(' ')[0]),
        warned,
      );
      for (const line of choice.warnings) {
        const variable = line.split(' ')[0] ?? '';
        assert.ok(line.startsWith(`${variable} is "${environment[variable] ?? ''}" `), line);
      }
    });
  }

  it('knows what an earlier use in the job has set, and nothing else', () => {
    for (const [name, value] of Object.entries(all)) {
      assert.equal(isOwnSwitch(name, value), true);
      for (const other of [undefined, 'http://127.0.0.1/', `${value} `]) assert.equal(isOwnSwitch(name, other), false);
    }
    assert.equal(isOwnSwitch('AWS_ROLE_ARN', ''), false);
  });

  it('names no host by which a container could be asked', () => {
    const url = new URL(all.AWS_CONTAINER_CREDENTIALS_FULL_URI);
    assert.deepEqual([url.host, url.hostname, url.protocol], ['', '', 'disabled:']);
    // Readers that know only a host and a port find no port, and give up before they look up the host.
    assert.match(all.AWS_CONTAINER_CREDENTIALS_FULL_URI, /^[a-z]+:(?!\/)[A-Za-z]+$/);
  });

  it('says what an overwritten variable was for, and what one that stays opens', () => {
    const environment = { [metadata]: 'false' };
    const [overwritten = ''] = chooseSwitches(environment, name => name === metadata).warnings;
    assert.equal(
      overwritten,
      `${metadata} is "false" in this job; from this step on it is "true". Without it, a later step could act as the agent machine's own instance role.`,
    );
    const [kept = ''] = chooseSwitches(environment, () => false).warnings;
    assert.equal(
      kept,
      `${metadata} is "false" on the agent's machine and is not changed. A later step whose profile fails can act as the machine's own instance role: only "true" prevents that.`,
    );
  });

  describe('a secret variable stays secret, so later steps would not get what is set', () => {
    for (const name of ['AWS_CONFIG_FILE', 'AWS_SHARED_CREDENTIALS_FILE', 'AWS_PROFILE', ...Object.keys(all)]) {
      const own = name.replace('_', '.').toLowerCase();
      it(`refuses ${name}, by the name that it was set with`, () => {
        assert.throws(
          () => {
            requireVisible(one => (one === name ? [own] : []));
          },
          {
            code: 'ProfileHidden',
            message: new RegExp(
              `secret variables named ${own.replace('.', '\\.')}\\..*, or set writeProfile: false\\.$`,
              's',
            ),
          },
        );
      });
    }

    it('takes the secret variables of an earlier use', () => {
      const earlier = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN', 'SYSTEM_ACCESSTOKEN'];
      requireVisible(name => earlier.filter(one => one === name));
    });
  });
});

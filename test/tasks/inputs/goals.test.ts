import assert from 'node:assert/strict';
import { WifError, type ErrorCode } from '../../../src/errors.ts';
import {
  checkInputs,
  inputNames,
  type CheckedInputs,
  type InputName,
  type JobFacts,
  type RawInputs,
} from '../../../tasks/AWSAssumeRoleWIF/AWSAssumeRoleWIFV1/inputs.ts';

const hub = 'arn:aws:iam::111111111111:role/hub';
const spoke = 'arn:aws:iam::222222222222:role/spoke';
const leaf = 'arn:aws:iam::333333333333:role/leaf';
const china = 'arn:aws-cn:iam::444444444444:role/china';

const facts: JobFacts = {
  findConnection: id => ({ id, scheme: 'WorkloadIdentityFederation', subject: undefined }),
  regionVariables: { AWS_REGION: undefined, AWS_DEFAULT_REGION: undefined },
  run: { definition: 'infra-main', runId: '4711', attempt: '1' },
  environment: ['PATH', 'AWS_REGION', 'AWS_CONFIG_FILE', 'AWS_PROFILE', 'MY_AWS_ACCESS_KEY_ID'],
};
const bare: RawInputs = {
  ...(Object.fromEntries(inputNames.map(name => [name, ''])) as Record<InputName, string>),
  serviceConnection: 'f0cda5b5-1aff-46ac-a80b-054d5c4f9b8a',
};

type Change = Partial<RawInputs>;

/** With a main role and a region. */
const whole: Change = { roleArn: hub, region: 'eu-west-1' };

function check(change: Change, job: Partial<JobFacts> = {}): CheckedInputs {
  return checkInputs({ ...bare, ...change }, { ...facts, ...job });
}

function faultsOf(change: Change, job: Partial<JobFacts> = {}): WifError['faults'] {
  try {
    check(change, job);
  } catch (thrown) {
    assert.ok(thrown instanceof WifError, String(thrown));
    return thrown.faults;
  }
  return assert.fail('was not refused');
}

/** A goal as "profile: role > role in region". */
function show({ goals }: CheckedInputs): readonly string[] {
  return goals.map(
    ({ profile, hops, region }) =>
      `${profile ?? 'none'}: ${hops.map(({ accountId }) => accountId.slice(0, 1)).join(' > ')} in ${region}`,
  );
}

const taken: readonly {
  readonly name: string;
  readonly change: Change;
  readonly main: boolean;
  readonly goals: readonly string[];
}[] = [
  { name: 'a role alone', change: whole, main: true, goals: ['azure-pipelines: 1 in eu-west-1'] },
  {
    name: 'a role with a chain',
    change: { ...whole, roleChain: `${spoke}\n${leaf}` },
    main: true,
    goals: ['azure-pipelines: 1 > 2 > 3 in eu-west-1'],
  },
  {
    name: 'a role and profiles: the role first',
    change: { ...whole, profiles: `audit = ${spoke}\nleaf = ${hub} > ${leaf} us-east-1` },
    main: true,
    goals: ['azure-pipelines: 1 in eu-west-1', 'audit: 2 in eu-west-1', 'leaf: 1 > 3 in us-east-1'],
  },
  {
    name: 'profiles alone',
    change: { region: 'eu-west-1', profiles: `audit = ${spoke}\nleaf = ${leaf}` },
    main: false,
    goals: ['audit: 2 in eu-west-1', 'leaf: 3 in eu-west-1'],
  },
  {
    name: 'profiles alone that each have a region: none is needed for the step',
    change: { profiles: `audit = ${spoke} us-east-1\nchina = ${china} cn-north-1` },
    main: false,
    goals: ['audit: 2 in us-east-1', 'china: 4 in cn-north-1'],
  },
  {
    name: 'a role of its own partition next to profiles of another',
    change: { ...whole, profiles: `china = ${china} cn-north-1` },
    main: true,
    goals: ['azure-pipelines: 1 in eu-west-1', 'china: 4 in cn-north-1'],
  },
  {
    name: 'a profile with the default name where no role takes it',
    change: { region: 'eu-west-1', profiles: `azure-pipelines = ${spoke}` },
    main: false,
    goals: ['azure-pipelines: 2 in eu-west-1'],
  },
  {
    name: 'a role without profile files',
    change: { ...whole, writeProfile: 'false' },
    main: true,
    goals: ['none: 1 in eu-west-1'],
  },
  {
    name: 'a role with a profile name of its own',
    change: { ...whole, profileName: 'deploy' },
    main: true,
    goals: ['deploy: 1 in eu-west-1'],
  },
  {
    name: 'a role with a prefix',
    change: { ...whole, variablePrefix: 'MY_TEAM_' },
    main: true,
    goals: ['my_team: 1 in eu-west-1'],
  },
];

const refused: readonly {
  readonly name: string;
  readonly change: Change;
  readonly code?: ErrorCode;
  readonly found: RegExp;
  readonly count?: number;
}[] = [
  { name: 'neither a role nor profiles', change: { region: 'eu-west-1' }, found: /Input roleArn is empty/ },
  {
    name: 'comments alone in profiles',
    change: { region: 'eu-west-1', profiles: '# none' },
    found: /Input roleArn is empty/,
  },
  { name: 'a role without a region', change: { roleArn: hub }, found: /Input region is empty/ },
  {
    name: 'a line without a region where the step has none',
    change: { profiles: `audit = ${spoke} us-east-1\nleaf = ${leaf}` },
    found: /Input region is empty/,
  },
  {
    name: 'a line without a region where that of the step is in another partition',
    change: { ...whole, profiles: `china = ${china}` },
    found: /no region for "china", and the step's region eu-west-1 is not in partition aws-cn/,
  },
  {
    name: 'a chain without a role to begin with',
    change: { region: 'eu-west-1', roleChain: spoke, profiles: `leaf = ${leaf}` },
    found: /roleChain is set, but roleArn is empty/,
  },
  {
    name: 'profiles without profile files',
    change: { ...whole, profiles: `leaf = ${leaf}`, writeProfile: 'false' },
    found: /profiles is set, but writeProfile is false/,
  },
  {
    name: 'refreshing without profile files',
    change: { ...whole, refreshCredentials: 'true', writeProfile: 'false' },
    found: /refreshCredentials is true, but writeProfile is false/,
  },
  {
    name: 'a line of the name that the role has by default',
    change: { ...whole, profiles: `azure-pipelines = ${leaf}` },
    found: /the profile "azure-pipelines", which is also the profile of roleArn/,
  },
  {
    name: 'a line of the name that was given to the role',
    change: { ...whole, profiles: `deploy = ${leaf}`, profileName: 'deploy' },
    found: /the profile "deploy", which is also the profile of roleArn/,
  },
  {
    name: 'a line of the name that the prefix gave to the role',
    change: { ...whole, profiles: `network = ${leaf}`, variablePrefix: 'NETWORK_' },
    found: /the profile "network", which is also the profile of roleArn/,
  },
  {
    name: 'a duration of more than an hour with roleChain',
    change: { ...whole, roleChain: spoke, durationSeconds: '3601' },
    found: /durationSeconds is 3601, but roles are chained/,
  },
  {
    name: 'a duration of more than an hour with a chain in profiles',
    change: { ...whole, profiles: `leaf = ${hub} > ${leaf}`, durationSeconds: '43200' },
    found: /durationSeconds is 43200, but roles are chained/,
  },
  {
    name: 'an external id without a chain',
    change: { ...whole, externalId: 'external' },
    found: /Input externalId is set, but no role is chained/,
  },
  {
    name: 'session tags without a chain',
    change: { ...whole, sessionTags: 'team=a' },
    found: /Input sessionTags is set, but no role is chained/,
  },
  {
    name: 'transitive keys and tags without a chain',
    change: { ...whole, sessionTags: 'team=a', transitiveTagKeys: 'team', profiles: `leaf = ${leaf}` },
    found: /Input sessionTags is set.*Input transitiveTagKeys is set/s,
    count: 2,
  },
];

/** Every place in which an account may stand. */
const accounts: readonly { readonly name: string; readonly change: Change; readonly outside: readonly string[] }[] = [
  { name: 'the role', change: { ...whole, allowedAccountIds: '222222222222' }, outside: [hub] },
  {
    name: 'a role of roleChain',
    change: { ...whole, roleChain: `${spoke}\n${leaf}`, allowedAccountIds: '111111111111,222222222222' },
    outside: [leaf],
  },
  {
    name: 'a role on the way',
    change: { ...whole, roleChain: `${spoke}\n${leaf}`, allowedAccountIds: '111111111111,333333333333' },
    outside: [spoke],
  },
  {
    name: 'the role of a line',
    change: { ...whole, profiles: `leaf = ${leaf}`, allowedAccountIds: '111111111111' },
    outside: [leaf],
  },
  {
    name: 'the first hop of a line',
    change: { ...whole, profiles: `leaf = ${spoke} > ${leaf}`, allowedAccountIds: '111111111111,333333333333' },
    outside: [spoke],
  },
  {
    name: 'all of them',
    change: { ...whole, profiles: `leaf = ${spoke} > ${leaf}`, allowedAccountIds: '999999999999' },
    outside: [hub, spoke, leaf],
  },
];

const hiding = [
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'AWS_ROLE_ARN',
  'AWS_WEB_IDENTITY_TOKEN_FILE',
  'AWS_CONTAINER_CREDENTIALS_FULL_URI',
  'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
  'AWS_DEFAULT_PROFILE',
  'AWS_BEARER_TOKEN_BEDROCK',
];
/** Keys under other names, which SDKs read as pairs: both lists of a pair, in any mixture. */
const otherPairs = [
  ['AWS_ACCESS_KEY', 'AWS_SECRET_KEY'],
  ['AMAZON_ACCESS_KEY_ID', 'AMAZON_SECRET_ACCESS_KEY'],
  ['AWS_ACCESS_KEY', 'AMAZON_SECRET_ACCESS_KEY'],
] as const;
const harmless = [
  'AWS_REGION',
  'AWS_DEFAULT_REGION',
  'AWS_PROFILE',
  'AWS_CONFIG_FILE',
  'AWS_SHARED_CREDENTIALS_FILE',
  'NETWORK_AWS_ACCESS_KEY_ID',
  'AWS_ACCESS_KEY_ID_OLD',
  'AWS_CONTAINER_AUTHORIZATION_TOKEN',
  'AWS_ROLE_ARN_BACKUP',
  'AWS_BEARER_TOKEN',
  'MY_AWS_SECRET_KEY',
  ...otherPairs.flat(),
];

const profileNames = [
  { prefix: '', text: '', is: 'azure-pipelines' },
  { prefix: 'NETWORK_', text: '', is: 'network' },
  { prefix: 'MY_TEAM_', text: '', is: 'my_team' },
  { prefix: 'A1__', text: '', is: 'a1' },
  { prefix: `${'A'.repeat(31)}_`, text: '', is: 'a'.repeat(31) },
  { prefix: 'NETWORK_', text: 'deploy', is: 'deploy' },
  { prefix: '', text: 'default', is: 'default' },
  { prefix: '', text: `A.b_c@d+e-${'f'.repeat(54)}`, is: `A.b_c@d+e-${'f'.repeat(54)}` },
];
const noProfileNames = [
  '-a',
  '.a',
  '_a',
  'a b',
  'a/b',
  'a]',
  '[a',
  'a\nb',
  'a;b',
  'ä',
  'a'.repeat(65),
  '$a',
  '"a"',
  'DEFAULT',
];

describe('tasks/inputs/goals', () => {
  for (const { name, change, main, goals } of taken) {
    it(`takes ${name}`, () => {
      const inputs = check(change);
      assert.deepEqual(show(inputs), goals);
      assert.equal(inputs.hasMainRole, main);
    });
  }

  for (const { name, change, code = 'InputInvalid', found, count = 1 } of refused) {
    it(`refuses ${name}`, () => {
      const faults = faultsOf(change);
      assert.equal(faults.length, count, faults.map(fault => fault.found).join('\n'));
      assert.ok(faults.every(fault => fault.code === code));
      assert.match(faults.map(fault => fault.found).join('\n'), found);
    });
  }

  it('explains why a web identity takes none of what only a chain can take', () => {
    for (const change of [{ externalId: 'external' }, { sessionTags: 'team=a' }]) {
      const [fault] = faultsOf({ ...whole, ...change });
      assert.match(fault?.expected ?? '', /STS accepts this input only with AssumeRole, not with a web identity/);
      assert.match(fault?.remedy ?? '', /^Add the chain, or remove (?:externalId|sessionTags)/);
    }
  });

  it('says what longer work needs where a chain is asked for more than an hour', () => {
    const [fault] = faultsOf({ ...whole, roleChain: spoke, durationSeconds: '7200' });
    assert.match(fault?.remedy ?? '', /refreshCredentials: true/);
  });

  it('takes what only a chain can take with one, in roleChain or in profiles', () => {
    const chained = {
      externalId: 'external',
      sessionTags: 'team=a',
      transitiveTagKeys: 'team',
      durationSeconds: '3600',
    };
    for (const change of [{ roleChain: spoke }, { profiles: `leaf = ${spoke} > ${leaf}` }]) {
      const { terms } = check({ ...whole, ...change, ...chained });
      assert.equal(terms.externalId, 'external');
      assert.deepEqual(terms.tags, { team: 'a' });
      assert.deepEqual(terms.transitiveTagKeys, ['team']);
      assert.equal(terms.durationSeconds, 3600);
    }
  });

  it('takes more than an hour without a chain', () => {
    assert.equal(
      check({ ...whole, durationSeconds: '43200', profiles: `leaf = ${leaf}` }).terms.durationSeconds,
      43_200,
    );
  });

  it('calls stsEndpoint for every role where it is given, else the regional one of each', () => {
    const profiles = `audit = ${spoke} us-east-1\nchina = ${china} cn-north-1`;
    assert.deepEqual(
      check({ ...whole, profiles }).goals.map(({ endpoint }) => endpoint.host),
      ['sts.eu-west-1.amazonaws.com', 'sts.us-east-1.amazonaws.com', 'sts.cn-north-1.amazonaws.com.cn'],
    );
    const { goals } = check({ ...whole, profiles, stsEndpoint: 'http://127.0.0.1:8080' });
    assert.deepEqual(new Set(goals.map(({ endpoint }) => endpoint.host)), new Set(['127.0.0.1:8080']));
  });

  it('takes the region of lines from the variables, as that of the role', () => {
    const job = { regionVariables: { AWS_REGION: 'us-east-1', AWS_DEFAULT_REGION: 'us-east-2' } };
    assert.deepEqual(show(check({ profiles: `leaf = ${leaf}` }, job)), ['leaf: 3 in us-east-1']);
  });

  it('does not look at the variables where no line needs them', () => {
    const job = { regionVariables: { AWS_REGION: 'mars', AWS_DEFAULT_REGION: undefined } };
    assert.deepEqual(show(check({ profiles: `leaf = ${leaf} eu-west-1` }, job)), ['leaf: 3 in eu-west-1']);
  });

  it('reports mistakes of role, chain, profiles, tags and accounts together', () => {
    const faults = faultsOf({
      roleArn: 'hub',
      region: 'mars',
      roleChain: 'spoke',
      profiles: 'leaf',
      sessionTags: 'team',
      externalId: 'x',
      allowedAccountIds: 'all',
      profileName: '-',
    });
    assert.equal(faults.length, 8, faults.map(({ found }) => found).join('\n'));
  });

  describe('the allowed accounts are checked on every ARN before any network call', () => {
    for (const { name, change, outside } of accounts) {
      it(`refuses ${name} in another account`, () => {
        const faults = faultsOf(change);
        assert.deepEqual(
          faults.map(({ code, found }) => `${code} ${found.split(' ')[2] ?? ''}`),
          outside.map(arn => `AccountNotAllowed ${arn}`),
        );
      });
    }

    it('takes all of them in allowed accounts', () => {
      const allowedAccountIds = '333333333333\n111111111111, 222222222222';
      const change = { ...whole, roleChain: spoke, profiles: `leaf = ${hub} > ${leaf}`, allowedAccountIds };
      assert.equal(check(change).goals.length, 2);
    });

    it('names a role in another account also where something else is wrong', () => {
      const codes = faultsOf({ ...whole, allowedAccountIds: '222222222222', maxAttempts: '0' }).map(({ code }) => code);
      assert.deepEqual(codes.sort(), ['AccountNotAllowed', 'InputInvalid']);
    });
  });

  describe('with writeProfile, variables in the environment that would hide the profile are an error that names them', () => {
    for (const name of hiding) {
      it(`refuses ${name}`, () => {
        const [fault, ...more] = faultsOf(whole, { environment: ['PATH', name] });
        assert.equal(fault?.code, 'ProfileHidden');
        assert.equal(fault.found, `The job's environment contains ${name}.`);
        assert.match(fault.remedy, /writeProfile: false/);
        assert.deepEqual(more, []);
      });

      it(`takes ${name} where no profile is written`, () => {
        const environment = ['PATH', name];
        assert.equal(check({ ...whole, writeProfile: 'false' }, { environment }).writeProfile, false);
      });
    }

    for (const name of harmless) {
      it(`does not mind ${name}`, () => {
        assert.equal(check(whole, { environment: [name] }).writeProfile, true);
      });
    }

    for (const pair of otherPairs) {
      it(`refuses ${pair.join(' with ')}`, () => {
        const [fault] = faultsOf(whole, { environment: ['PATH', ...pair] });
        assert.equal(fault?.found, `The job's environment contains ${pair.join(', ')}.`);
      });
    }

    it('names all of them at once, and what else is wrong', () => {
      const faults = faultsOf({ ...whole, maxAttempts: '0' }, { environment: hiding });
      assert.equal(faults.length, 2);
      for (const name of hiding)
        assert.ok(
          faults.some(({ found }) => found.includes(name)),
          name,
        );
    });
  });

  describe('the profile of the role is named by profileName, else by the prefix', () => {
    for (const { prefix, text, is } of profileNames) {
      it(`"${text}" with prefix "${prefix}": ${is}`, () => {
        const { goals } = check({ ...whole, variablePrefix: prefix, profileName: text });
        assert.equal(goals[0].profile, is);
      });
    }

    for (const text of noProfileNames) {
      it(`refuses ${JSON.stringify(text)}`, () => {
        const [fault, ...more] = faultsOf({ ...whole, profileName: text });
        assert.equal(fault?.found.slice(0, 20), 'Input profileName is');
        assert.deepEqual(more, []);
      });
    }

    it('says nothing more of the name where the prefix is wrong', () => {
      assert.equal(faultsOf({ ...whole, variablePrefix: 'network' }).length, 1);
    });
  });
});

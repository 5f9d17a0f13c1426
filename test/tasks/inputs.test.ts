import assert from 'node:assert/strict';
import { WifError, type ErrorCode } from '../../src/errors.ts';
import type { Partition } from '../../src/session/region.ts';
import type { RoleArn } from '../../src/session/match-role-arn.ts';
import {
  checkInputs,
  inputNames,
  type InputName,
  type JobFacts,
  type RawInputs,
} from '../../tasks/AWSAssumeRoleWIF/AWSAssumeRoleWIFV1/inputs.ts';

const connection = {
  id: 'f0cda5b5-1aff-46ac-a80b-054d5c4f9b8a',
  scheme: 'WorkloadIdentityFederation',
  subject: undefined,
};
const facts: JobFacts = {
  findConnection: id => (id === connection.id ? connection : undefined),
  regionVariables: { AWS_REGION: undefined, AWS_DEFAULT_REGION: undefined },
  run: { definition: 'infra-main', runId: '4711', attempt: '1' },
  environment: ['PATH', 'HOME', 'AWS_REGION'],
};
const empty = Object.fromEntries(inputNames.map(name => [name, ''])) as Record<InputName, string>;
const good: RawInputs = {
  ...empty,
  serviceConnection: connection.id,
  roleArn: 'arn:aws:iam::111111111111:role/deploy',
  region: 'eu-west-1',
};

function roleIn(accountId: string, name: string, partition: Partition = 'aws'): RoleArn {
  return { text: `arn:${partition}:iam::${accountId}:role/${name}`, partition, accountId, path: '/', name };
}

function check(change: Partial<RawInputs>, job: Partial<JobFacts> = {}) {
  return checkInputs({ ...good, ...change }, { ...facts, ...job });
}

/** The faults of inputs that are wrong. */
function faultsOf(change: Partial<RawInputs>, job: Partial<JobFacts> = {}): WifError['faults'] {
  let faults: WifError['faults'] = [];
  assert.throws(
    () => check(change, job),
    (error: unknown) => {
      assert.ok(error instanceof WifError);
      faults = error.faults;
      return true;
    },
  );
  return faults;
}

const everyMistake: Readonly<Record<InputName, string>> = {
  connectionType: 'aws',
  serviceConnection: 'wifconnectionname',
  azureDevOpsConnection: '$(connection)',
  roleArn: 'deploy',
  region: 'mars',
  roleSessionName: 'a b',
  durationSeconds: '899',
  sessionPolicy: '[]',
  sessionPolicyArns: 'ReadOnlyAccess',
  roleChain: 'spoke',
  externalId: 'x',
  sessionTags: 'team',
  // Which keys there are is not known where sessionTags is wrong.
  transitiveTagKeys: '$(keys)',
  profiles: 'network',
  setVariables: 'yes',
  outputCredentials: '1',
  variablePrefix: 'network',
  writeProfile: 'no',
  profileName: '-x',
  refreshCredentials: '0',
  allowedAccountIds: ',',
  maskAccountId: 'on',
  stsEndpoint: 'http://sts.example',
  maxAttempts: '11',
  timeoutSeconds: '4',
};

/** What a fault says of the input it is about. */
const nameOf: Partial<Record<InputName, string>> = {
  serviceConnection: 'service connection named "wifconnectionname"',
  profiles: 'Input profiles, line 1,',
  sessionTags: 'Input sessionTags, "team"',
};

interface Refused {
  readonly name: string;
  readonly change: Partial<RawInputs>;
  readonly code?: ErrorCode;
  readonly message: RegExp;
}

const refused: readonly Refused[] = [
  { name: 'no service connection', change: { serviceConnection: '' }, message: /Input serviceConnection is empty/ },
  { name: 'no role', change: { roleArn: '' }, message: /Input roleArn is empty/ },
  { name: 'no region anywhere', change: { region: '' }, message: /AWS_REGION and AWS_DEFAULT_REGION/ },
  {
    name: "a region of another partition than the role's",
    change: { region: 'cn-north-1' },
    message: /cn-north-1 is in partition aws-cn, the role in aws/,
  },
  {
    name: 'a role in an account that is not allowed',
    change: { allowedAccountIds: '222222222222, 333333333333' },
    code: 'AccountNotAllowed',
    message: /account 111111111111.*222222222222, 333333333333/s,
  },
];

describe('tasks/inputs', () => {
  it('fills in every default', () => {
    const { connection: found, goals, hasMainRole, terms, ...rest } = check({});
    assert.deepEqual(found, { ...connection, kind: 'azure-rm' });
    assert.deepEqual(
      { goals, hasMainRole, terms },
      {
        goals: [
          {
            profile: 'azure-pipelines',
            hops: [roleIn('111111111111', 'deploy')],
            region: 'eu-west-1',
            endpoint: new URL('https://sts.eu-west-1.amazonaws.com'),
          },
        ],
        hasMainRole: true,
        terms: {
          roleSessionName: 'infra-main-4711-1',
          durationSeconds: 3600,
          policy: undefined,
          policyArns: [],
          externalId: undefined,
          tags: {},
          transitiveTagKeys: [],
        },
      },
    );
    const switches = {
      stsEndpoint: 'regional',
      setVariables: true,
      outputCredentials: true,
      variablePrefix: '',
      writeProfile: true,
      refreshCredentials: false,
      maxAttempts: 5,
      timeoutSeconds: 60,
    };
    assert.deepEqual({ ...rest, ...switches }, rest);
  });

  it('takes every input as it is written', () => {
    const inputs = check({
      roleSessionName: 'by-hand',
      durationSeconds: '43200',
      sessionPolicy: '{ "Version": "2012-10-17" }',
      sessionPolicyArns: 'arn:aws:iam::aws:policy/ReadOnlyAccess\n',
      setVariables: 'False',
      outputCredentials: 'FALSE',
      variablePrefix: 'NETWORK_',
      allowedAccountIds: '222222222222,\n111111111111',
      maskAccountId: 'true',
      stsEndpoint: 'http://127.0.0.1:8080',
      maxAttempts: '10',
      timeoutSeconds: '600',
    });
    assert.deepEqual(inputs.terms, {
      roleSessionName: 'by-hand',
      durationSeconds: 43_200,
      policy: '{"Version":"2012-10-17"}',
      policyArns: ['arn:aws:iam::aws:policy/ReadOnlyAccess'],
      externalId: undefined,
      tags: {},
      transitiveTagKeys: [],
    });
    assert.equal(inputs.setVariables, false);
    assert.equal(inputs.outputCredentials, false);
    assert.equal(inputs.variablePrefix, 'NETWORK_');
    assert.deepEqual(inputs.stsEndpoint, new URL('http://127.0.0.1:8080/'));
    assert.deepEqual(inputs.goals[0].endpoint, new URL('http://127.0.0.1:8080/'));
    assert.equal(inputs.maxAttempts, 10);
    assert.equal(inputs.timeoutSeconds, 600);
  });

  for (const { name, change, code = 'InputInvalid', message } of refused) {
    it(`refuses ${name}`, () => {
      assert.throws(() => check(change), { code, message });
      assert.equal(faultsOf(change).length, 1);
    });
  }

  describe('every wrong input is reported in one go', () => {
    it('reports a mistake in every single input at once', () => {
      const faults = faultsOf(everyMistake);
      assert.equal(faults.length, inputNames.length, faults.map(fault => fault.found).join('\n'));
      for (const name of inputNames) {
        const about = nameOf[name] ?? `Input ${name} `;
        const found = name.startsWith('sessionPolicy') ? /Input sessionPolicy(?:Arns)? / : about;
        assert.ok(
          faults.some(fault => (typeof found === 'string' ? fault.found.includes(found) : found.test(fault.found))),
          name,
        );
      }
    });

    it('reports ten mistakes as ten faults', () => {
      const ten = inputNames.slice(-10).map(name => [name, everyMistake[name]]);
      assert.equal(faultsOf(Object.fromEntries(ten) as Partial<RawInputs>).length, 10);
    });

    it('reports each wrong line of a list', () => {
      assert.equal(faultsOf({ sessionPolicyArns: 'a\nb\nc' }).length, 3);
    });

    for (const name of inputNames) {
      it(`names what is wrong with ${name} alone, what is expected and what to do`, () => {
        const [fault, ...rest] = faultsOf({ [name]: everyMistake[name] });
        assert.equal(rest.length, 0);
        assert.match(fault?.found ?? '', new RegExp(nameOf[name] ?? `Input ${name} `));
        assert.ok((fault?.expected ?? '').length > 5);
        assert.ok((fault?.remedy ?? '').length > 5);
      });
    }

    it('reports the wrong half of the session policies where the other half holds an unknown variable', () => {
      assert.equal(faultsOf({ sessionPolicy: '$(policy)', sessionPolicyArns: 'ReadOnlyAccess' }).length, 2);
      assert.equal(faultsOf({ sessionPolicy: '[]', sessionPolicyArns: '$(arns)' }).length, 2);
    });
  });

  describe('an unresolved $(name) in any input is an error', () => {
    for (const name of inputNames) {
      for (const text of ['$(missing.variable)', 'x$(missing.variable)y']) {
        it(`refuses ${name}: ${text}`, () => {
          const [fault, ...rest] = faultsOf({ [name]: text });
          assert.equal(fault?.code, 'InputInvalid');
          assert.equal(fault.found, `Input ${name} still contains $(missing.variable).`);
          const late = name === 'serviceConnection' || name === 'azureDevOpsConnection';
          assert.match(
            fault.remedy,
            late ? /define missing\.variable in the pipeline/ : /^Set missing\.variable before this step/,
          );
          // Without a known region or role nothing else is said of them.
          assert.deepEqual(rest, []);
        });
      }
    }

    it('refuses it inside a session policy that would be good JSON', () => {
      const sessionPolicy = '{"Statement":[{"Resource":"arn:aws:s3:::$(bucket)"}]}';
      assert.throws(() => check({ sessionPolicy }), { code: 'InputInvalid', message: /still contains \$\(bucket\)/ });
    });

    it('refuses it in every line of a list', () => {
      const sessionPolicyArns = 'arn:aws:iam::aws:policy/ReadOnlyAccess\n$(other)';
      assert.throws(() => check({ sessionPolicyArns }), {
        code: 'InputInvalid',
        message: /still contains \$\(other\)/,
      });
    });

    it("leaves IAM's own variables alone", () => {
      const sessionPolicy = '{"Resource":"arn:aws:s3:::${aws:userid}/*"}';
      assert.equal(check({ sessionPolicy }).terms.policy, sessionPolicy);
    });
  });

  describe('the region falls back to pipeline variables', () => {
    const rows = [
      { input: 'eu-west-1', one: 'us-east-1', two: 'us-east-2', region: 'eu-west-1' },
      { input: '', one: 'us-east-1', two: 'us-east-2', region: 'us-east-1' },
      { input: '', one: undefined, two: 'us-east-2', region: 'us-east-2' },
      { input: '', one: '', two: 'us-east-2', region: 'us-east-2' },
    ];
    for (const { input, one, two, region } of rows) {
      it(`to ${region} for input "${input}", AWS_REGION ${one ?? '(none)'}, AWS_DEFAULT_REGION ${two}`, () => {
        const inputs = check({ region: input }, { regionVariables: { AWS_REGION: one, AWS_DEFAULT_REGION: two } });
        assert.equal(inputs.goals[0].region, region);
        assert.equal(inputs.goals[0].endpoint.host, `sts.${region}.amazonaws.com`);
      });
    }

    for (const hostile of ['us-east-1@evil.example/', 'evil.example#', '$(AWS_REGION)', 'us-east-1\n']) {
      it(`refuses a variable that holds ${JSON.stringify(hostile)}, and names it`, () => {
        const regionVariables = { AWS_REGION: hostile, AWS_DEFAULT_REGION: 'eu-west-1' };
        assert.throws(() => check({ region: '' }, { regionVariables }), {
          code: 'InputInvalid',
          message: /Variable AWS_REGION (?:is|still)/,
        });
      });
    }
  });

  describe('the allowed accounts are checked before any network call', () => {
    it('passes a role in one of them', () => {
      assert.equal(
        check({ allowedAccountIds: '222222222222 111111111111' }).goals[0].hops[0].accountId,
        '111111111111',
      );
    });

    it('says what else is wrong where the role cannot be read', () => {
      assert.equal(faultsOf({ roleArn: 'deploy', allowedAccountIds: '222222222222' }).length, 1);
    });
  });
});

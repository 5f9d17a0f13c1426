import assert from 'node:assert/strict';
import fc from 'fast-check';
import { WifError } from '../../../src/errors.ts';
import { isRoleArn, parseRoleArn } from '../../../src/session/role-arn.ts';
import { partitionOf } from '../../../src/session/region.ts';
import { Faults } from '../../../tasks/AWSAssumeRoleWIF/AWSAssumeRoleWIFV1/inputs/faults.ts';
import { checkSessionTags } from '../../../tasks/AWSAssumeRoleWIF/AWSAssumeRoleWIFV1/inputs/chain.ts';
import { checkProfiles } from '../../../tasks/AWSAssumeRoleWIF/AWSAssumeRoleWIFV1/inputs/profiles.ts';
import { checkEndpoint } from '../../../tasks/AWSAssumeRoleWIF/AWSAssumeRoleWIFV1/inputs/role.ts';
import {
  checkInputs,
  inputNames,
  type InputName,
  type JobFacts,
} from '../../../tasks/AWSAssumeRoleWIF/AWSAssumeRoleWIFV1/inputs.ts';
import { attempt, check, checkPrintable, timeout } from './check.ts';
import { anyText, around, spoil } from './texts.ts';

const id = 'f0cda5b5-1aff-46ac-a80b-054d5c4f9b8a';
const connection = { id, scheme: 'WorkloadIdentityFederation', subject: undefined };
const roles = [
  'arn:aws:iam::111111111111:role/deploy',
  'arn:aws:iam::222222222222:role/team/a/b',
  'arn:aws-cn:iam::333333333333:role/x',
  'arn:aws-us-gov:iam::333333333333:role/x',
  'arn:aws:sts::111111111111:assumed-role/deploy/x',
] as const;
const policy = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}';

const likely: Readonly<Record<InputName, fc.Arbitrary<string>>> = {
  connectionType: around('azureRM', 'azureDevOps', ''),
  serviceConnection: around(id, 'name'),
  azureDevOpsConnection: around(id, ''),
  roleArn: around(...roles, ''),
  region: around('eu-west-1', 'us-gov-west-1', 'cn-north-1', 'eu-west-1@evil.example/', ''),
  roleSessionName: around('build-1', ''),
  durationSeconds: around('3600', '900', '43200', '1e4', '0x1000', ''),
  sessionPolicy: around(policy, '{"a":1,"a":2}', ''),
  sessionPolicyArns: around('arn:aws:iam::aws:policy/ReadOnlyAccess', ',', '\n', ''),
  roleChain: around(...roles, '\n', ',', ''),
  externalId: around('tenant-7', ''),
  sessionTags: around('team=a', 'Team=b', '\n', 'aws:x=y', '=', ''),
  transitiveTagKeys: around('team', ',', '__proto__', ''),
  profiles: around('one = ', 'two = ', ...roles, ' > ', '\n', ' eu-west-1', '# note', ''),
  setVariables: around('true', 'false', ''),
  outputCredentials: around('true', 'FALSE', ''),
  variablePrefix: around('NETWORK_', 'AWS_', ''),
  writeProfile: around('true', 'false', ''),
  profileName: around('network', 'DEFAULT', 'default', ''),
  refreshCredentials: around('true', 'false', ''),
  allowedAccountIds: around('111111111111', ',', '\n', ''),
  maskAccountId: around('true', ''),
  stsEndpoint: around('https://sts.eu-west-1.amazonaws.com', 'http://127.0.0.1:1', 'http://127.1', 'http://[::1]', ''),
  maxAttempts: around('5', '11', ''),
  timeoutSeconds: around('60', '601', ''),
};
const raw = fc.record(likely);

const facts: JobFacts = {
  findConnection: wanted => (wanted === id ? connection : undefined),
  regionVariables: { AWS_REGION: undefined, AWS_DEFAULT_REGION: 'eu-west-1' },
  run: { definition: 'infra', runId: '1', attempt: '1' },
  environment: ['PATH'],
};

/** One input after another away from a run that is right, so that what is behind the first check is reached, too. */
const nearlyRight = fc
  .tuple(fc.subarray([...inputNames], { maxLength: 3 }), raw)
  .map(([names, texts]) => ({ ...right, ...Object.fromEntries(names.map(name => [name, texts[name]])) }));

const right = {
  ...(Object.fromEntries(inputNames.map(name => [name, ''])) as Record<InputName, string>),
  serviceConnection: id,
  roleArn: roles[0],
  region: 'eu-west-1',
};

const accountId = fc.stringMatching(/^\d{12}$/);
const roleName = fc.stringMatching(/^[\w+=,.@-]{1,64}$/);
const rolePath = fc
  .array(fc.stringMatching(/^[!-.0-~]{1,20}$/), { maxLength: 4 })
  .map(parts => parts.map(part => `${part}/`).join(''));
const roleArn = fc
  .tuple(fc.constantFrom('aws', 'aws-cn', 'aws-us-gov', 'aws-eusc'), accountId, rolePath, roleName)
  .map(([partition, account, path, name]) => `arn:${partition}:iam::${account}:role/${path}${name}`);

describe('hardness/fuzz/inputs', function () {
  this.timeout(timeout);

  for (const [name, arbitrary] of Object.entries({ 'any texts': raw, 'a run that is nearly right': nearlyRight })) {
    it(`gives a request or says what is wrong: ${name}`, () => {
      check(arbitrary, texts => {
        const checked = attempt(() => checkInputs(texts, facts));
        if (checked instanceof Error) return;
        for (const goal of checked.goals) {
          for (const { partition } of goal.hops) assert.equal(partition, partitionOf(goal.region));
          assert.match(goal.endpoint.href, /^(?:https:\/\/[^/@?#]+\/|http:\/\/(?:127\.[\d.]+|\[::1\])(?::\d+)?\/)$/);
          assert.match(goal.profile ?? 'x', /^[A-Za-z0-9][A-Za-z0-9_.@+-]{0,63}$/);
        }
        const { roleSessionName, durationSeconds } = checked.terms;
        assert.match(roleSessionName, /^[\w+=,.@-]{2,64}$/);
        assert.ok(durationSeconds >= 900 && durationSeconds <= 43_200);
        assert.match(checked.variablePrefix, /^(?:[A-Z][A-Z0-9_]{0,30}_)?$/);
      });
    });
  }

  it('an input that is wrong is told of with all others, whatever it holds', () => {
    check(fc.tuple(fc.constantFrom(...inputNames.filter(name => name !== 'maxAttempts')), anyText), ([name, text]) => {
      const thrown = attempt(() => checkInputs({ ...right, maxAttempts: '99', [name]: text }, facts));
      assert.ok(thrown instanceof WifError);
      for (const { found } of thrown.faults) checkPrintable(found);
    });
  });

  it('role ARNs: the parts of one that is right make it up again', () => {
    check(roleArn, text => {
      const role = parseRoleArn(text);
      if (!isRoleArn(role)) {
        assert.ok(text.length > 500, text);
        return;
      }
      assert.equal(`arn:${role.partition}:iam::${role.accountId}:role${role.path}${role.name}`, text);
    });
  });

  it('role ARNs: one that is nearly right is refused or still whole', () => {
    check(fc.tuple(roleArn, fc.nat(120), fc.oneof(anyText, fc.string({ maxLength: 2 }))).map(spoil), text => {
      const role = parseRoleArn(text);
      if (isRoleArn(role)) assert.match(text, /^arn:aws[a-z-]*:iam::\d{12}:role\/[!-~]+$/);
    });
  });

  it('profiles: what is written is what is read', () => {
    const name = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_.@+-]{0,63}$/).filter(text => text !== 'DEFAULT');
    // IAM allows such names; the input takes them for a mistake.
    const chain = fc.array(
      roleName.filter(text => !/[,.]$/.test(text)),
      { minLength: 1, maxLength: 4 },
    );
    const line = fc.record({ name, chain, region: fc.option(fc.constantFrom('eu-west-1', 'ap-southeast-2')) });
    const blanks = fc.constantFrom('', ' ', '  ', '\t');
    const lines = fc.uniqueArray(line, { selector: item => item.name, minLength: 1, maxLength: 8 });
    check(fc.tuple(lines, blanks, fc.constantFrom('\n', '\r\n', '\n\n# a note\n')), ([written, blank, end]) => {
      const arn = (role: string): string => `arn:aws:iam::111111111111:role/${role}`;
      const text = written.map(
        item =>
          `${blank}${item.name}${blank}=${blank}${item.chain.map(arn).join(`${blank}>${blank}`)} ${item.region ?? ''}`,
      );
      const read = checkProfiles(text.join(end));
      assert.ok(!(read instanceof Faults), JSON.stringify(read));
      assert.deepEqual(
        read.map(({ name: title, hops, region }) => ({
          name: title,
          chain: hops.map(({ text: arnText }) => arnText),
          region: region ?? null,
        })),
        written.map(item => ({ name: item.name, chain: item.chain.map(arn), region: item.region })),
      );
    });
  });

  it('session tags: what is written is what is read, and no key stands there twice', () => {
    const text = fc.stringMatching(/^[\p{L}\p{N}_.:/+@-]{1,20}$/u);
    const tags = fc.uniqueArray(fc.tuple(text, fc.option(text)), {
      selector: ([key]) => key.toLowerCase(),
      maxLength: 20,
    });
    check(tags, pairs => {
      const kept = pairs.filter(([key]) => !/^aws:/i.test(key));
      const read = checkSessionTags(kept.map(([key, value]) => `${key} = ${value ?? ''}`).join('\n'));
      assert.ok(!(read instanceof Faults), JSON.stringify(read));
      assert.deepEqual(Object.entries(read).sort(), kept.map(([key, value]) => [key, value ?? '']).sort());
    });
  });

  it('session tags: whatever the text, keys differ in more than letter case', () => {
    check(around('team=a', 'TEAM=b', '\n', 'aws:x=1', ' ', 'ß=1', 'SS=1', 'İ=1', 'i̇=1'), text => {
      const read = checkSessionTags(text);
      if (read instanceof Faults) return;
      const keys = Object.keys(read).map(key => key.toLowerCase());
      assert.equal(new Set(keys).size, keys.length);
      assert.ok(keys.every(key => !key.startsWith('aws:')));
    });
  });

  it('endpoints: nothing but https, or http on a literal loopback address', () => {
    const scheme = fc.constantFrom('https://', 'http://', 'HTTP:', 'ftp://', 'https:\\\\', '//', '');
    const host = around(
      '127.0.0.1',
      '127.1',
      '0x7f.1',
      '[::1]',
      '[::ffff:127.0.0.1]',
      'localhost',
      'sts.eu-west-1.amazonaws.com',
      '@',
      ':1',
      '/',
      '?',
      '#',
    );
    check(
      fc.tuple(scheme, host).map(parts => parts.join('')),
      text => {
        const endpoint = checkEndpoint(text);
        if (endpoint instanceof Faults || endpoint === 'regional') return;
        assert.match(endpoint.href, /^(?:https:\/\/[^/@?#]+\/|http:\/\/(?:127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?\/)$/);
      },
    );
  });
});

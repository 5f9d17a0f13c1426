import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isRoleArn, parseRoleArn } from '../../src/session/role-arn.ts';
import { scaleRuns } from '../hardness/fuzz/check.ts';

const longPath = `/${'a'.repeat(510)}/`;

const accepted = [
  {
    text: 'arn:aws:iam::111111111111:role/deploy',
    partition: 'aws',
    accountId: '111111111111',
    path: '/',
    name: 'deploy',
  },
  { text: 'arn:aws:iam::012345678901:role/a', partition: 'aws', accountId: '012345678901', path: '/', name: 'a' },
  {
    text: 'arn:aws:iam::111111111111:role/teams/net/deploy',
    partition: 'aws',
    accountId: '111111111111',
    path: '/teams/net/',
    name: 'deploy',
  },
  {
    text: 'arn:aws:iam::111111111111:role/a:b/deploy',
    partition: 'aws',
    accountId: '111111111111',
    path: '/a:b/',
    name: 'deploy',
  },
  {
    text: 'arn:aws:iam::111111111111:role/my-role/role/deploy',
    partition: 'aws',
    accountId: '111111111111',
    path: '/my-role/role/',
    name: 'deploy',
  },
  {
    text: 'arn:aws-cn:iam::111111111111:role/deploy',
    partition: 'aws-cn',
    accountId: '111111111111',
    path: '/',
    name: 'deploy',
  },
  {
    text: 'arn:aws-us-gov:iam::111111111111:role/deploy',
    partition: 'aws-us-gov',
    accountId: '111111111111',
    path: '/',
    name: 'deploy',
  },
  {
    text: 'arn:aws-eusc:iam::111111111111:role/deploy',
    partition: 'aws-eusc',
    accountId: '111111111111',
    path: '/',
    name: 'deploy',
  },
  {
    text: 'arn:aws:iam::111111111111:role/De_ploy+=,.@-1',
    partition: 'aws',
    accountId: '111111111111',
    path: '/',
    name: 'De_ploy+=,.@-1',
  },
  {
    text: `arn:aws:iam::111111111111:role/${'n'.repeat(64)}`,
    partition: 'aws',
    accountId: '111111111111',
    path: '/',
    name: 'n'.repeat(64),
  },
  {
    text: `arn:aws:iam::111111111111:role${longPath}deploy`,
    partition: 'aws',
    accountId: '111111111111',
    path: longPath,
    name: 'deploy',
  },
];

const refused = [
  '',
  'deploy',
  'role/deploy',
  'arn:aws:iam::111111111111:role/',
  'arn:aws:iam::111111111111:role',
  'arn:aws:iam::111111111111:role/teams/',
  'arn:aws:iam::111111111111:role//deploy',
  'arn:aws:iam::111111111111:role/teams//deploy',
  'arn:aws:iam::111111111111:user/deploy',
  'arn:aws:iam::111111111111:root',
  'arn:aws:iam::111111111111:policy/deploy',
  'arn:aws:iam:eu-west-1:111111111111:role/deploy',
  'arn:aws:s3::111111111111:role/deploy',
  'arn:aws:iam::1111-1111-1111:role/deploy',
  'arn:aws:iam::11111111111:role/deploy',
  'arn:aws:iam::1111111111111:role/deploy',
  'arn:aws:iam::١١١١١١١١١١١١:role/deploy',
  'arn:aws:iam::aws:role/deploy',
  'arn:aws:iam::111111111111:role/de ploy',
  'arn:aws:iam::111111111111:role/deploy\n',
  'arn:aws:iam::111111111111:role/deploy*',
  'arn:aws:iam::111111111111:role/dépłoy',
  ' arn:aws:iam::111111111111:role/deploy',
  'ARN:aws:iam::111111111111:role/deploy',
  'arn:aws:iam::111111111111:ROLE/deploy',
  'arn:aws:iam::111111111111:role/deploy,ARN:AWS:IAM::222222222222:ROLE/app',
  'arn:aws:iam::111111111111:role/deploy,role/app',
  'arn:aws:iam::111111111111:role/deploy,222222222222:role/app',
  'arn:aws:iam::111111111111:role/deploy;iam::222222222222:role/app',
  `arn:aws:iam::111111111111:role/${'n'.repeat(65)}`,
  `arn:aws:iam::111111111111:role/${'p'.repeat(511)}/deploy`,
  '$(roleArn)',
];

const otherPartitions = ['aws-iso', 'aws-iso-b', 'aws-iso-e', 'aws-iso-f', 'gcp', '', '__proto__'];

describe('session/role-arn', () => {
  for (const { text, ...parts } of accepted) {
    it(`reads ${text.slice(0, 80)}`, () => {
      const role = parseRoleArn(text);
      assert.deepEqual(role, { text, ...parts });
      assert.equal(isRoleArn(role), true);
    });
  }

  for (const text of refused) {
    it(`refuses ${JSON.stringify(text).slice(0, 80)}`, () => {
      const fault = parseRoleArn(text);
      assert.ok(!isRoleArn(fault));
      assert.ok(fault.found.includes(text));
      assert.match(fault.expected, /arn:<partition>:iam::<12-digit account ID>:role/);
    });
  }

  for (const partition of otherPartitions) {
    it(`refuses the partition "${partition}" and names the ones that can be used`, () => {
      const fault = parseRoleArn(`arn:${partition}:iam::111111111111:role/deploy`);
      assert.ok(!isRoleArn(fault));
      assert.equal(fault.found, `partition "${partition}"`);
      assert.match(fault.expected, /aws, aws-cn, aws-us-gov or aws-eusc/);
    });
  }

  const separated = 'whose account ID has separators between its digits';
  const mistakes = [
    { text: 'arn:aws:sts::111111111111:assumed-role/deploy/session', hint: 'the ARN of a session' },
    { text: 'arn:aws:iam::111111111111:user/deploy', hint: 'the ARN of a user' },
    { text: 'arn:aws:iam::111111111111:instance-profile/deploy', hint: 'the ARN of an instance profile' },
    { text: 'arn:aws:iam::111111111111:policy/deploy', hint: 'the ARN of a policy' },
    { text: 'arn:aws:iam::111111111111:root', hint: 'the ARN of a whole account' },
    { text: 'arn:aws:iam::111111111111:mfa/deploy', hint: 'an IAM ARN, but not of a role' },
    { text: 'arn:aws:iam::aws:policy/ReadOnlyAccess', hint: 'an ARN of a policy of AWS, not of a role' },
    { text: 'arn:aws:sts::111111111111:federated-user/deploy', hint: 'an ARN of STS, not of IAM' },
    {
      text: 'arn:aws:iam::111111111111:Role/deploy',
      hint: 'an IAM ARN, but without role/ after the account ID',
    },
    { text: 'arn:aws:iam::11111111111:role/deploy', hint: 'whose account ID does not have 12 digits' },
    { text: 'arn:aws:iam::prod:role/deploy', hint: 'whose account ID does not have 12 digits' },
    { text: 'arn:aws:iam::***:role/deploy', hint: 'whose account ID is masked' },
    { text: 'arn:aws:iam::1111-1111-1111:role/deploy', hint: separated },
    { text: 'arn:aws:iam::1111 1111 1111:role/deploy', hint: separated },
    { text: 'arn:aws:iam:111111111111:role/deploy', hint: 'with one colon before the account ID' },
    {
      text: 'arn:aws:iam:eu-west-1:111111111111:role/deploy',
      hint: 'with "eu-west-1" between iam and the account ID',
    },
    { text: 'ARN:AWS:IAM::111111111111:ROLE/deploy', hint: 'with capital letters' },
    { text: 'iam::111111111111:role/deploy', hint: 'an ARN without its beginning' },
    { text: 'arn:aws:iam::111111111111:role/deploy eu-west-1', hint: 'with a Region after it' },
    { text: 'arn:aws:iam::111111111111:role/de ploy', hint: 'with white space in it' },
    { text: 'arn: aws:iam::111111111111:role/deploy', hint: 'with white space in it' },
    { text: 'arn:aws:iam::111111111111:role/deploy # for Terraform', hint: 'with a comment' },
    { text: '* arn:aws:iam::111111111111:role/deploy', hint: 'with a list mark before it' },
    { text: '"arn:aws:iam::111111111111:role/deploy', hint: 'with a quotation mark' },
    { text: 'arn:aws:iam::111111111111:role/{name}', hint: 'with "{" in the role\'s name' },
    { text: 'arn:aws:iam::111111111111:role/[NAME]', hint: 'with "[" in the role\'s name' },
    { text: 'arn:aws:iam::111111111111:role/!NAME!', hint: 'with "!" in the role\'s name' },
    { text: 'arn:aws:iam::111111111111:role/deploy)', hint: 'with punctuation after it' },
    { text: '{"Arn":"arn:aws:iam::111111111111:role/deploy"}', hint: 'in braces' },
    { text: 'https://console.aws.amazon.com/iam/home#/roles/deploy', hint: 'the address of a page' },
    { text: 'arn:aws:iam::111111111111:role/deploy*', hint: 'with "*" in the role\'s name' },
    {
      text: `arn:aws:iam::111111111111:role/${'n'.repeat(65)}`,
      hint: 'with a name of 65 characters; roles have at most 64',
    },
    { text: 'null', hint: 'the text of an empty value' },
    { text: '"arn:aws:iam::111111111111:role/deploy"', hint: 'with quotes around it' },
    { text: 'role = arn:aws:iam::111111111111:role/deploy', hint: 'with an equals sign before the ARN' },
    {
      text: 'arn:aws:iam::111111111111:role/a, arn:aws:iam::111111111111:role/b',
      hint: 'more than one ARN',
    },
    {
      text: 'arn:aws:iam::111111111111:role/hub -',
      hint: 'with an arrow; the roles of a chain are separated only by >',
    },
    { text: '111111111111', hint: 'an account ID' },
    { text: 'deploy', hint: 'only a name' },
    { text: 'role/deploy', hint: 'only a name' },
    { text: 'arn:aws:iam::111111111111:role/', hint: 'without a name at its end' },
    { text: 'arn:aws:iam::111111111111:role//deploy', hint: 'with a path that IAM does not have' },
    { text: 'arn:aws:s3::111111111111:role/deploy', hint: 'an ARN of the service "s3", not of IAM' },
    { text: 'arn%3Aaws%3Aiam', hint: undefined },
    { text: '', hint: undefined },
  ];
  for (const { text, hint } of mistakes) {
    it(`says ${hint ?? 'no more than it knows'} of "${text}"`, () => {
      const fault = parseRoleArn(text);
      assert.ok(!isRoleArn(fault), text);
      assert.equal(fault.found, `"${text}"${hint === undefined ? '' : `, ${hint}`}`);
    });
  }

  for (const [text, remedy] of [
    [
      'arn:aws:sts::111111111111:assumed-role/deploy/run',
      /arn:aws:iam::111111111111:role\/deploy, or with the role's path/,
    ],
    ['arn:aws:iam::1111-1111-1111:role/deploy', /Write 111111111111 as/],
    ['arn:aws:iam::11111111111:role/deploy', /leading zeros/],
    ['arn:aws:iam::<account>:role/deploy', /Write the 12-digit ID/],
    ['arn:aws-iso:iam::111111111111:role/deploy', /Use a role in one of these partitions/],
  ] as const) {
    it(`knows what to do about ${text}`, () => {
      const fault = parseRoleArn(text);
      assert.ok(!isRoleArn(fault));
      assert.match(fault.remedy ?? '', remedy);
    });
  }

  it('never throws; what it takes is made of exactly its parts', () => {
    const field = fc.oneof(
      fc.constantFrom('arn', 'aws', 'iam', 'sts', '', '111111111111', 'role/a', 'role/b/c'),
      fc.string(),
    );
    const text = fc.oneof(
      fc.array(field, { maxLength: 8 }).map(fields => fields.join(':')),
      fc.string().map(end => `arn:aws:iam::111111111111:role/${end}`),
    );
    fc.assert(
      fc.property(text, arn => {
        const role = parseRoleArn(arn);
        if (!isRoleArn(role)) return;
        assert.equal(`arn:${role.partition}:iam::${role.accountId}:role${role.path}${role.name}`, arn);
        assert.match(role.name, /^[A-Za-z0-9_+=,.@-]{1,64}$/);
      }),
      scaleRuns(3),
    );
  });
});

import assert from 'node:assert/strict';
import type { RoleArn } from '../../../src/session/match-role-arn.ts';
import { Faults } from '../../../tasks/AWSAssumeRoleWIF/AWSAssumeRoleWIFV1/inputs/faults.ts';
import {
  checkSessionName,
  checkSessionPolicies,
} from '../../../tasks/AWSAssumeRoleWIF/AWSAssumeRoleWIFV1/inputs/session.ts';

const role: RoleArn = {
  text: 'arn:aws:iam::111111111111:role/deploy',
  partition: 'aws',
  accountId: '111111111111',
  path: '/',
  name: 'deploy',
};
const arn = 'arn:aws:iam::aws:policy/ReadOnlyAccess';

/** A policy of that many characters once it is compact, written with white space between. */
function policyOf(length: number): string {
  const compact = '{"Sid":""}';
  return `{\n\n  "Sid" :   "${'x'.repeat(length - compact.length)}"\n}`;
}

function arns(count: number): string {
  return Array.from({ length: count }, (_, index) => `${arn}${index}`).join('\n');
}

const accepted = [
  { name: 'nothing', policy: '', list: '', is: { policy: undefined, policyArns: [] } },
  { name: 'a policy with white space', policy: '{ "a" : [ ] }', list: '', is: { policy: '{"a":[]}', policyArns: [] } },
  {
    name: 'ARNs by line and comma',
    policy: '',
    list: `${arn},\n ${arn}2 `,
    is: { policy: undefined, policyArns: [arn, `${arn}2`] },
  },
];

const refused = [
  { name: 'a policy that is no JSON', policy: 'Version: 1', list: '', found: [/sessionPolicy is YAML, not JSON/] },
  { name: 'a policy of a file', policy: 'file://policies/deploy.json', list: '', found: [/is the name of a file/] },
  { name: 'an ARN as policy', policy: arn, list: '', found: [/is an ARN, not JSON/] },
  { name: 'a policy in quotes', policy: '\'{"a":1}\'', list: '', found: [/is JSON within quotes/] },
  { name: 'a policy with backslashes', policy: '{\\"a\\":1}', list: '', found: [/has backslashes before/] },
  { name: 'a policy in Base64', policy: 'eyJWZXJzaW9uIjoxfQ==', list: '', found: [/is Base64/] },
  { name: 'a policy for a URL', policy: '%7B%22a%22%3A1%7D', list: '', found: [/is encoded for a URL/] },
  {
    name: 'a policy with a tab in a string',
    policy: '{"a":"\t"}',
    list: '',
    found: [/column 6 has a string with a control/],
  },
  { name: 'a role as policy', policy: '', list: role.text, found: [/the ARN of a role, not of a policy/] },
  { name: 'a list', policy: '1', list: '', found: [/not a JSON object/] },
  { name: 'a policy that is a list', policy: '[]', list: '', found: [/not a JSON object/] },
  {
    name: 'a policy that says something twice',
    policy: '{"Effect":"Deny","Effect":"Allow"}',
    list: '',
    found: [/sessionPolicy has the key "Effect" twice/],
  },
  {
    name: 'a policy of another account',
    policy: '',
    list: 'arn:aws:iam::222222222222:policy/a',
    found: [/arn:aws:iam::222222222222:policy\/a", in account 222222222222, while arn:aws:iam::111111111111/],
  },
  { name: 'eleven ARNs', policy: '', list: arns(11), found: [/contains 11 ARNs/] },
  {
    name: 'an ARN of another partition',
    policy: '',
    list: arn.replace('aws', 'aws-cn'),
    found: [/in partition aws-cn, while/],
  },
  { name: 'the name of a policy', policy: '', list: 'ReadOnlyAccess', found: [/"ReadOnlyAccess", only a name/] },
  { name: 'a policy of 2049 characters', policy: policyOf(2049), list: '', found: [/have 2049 characters/] },
  {
    name: 'policy and ARNs of 2049 characters',
    policy: policyOf(2049 - arn.length),
    list: arn,
    found: [/have 2049 characters/],
  },
  {
    name: 'all of it',
    policy: `[${'1,'.repeat(2000)}1]`,
    list: `${arns(10)}\nx`,
    found: [/JSON object/, /11 ARNs/, /"x"/, /characters in total/],
  },
];

describe('tasks/inputs/session', () => {
  for (const { name, policy, list, is } of accepted) {
    it(`takes ${name}`, () => {
      assert.deepEqual(checkSessionPolicies(policy, list, [role]), is);
    });
  }

  it('takes ten ARNs', () => {
    assert.ok(!(checkSessionPolicies('', arns(10), [role]) instanceof Faults));
  });

  it('takes policy and ARNs of 2048 characters together, white space not counted', () => {
    assert.ok(!(checkSessionPolicies(policyOf(2048), '', [role]) instanceof Faults));
    assert.ok(!(checkSessionPolicies(policyOf(2048 - arn.length), arn, [role]) instanceof Faults));
  });

  it('takes ARNs of any partition while the role is unknown', () => {
    assert.ok(!(checkSessionPolicies('', arn.replace('aws', 'aws-cn'), []) instanceof Faults));
  });

  it('takes a policy of an account only where all roles that it applies to are in it', () => {
    const own = 'arn:aws:iam::111111111111:policy/a';
    const elsewhere = { ...role, accountId: '222222222222' };
    assert.ok(!(checkSessionPolicies('', own, [role, role]) instanceof Faults));
    assert.ok(checkSessionPolicies('', own, [role, elsewhere]) instanceof Faults);
    assert.ok(!(checkSessionPolicies('', arn, [role, elsewhere]) instanceof Faults));
  });

  for (const { name, policy, list, found } of refused) {
    it(`refuses ${name}`, () => {
      const checked = checkSessionPolicies(policy, list, [role]);
      assert.ok(checked instanceof Faults);
      assert.equal(checked.list.length, found.length, checked.list.map(fault => fault.found).join('\n'));
      for (const part of found)
        assert.ok(
          checked.list.some(fault => part.test(fault.found)),
          String(part),
        );
    });
  }

  for (const text of ['ab', 'infra_main+=,.@-', 'a'.repeat(64)]) {
    it(`takes the session name ${text}`, () => {
      assert.equal(checkSessionName(text, 'fallback'), text);
    });
  }

  it('takes the fallback where no session name is given', () => {
    assert.equal(checkSessionName('', 'infra-main-4711-1'), 'infra-main-4711-1');
  });

  for (const text of ['a', 'a b', 'a/b', 'a'.repeat(65), 'añb', 'a:b']) {
    it(`refuses the session name ${text}, which is not cut or cleaned silently`, () => {
      const checked = checkSessionName(text, 'fallback');
      assert.ok(checked instanceof Faults);
      assert.match(checked.list[0]?.found ?? '', /Input roleSessionName is "/);
    });
  }
});

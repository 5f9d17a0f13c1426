import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { RoleArn } from '../../../src/session/match-role-arn.ts';
import {
  checkExternalId,
  checkRoleChain,
  checkSessionTags,
  checkTransitiveTagKeys,
} from '../../../tasks/AWSAssumeRoleWIF/AWSAssumeRoleWIFV1/inputs/chain.ts';
import { Faults } from '../../../tasks/AWSAssumeRoleWIF/AWSAssumeRoleWIFV1/inputs/faults.ts';
import { scaleRuns } from '../../hardness/fuzz/check.ts';

const first: RoleArn = {
  text: 'arn:aws:iam::111111111111:role/hub',
  partition: 'aws',
  accountId: '111111111111',
  path: '/',
  name: 'hub',
};
const spoke = 'arn:aws:iam::222222222222:role/spoke';
const leaf = 'arn:aws:iam::333333333333:role/teams/leaf';
const china = 'arn:aws-cn:iam::444444444444:role/china';

function foundIn(checked: unknown): readonly string[] {
  assert.ok(checked instanceof Faults, 'was not refused');
  for (const { code, expected, remedy } of checked.list) {
    assert.equal(code, 'InputInvalid');
    assert.ok(expected.length > 5 && remedy.length > 5);
  }
  return checked.list.map(({ found }) => found);
}

function tagsOf(text: string): Readonly<Record<string, string>> {
  const checked = checkSessionTags(text);
  assert.ok(!(checked instanceof Faults), checked instanceof Faults ? JSON.stringify(checked.list) : '');
  return checked;
}

const externalIds = ['', 'ab', 'a1_+=,.@:/-', 'x'.repeat(1224), '1234-5678', '_-'];
const noExternalIds = [
  'a',
  'x'.repeat(1225),
  'a\\b',
  'a b',
  ' ab',
  'ab\n',
  'a\tb',
  'a"b',
  "a'b",
  'a$b',
  'a*b',
  'a?b',
  'a{b}',
  'a(b)',
  'a#b',
  'a&b',
  'aéb',
  'a\u0000b',
];

const tags = [
  { text: '', is: {} },
  { text: '\n \r\n', is: {} },
  { text: 'team=platform', is: { team: 'platform' } },
  { text: ' team = platform ', is: { team: 'platform' } },
  { text: 'team=platform\nstage=prod', is: { team: 'platform', stage: 'prod' } },
  { text: 'team=platform\r\n\r\nstage=prod\r\n', is: { team: 'platform', stage: 'prod' } },
  { text: 'empty=', is: { empty: '' } },
  { text: 'formula=a=b', is: { formula: 'a=b' } },
  { text: 'a b_.:/+-@=c d_.:/+-@', is: { 'a b_.:/+-@': 'c d_.:/+-@' } },
  { text: 'größe=会社', is: { größe: '会社' } },
  { text: 'awsome=x', is: { awsome: 'x' } },
  { text: 'aws=x', is: { aws: 'x' } },
  { text: `${'k'.repeat(128)}=${'v'.repeat(256)}`, is: { ['k'.repeat(128)]: 'v'.repeat(256) } },
  { text: '__proto__=x', is: Object.fromEntries([['__proto__', 'x']]) },
];

const noTags = [
  { text: 'team', found: /"team": there is no equals sign/ },
  { text: '=platform', found: /there is no key/ },
  { text: ' = ', found: /there is no key/ },
  { text: 'team: platform', found: /a colon instead of the equals sign/ },
  { text: 'team => platform', found: /an arrow instead/ },
  { text: '{"team": "platform"}', found: /JSON/ },
  { text: 'Key=team,Value=platform', found: /the syntax of the AWS CLI/ },
  { text: 'team=platform,stage=prod', found: /more than one tag/ },
  { text: 'team=platform stage=prod', found: /more than one tag/ },
  { text: 'team=platform;stage=prod', found: /more than one tag/ },
  { text: 'team=platform\\nstage=prod', found: /a literal \\n/ },
  { text: '--tags team=platform', found: /a word of a command line/ },
  { text: '# team', found: /a comment/ },
  { text: 'team="a"', found: /a quotation mark/ },
  { text: 'team=a,', found: /ends in a comma/ },
  { text: 'tea\u0301m=a', found: /the character U\+0301 \(a combining mark\) is not allowed in tags/ },
  { text: 'team=a,b', found: /a character that is not allowed in tags/ },
  { text: 'te,am=a', found: /a character/ },
  { text: 'team=a"b', found: /a character/ },
  { text: 'team=${x}', found: /a character/ },
  { text: 'team=a*', found: /a character/ },
  { text: 'team=a\u0000b', found: /a character/ },
  { text: 'team=<b>', found: /a placeholder/ },
  { text: 'team=a<b', found: /a character/ },
  { text: 'aws:team=a', found: /keys starting with aws: are reserved/ },
  { text: 'AWS:team=a', found: /reserved/ },
  { text: 'Aws:RequestTag/x=a', found: /reserved/ },
  { text: `${'k'.repeat(129)}=a`, found: /too long/ },
  { text: `k=${'v'.repeat(257)}`, found: /too long/ },
];

const twice = [
  { text: 'team=a\nteam=b', second: 'team=b' },
  { text: 'team=a\nteam=a', second: 'team=a' },
  { text: 'team=a\nTEAM=b', second: 'TEAM=b' },
  { text: 'Team=a\nstage=b\ntEAM=c', second: 'tEAM=c' },
  { text: 'größe=a\nGRÖSSE=b\nGRÖßE=c', second: 'GRÖßE=c' },
];

const keys = [
  { text: '', is: [] },
  { text: ' , \n', is: [] },
  { text: 'team', is: ['team'] },
  { text: 'team,cost center', is: ['team', 'cost center'] },
  { text: ' team \n cost center \r\n', is: ['team', 'cost center'] },
];

const noKeys = [
  { text: 'stage', found: /"stage"/ },
  { text: 'Team', found: /"Team", in other letter case/ },
  { text: 'team=a', found: /"team=a", with a value/ },
  { text: 'team;cost center', found: /"team;cost center"/ },
  { text: 'team, stage, x', found: /"stage", "x"/ },
  { text: 'team platform', found: /"team platform"/ },
  { text: 'constructor', found: /"constructor"/ },
  { text: '__proto__', found: /"__proto__"/ },
];

describe('tasks/inputs/chain', () => {
  describe('roleChain', () => {
    for (const { text, is } of [
      { text: '', is: [] },
      { text: spoke, is: [spoke] },
      { text: `${spoke}\n${leaf}`, is: [spoke, leaf] },
      { text: `\n  ${spoke} \r\n\r\n${leaf},\n`, is: [spoke, leaf] },
      { text: `${spoke}\n${spoke}`, is: [spoke, spoke] },
    ]) {
      it(`takes ${JSON.stringify(text)} in its order`, () => {
        const checked = checkRoleChain(text, first);
        assert.ok(!(checked instanceof Faults));
        assert.deepEqual(
          checked.map(role => role.text),
          is,
        );
      });
    }

    for (const { text, found } of [
      { text: 'spoke', found: /roleChain contains "spoke"/ },
      { text: `${spoke} > ${leaf}`, found: /roleChain contains ">"/ },
      { text: 'arn:aws:sts::111111111111:assumed-role/a/b', found: /the ARN of a session/ },
      { text: 'arn:aws-iso:iam::111111111111:role/a', found: /partition "aws-iso"/ },
      { text: china, found: /partition aws-cn after one in aws/ },
      { text: `${spoke}\n${china}`, found: /partition aws-cn after one in aws/ },
    ]) {
      it(`refuses ${JSON.stringify(text)}`, () => {
        const [only = '', ...more] = foundIn(checkRoleChain(text, first));
        assert.match(only, found);
        assert.deepEqual(more, []);
      });
    }

    it('names every line that is wrong', () => {
      assert.equal(foundIn(checkRoleChain('a\nb\nc', first)).length, 3);
    });

    it('says nothing of partitions where there is no role to begin with', () => {
      for (const begin of ['none', undefined] as const) assert.ok(!(checkRoleChain(china, begin) instanceof Faults));
    });
  });

  describe('externalId is 2 to 1224 of what STS takes: no backslash, the one in its pattern escapes the slash', () => {
    for (const text of externalIds) {
      it(`takes ${text.slice(0, 20)} (${text.length})`, () => {
        assert.equal(checkExternalId(text), text);
      });
    }

    for (const text of noExternalIds) {
      it(`refuses ${JSON.stringify(text.slice(0, 20))} (${text.length}), and does not repeat it`, () => {
        const [only = ''] = foundIn(checkExternalId(text));
        assert.match(only, new RegExp(`Input externalId is ${text.length} character`));
        if (text.length > 1) assert.ok(!only.includes(text));
      });
    }
  });

  describe('sessionTags refuse duplicate keys in any letter case and the aws: prefix', () => {
    for (const { text, is } of tags) {
      it(`takes ${JSON.stringify(text.slice(0, 40))}`, () => {
        assert.deepEqual(Object.entries(tagsOf(text)), Object.entries(is));
      });
    }

    for (const { text, found } of noTags) {
      it(`refuses ${JSON.stringify(text.slice(0, 40))}`, () => {
        const [only = '', ...more] = foundIn(checkSessionTags(text));
        assert.match(only, /^Input sessionTags, "/);
        assert.match(only, found);
        assert.deepEqual(more, []);
      });
    }

    for (const { text, second } of twice) {
      it(`refuses the second of ${JSON.stringify(text)}`, () => {
        assert.deepEqual(foundIn(checkSessionTags(text)), [`Input sessionTags, "${second}": the key appears twice.`]);
      });
    }

    it('names every line that is wrong', () => {
      assert.equal(foundIn(checkSessionTags('a=1\nb\naws:c=1\nA=2')).length, 3);
    });

    it('takes 50 tags', () => {
      const text = Array.from({ length: 50 }, (_, index) => `key-${index}=x`).join('\n');
      assert.equal(Object.keys(tagsOf(text)).length, 50);
    });

    it('refuses 51', () => {
      const text = Array.from({ length: 51 }, (_, index) => `key-${index}=x`).join('\n');
      assert.deepEqual(foundIn(checkSessionTags(text)), ['Input sessionTags contains 51 tags.']);
    });

    it('takes no two keys alike and none of AWS, whatever the text', () => {
      const line = fc
        .tuple(fc.stringMatching(/^[aAbBws:]{1,6}$/), fc.stringMatching(/^[a-c]{0,2}$/))
        .map(([key, value]) => `${key}=${value}`);
      fc.assert(
        fc.property(fc.array(line, { maxLength: 5 }), lines => {
          const checked = checkSessionTags(lines.join('\n'));
          if (checked instanceof Faults) return;
          const found = Object.keys(checked);
          assert.equal(new Set(found.map(key => key.toLowerCase())).size, found.length);
          assert.equal(found.length, lines.length);
          assert.ok(!found.some(key => key.toLowerCase().startsWith('aws:')));
        }),
        scaleRuns(3),
      );
    });
  });

  describe('transitiveTagKeys are keys of sessionTags', () => {
    const known = { team: 'a', 'cost center': 'b' };
    for (const { text, is } of keys) {
      it(`takes ${JSON.stringify(text)}`, () => {
        assert.deepEqual(checkTransitiveTagKeys(text, known), is);
      });
    }

    for (const { text, found } of noKeys) {
      it(`refuses ${JSON.stringify(text)}`, () => {
        const [only = '', ...more] = foundIn(checkTransitiveTagKeys(text, known));
        assert.match(only, /^Input transitiveTagKeys names /);
        assert.match(only, found);
        assert.deepEqual(more, []);
      });
    }

    it('says nothing of them where the tags themselves are wrong', () => {
      assert.deepEqual(checkTransitiveTagKeys('stage', undefined), ['stage']);
    });
  });
});

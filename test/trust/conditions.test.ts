import assert from 'node:assert/strict';
import { judgeCondition, readOperator } from '../../src/trust/conditions.ts';
import type { PolicyVersion } from '../../src/trust/policy-json.ts';
import type { Truth } from '../../src/trust/pattern.ts';
import { pages, type Page } from './iam-pages.ts';

const p = 'vstoken.dev.azure.com/0ca3ddd9-f0b0-4635-a98c-5866526961b6';
const sub = `${p}:sub`;
const aud = `${p}:aud`;
const amr = `${p}:amr`;
const tid = `${p}:tid`;
const several = 'aws:TagKeys';
const empty = 'aws:RequestTag/empty';
const strange = 'aws:RequestTag/strange';

/** What the request has; `tid` and `amr` are missing, `aws:` keys that are not here are unknown. */
const values: Readonly<Record<string, readonly string[]>> = {
  [sub]: ['sc://contoso/Payments/aws'],
  [aud]: ['api://AzureADTokenExchange'],
  'aws:principalarn': ['arn:aws:iam::111111111111:role/deploy'],
  'aws:securetransport': ['true'],
  [amr]: [],
  [tid]: [],
  'aws:tagkeys': ['team', 'cost'],
  'aws:requesttag/empty': [''],
  'aws:requesttag/strange': ['a*b?c${d}'],
};

function context(key: string): readonly string[] | 'unknown' {
  return values[key.toLowerCase()] ?? 'unknown';
}

/** Name, page, operator, key, values in the policy, and whether it holds. */
type Case = readonly [string, Page, string, string, readonly string[], Truth];

const truths: Readonly<Record<string, readonly Case[]>> = {
  'StringEquals is exact and looks at letter case': [
    ['the same', 'strings', 'StringEquals', sub, ['sc://contoso/Payments/aws'], true],
    ['another', 'strings', 'StringEquals', sub, ['sc://contoso/Payments/other'], false],
    ['other letter case', 'strings', 'StringEquals', sub, ['sc://contoso/payments/aws'], false],
    ['a beginning', 'strings', 'StringEquals', sub, ['sc://contoso/Payments'], false],
    ['an end', 'strings', 'StringEquals', sub, ['aws'], false],
    ['a space more', 'strings', 'StringEquals', sub, ['sc://contoso/Payments/aws '], false],
    ['nothing', 'strings', 'StringEquals', sub, [''], false],
    ['a star is a star', 'strings', 'StringEquals', sub, ['sc://contoso/*'], false],
    ['a question mark is one', 'strings', 'StringEquals', sub, ['sc://contoso/Payments/aw?'], false],
    ['a star alone', 'strings', 'StringEquals', sub, ['*'], false],
  ],
  'StringNotEquals is its opposite': [
    ['the same', 'strings', 'StringNotEquals', sub, ['sc://contoso/Payments/aws'], false],
    ['another', 'strings', 'StringNotEquals', sub, ['other'], true],
    ['other letter case', 'strings', 'StringNotEquals', sub, ['SC://CONTOSO/PAYMENTS/AWS'], true],
    ['a star is a star', 'strings', 'StringNotEquals', sub, ['*'], true],
  ],
  'IgnoreCase looks at no letter case': [
    ['the same', 'strings', 'StringEqualsIgnoreCase', sub, ['sc://contoso/Payments/aws'], true],
    ['other letter case', 'strings', 'StringEqualsIgnoreCase', sub, ['SC://Contoso/PAYMENTS/aws'], true],
    ['another', 'strings', 'StringEqualsIgnoreCase', sub, ['SC://CONTOSO'], false],
    ['a star is a star', 'strings', 'StringEqualsIgnoreCase', sub, ['SC://*'], false],
    ['negated, other letter case', 'strings', 'StringNotEqualsIgnoreCase', sub, ['SC://Contoso/payments/AWS'], false],
    ['negated, another', 'strings', 'StringNotEqualsIgnoreCase', sub, ['SC://CONTOSO'], true],
  ],
  'StringLike has wildcards and looks at letter case': [
    ['no wildcard, the same', 'strings', 'StringLike', sub, ['sc://contoso/Payments/aws'], true],
    ['no wildcard, a beginning', 'strings', 'StringLike', sub, ['sc://contoso'], false],
    ['a star at the end', 'strings', 'StringLike', sub, ['sc://contoso/*'], true],
    ['a star over slashes', 'strings', 'StringLike', sub, ['sc://*/aws'], true],
    ['a star alone', 'strings', 'StringLike', sub, ['*'], true],
    ['a star for nothing', 'strings', 'StringLike', sub, ['sc://contoso/Payments/aws*'], true],
    ['stars everywhere', 'strings', 'StringLike', sub, ['*c*o*n*/*P*/*aws*'], true],
    ['stars that find nothing', 'strings', 'StringLike', sub, ['*c*o*n*/*X*/*aws*'], false],
    ['a question mark for one', 'strings', 'StringLike', sub, ['sc://contoso/Payments/aw?'], true],
    ['a question mark for none', 'strings', 'StringLike', sub, ['sc://contoso/Payments/aws?'], false],
    ['question marks for three', 'strings', 'StringLike', sub, ['sc://contoso/Payments/???'], true],
    ['other letter case', 'strings', 'StringLike', sub, ['SC://contoso/*'], false],
    ['another beginning', 'strings', 'StringLike', sub, ['sc://fabrikam/*'], false],
    ['negated, matching', 'strings', 'StringNotLike', sub, ['sc://contoso/*'], false],
    ['negated, other letter case', 'strings', 'StringNotLike', sub, ['SC://contoso/*'], true],
    ['negated, a star alone', 'strings', 'StringNotLike', sub, ['*'], false],
  ],
  'several values are alternatives, for negated operators none of them may match': [
    ['one of two', 'several', 'StringEquals', sub, ['x', 'sc://contoso/Payments/aws'], true],
    ['none of two', 'several', 'StringEquals', sub, ['x', 'y'], false],
    ['one pattern of two', 'several', 'StringLike', sub, ['x*', 'sc:*'], true],
    ['negated, one of two', 'several', 'StringNotEquals', sub, ['x', 'sc://contoso/Payments/aws'], false],
    ['negated, none of two', 'several', 'StringNotEquals', sub, ['x', 'y'], true],
    ['negated pattern, one of two', 'several', 'StringNotLike', sub, ['x*', 'sc:*'], false],
  ],
  'a missing key fails, unless the operator is negated': [
    ['StringEquals', 'operators', 'StringEquals', tid, ['x'], false],
    ['StringEquals with nothing', 'operators', 'StringEquals', tid, [''], false],
    ['StringEqualsIgnoreCase', 'operators', 'StringEqualsIgnoreCase', tid, ['x'], false],
    ['StringLike', 'operators', 'StringLike', tid, ['*'], false],
    ['StringNotEquals', 'operators', 'StringNotEquals', tid, ['x'], true],
    ['StringNotEqualsIgnoreCase', 'operators', 'StringNotEqualsIgnoreCase', tid, ['x'], true],
    ['StringNotLike', 'operators', 'StringNotLike', tid, ['*'], true],
    ...[
      'Bool',
      'NumericLessThan',
      'DateGreaterThanEquals',
      'ArnLike',
      'ArnEquals',
      'BinaryEquals',
      'IpAddress',
    ].flatMap((name): Case[] => [
      [name, 'operators', name, tid, ['x'], false],
      [`${name}, with IfExists`, 'ifExists', `${name}IfExists`, tid, ['x'], true],
      [`${name}, ForAllValues`, 'sets', `ForAllValues:${name}`, tid, ['x'], true],
      [`${name}, ForAnyValue`, 'sets', `ForAnyValue:${name}`, tid, ['x'], false],
      [`${name}, without values`, 'operators', name, tid, [], 'unknown'],
    ]),
    ...['NumericNotEquals', 'DateNotEquals', 'ArnNotLike', 'ArnNotEquals', 'NotIpAddress'].map((name): Case => [
      name,
      'operators',
      name,
      tid,
      ['x'],
      true,
    ]),
    ['an ARN by its parts', 'operators', 'ArnLike', 'aws:PrincipalArn', ['arn:aws:iam::*:role/*'], true],
    [
      'a star that would have to cross a colon',
      'operators',
      'ArnEquals',
      'aws:PrincipalArn',
      ['arn:aws:*:role/deploy'],
      'unknown',
    ],
    ['another account, negated', 'operators', 'ArnNotLike', 'aws:PrincipalArn', ['arn:aws:iam::2*:role/*'], true],
    ['a boolean in capitals', 'operators', 'Bool', 'aws:SecureTransport', ['TRUE'], true],
    ['the other boolean', 'operators', 'BoolIfExists', 'aws:SecureTransport', ['false'], false],
    ['no boolean', 'operators', 'Bool', 'aws:SecureTransport', ['yes'], 'unknown'],
    ['an operator that does not exist', 'operators', 'BoolNot', tid, ['x'], 'unknown'],
  ],
  'IfExists holds for a missing key, else it is the operator': [
    ['missing', 'ifExists', 'StringEqualsIfExists', tid, ['x'], true],
    ['missing, pattern', 'ifExists', 'StringLikeIfExists', tid, ['x'], true],
    ['missing, negated', 'ifExists', 'StringNotEqualsIfExists', tid, ['x'], true],
    ['missing, ForAllValues', 'ifExists', 'ForAllValues:StringEqualsIfExists', amr, ['x'], true],
    [
      'missing, ForAnyValue, of which the pages disagree',
      'ifExists',
      'ForAnyValue:StringEqualsIfExists',
      amr,
      ['x'],
      'unknown',
    ],
    ['the same, negated', 'sets', 'ForAnyValue:StringNotEqualsIfExists', amr, ['x'], 'unknown'],
    ['the same, a pattern', 'sets', 'ForAnyValue:StringLikeIfExists', amr, ['*'], 'unknown'],
    ['there, ForAnyValue', 'sets', 'ForAnyValue:StringEqualsIfExists', aud, ['api://AzureADTokenExchange'], true],
    ['there, ForAnyValue, another', 'sets', 'ForAnyValue:StringEqualsIfExists', aud, ['x'], false],
    ['there, the same', 'ifExists', 'StringEqualsIfExists', aud, ['api://AzureADTokenExchange'], true],
    ['there, another', 'ifExists', 'StringEqualsIfExists', aud, ['x'], false],
    ['there, pattern', 'ifExists', 'StringLikeIfExists', sub, ['sc:*'], true],
    ['there, negated', 'ifExists', 'StringNotLikeIfExists', sub, ['sc:*'], false],
    ['missing, no values', 'checks', 'StringEqualsIfExists', tid, [], true],
    ['there, no values', 'checks', 'StringEqualsIfExists', sub, [], false],
  ],
  'Null asks whether a key is missing': [
    ['true of a missing key', 'null', 'Null', tid, ['true'], true],
    ['false of a missing key', 'null', 'Null', tid, ['false'], false],
    ['true of a key that is there', 'null', 'Null', sub, ['true'], false],
    ['false of a key that is there', 'null', 'Null', sub, ['false'], true],
    ['both', 'several', 'Null', sub, ['true', 'false'], true],
    ['another word', 'null', 'Null', sub, ['yes'], 'unknown'],
    ['an empty text, which IAM calls null as well', 'condition', 'Null', empty, ['true'], 'unknown'],
    ['with IfExists, which IAM refuses', 'checks', 'NullIfExists', sub, ['true'], 'unknown'],
    ['of an unknown key', 'null', 'Null', 'aws:SourceVpc', ['true'], 'unknown'],
  ],
  'ForAllValues holds where every value of the request matches, or there is none': [
    ['all', 'sets', 'ForAllValues:StringEquals', several, ['team', 'cost', 'more'], true],
    ['one of two', 'sets', 'ForAllValues:StringEquals', several, ['team'], false],
    ['patterns', 'sets', 'ForAllValues:StringLike', several, ['t*', 'c*'], true],
    ['a single value', 'sets', 'ForAllValues:StringEquals', aud, ['api://AzureADTokenExchange'], true],
    ['a missing key', 'sets', 'ForAllValues:StringEquals', amr, ['x'], true],
    ['an empty text', 'sets', 'ForAllValues:StringEquals', empty, ['x'], true],
    ['negated, none matches', 'sets', 'ForAllValues:StringNotEquals', several, ['x'], true],
    ['negated, one matches', 'sets', 'ForAllValues:StringNotEquals', several, ['team'], false],
    ['negated, a missing key', 'sets', 'ForAllValues:StringNotLike', amr, ['*'], true],
    ['no values, a missing key', 'checks', 'ForAllValues:StringEquals', amr, [], true],
    ['no values', 'checks', 'ForAllValues:StringEquals', several, [], false],
  ],
  'ForAnyValue holds where one value of the request matches': [
    ['one of two', 'sets', 'ForAnyValue:StringEquals', several, ['team'], true],
    ['none', 'sets', 'ForAnyValue:StringEquals', several, ['x'], false],
    ['a pattern', 'sets', 'ForAnyValue:StringLike', several, ['c*'], true],
    ['letter case aside', 'sets', 'ForAnyValue:StringEqualsIgnoreCase', several, ['TEAM'], true],
    ['a missing key', 'sets', 'ForAnyValue:StringEquals', amr, ['x'], false],
    ['a missing key, negated', 'sets', 'ForAnyValue:StringNotEquals', amr, ['x'], false],
    ['an empty text', 'sets', 'ForAnyValue:StringLike', empty, ['*'], false],
    ['negated, one does not match', 'sets', 'ForAnyValue:StringNotEquals', several, ['team'], true],
    ['negated, both match', 'sets', 'ForAnyValue:StringNotLike', several, ['team', 'cost'], false],
    ['no values', 'checks', 'ForAnyValue:StringEquals', several, [], false],
  ],
  'several values without a set operator are certain only where they agree': [
    ['all match', 'sets', 'StringLike', several, ['*'], true],
    ['none matches', 'sets', 'StringEquals', several, ['x'], false],
    ['one matches', 'sets', 'StringEquals', several, ['team'], 'unknown'],
    ['negated, one matches', 'sets', 'StringNotEquals', several, ['team'], 'unknown'],
    ['negated, none matches', 'sets', 'StringNotEquals', several, ['x'], true],
  ],
  'keys have no letter case': [
    ['all capitals', 'condition', 'StringEquals', sub.toUpperCase(), ['sc://contoso/Payments/aws'], true],
    ['mixed', 'condition', 'ForAnyValue:StringEquals', 'AWS:tagkeys', ['team'], true],
    ['capitals, missing', 'condition', 'Null', tid.toUpperCase(), ['true'], true],
  ],
  'special characters are written as variables': [
    ['a star', 'special', 'StringLike', strange, ['a${*}b*'], true],
    ['a star is no wildcard', 'special', 'StringLike', sub, ['sc://${*}'], false],
    ['a question mark', 'special', 'StringLike', strange, ['a?b${?}c*'], true],
    ['a question mark is no wildcard', 'special', 'StringLike', sub, ['${?}c://*'], false],
    ['a dollar', 'special', 'StringLike', strange, ['*${$}{d}'], true],
    ['all of them in StringEquals', 'special', 'StringEquals', strange, ['a${*}b${?}c${$}{d}'], true],
    ['in StringEquals a star needs none', 'special', 'StringEquals', strange, ['a*b?c${$}{d}'], true],
    ['negated', 'special', 'StringNotEquals', strange, ['a${*}b${?}c${$}{d}'], false],
    ['letter case aside', 'special', 'StringEqualsIgnoreCase', strange, ['A${*}B${?}C${$}{D}'], true],
    ['a dollar without a brace is a dollar', 'special', 'StringEquals', sub, ['$sc'], false],
  ],
  'the value of other variables is unknown, save where none could match': [
    ['alone', 'variables', 'StringEquals', sub, ['${aws:userid}'], 'unknown'],
    ['with text that fits', 'variables', 'StringLike', sub, ['sc://contoso/${aws:username}/*'], 'unknown'],
    ['with text that does not fit', 'variables', 'StringEquals', sub, ['sc://fabrikam/${aws:username}'], false],
    ['negated', 'variables', 'StringNotEquals', sub, ['${aws:userid}'], 'unknown'],
    ['negated, text that does not fit', 'variables', 'StringNotEquals', sub, ['x${aws:userid}'], true],
    ['beside a value that matches', 'several', 'StringLike', sub, ['${aws:userid}', 'sc:*'], true],
    ['with a default', 'variables', 'StringEquals', sub, ["${aws:userid, 'x'}"], 'unknown'],
    ['not closed', 'checks', 'StringEquals', sub, ['sc://${contoso'], 'unknown'],
    ['for a missing key', 'noValue', 'StringEquals', tid, ['${aws:userid}'], false],
    ['negated, for a missing key', 'noValue', 'StringNotEquals', tid, ['${aws:userid}'], true],
  ],
  'what is not known here': [
    ['a key', 'operators', 'StringEquals', 'aws:SourceIp', ['x'], 'unknown'],
    ['a key, negated', 'operators', 'StringNotEquals', 'aws:SourceIp', ['x'], 'unknown'],
    ['a key, with IfExists', 'ifExists', 'StringEqualsIfExists', 'aws:SourceIp', ['x'], 'unknown'],
    ['operators of other kinds', 'operators', 'ArnLike', sub, ['*'], 'unknown'],
    ['Bool', 'operators', 'Bool', 'aws:ViaAWSService', ['true'], 'unknown'],
    ['an operator that does not exist', 'checks', 'StringMatches', sub, ['*'], 'unknown'],
    ['letter case of an operator', 'operators', 'stringequals', sub, ['sc://contoso/Payments/aws'], 'unknown'],
    ['a set that does not exist', 'sets', 'ForNoValue:StringEquals', several, ['x'], 'unknown'],
    ['negated without values', 'checks', 'StringNotEquals', sub, [], 'unknown'],
    ['a name of every object', 'checks', 'constructor', sub, ['x'], 'unknown'],
  ],
};

const oldTruths: readonly Case[] = [
  ['a special character is four of them', 'version', 'StringEquals', strange, ['a${*}b${?}c${$}{d}'], false],
  ['what looks like a variable is text', 'version', 'StringEquals', strange, ['a*b?c${d}'], true],
  ['a star within braces is a wildcard', 'version', 'StringLike', strange, ['a*${*}'], true],
  ['and has braces around it', 'version', 'StringLike', sub, ['sc:${*}'], false],
  ['no variable is unknown', 'version', 'StringEquals', sub, ['${aws:userid}'], false],
];

describe('trust/conditions', () => {
  const run = (version: PolicyVersion, [name, page, operator, key, expected, holds]: Case) => {
    it(`${name}: ${String(holds)} (${pages[page]})`, () => {
      const judged = judgeCondition({ operator, key, values: expected }, context, version);
      assert.equal(judged.holds, holds);
      assert.deepEqual(judged.actual, context(key));
      assert.equal(judged.doubt !== undefined, holds === 'unknown');
    });
  };
  for (const [title, cases] of Object.entries(truths)) {
    describe(title, () => {
      for (const one of cases) run('2012-10-17', one);
    });
  }
  describe('version 2008-10-17 has no variables', () => {
    for (const one of oldTruths) run('2008-10-17', one);
  });

  it('has a hundred and twenty cases or more', () => {
    assert.ok(Object.values(truths).flat().length + oldTruths.length >= 120);
  });

  for (const { condition, doubt } of [
    { condition: ['ArnLike', sub, '*'], doubt: 'ArnLike is not evaluated here' },
    { condition: ['StringEquals', 'aws:SourceIp', 'x'], doubt: "only AWS knows the request's aws:SourceIp" },
    {
      condition: ['StringLike', sub, 'sc:*${aws:userid}*${x}'],
      doubt: 'only AWS knows the value of ${aws:userid}, ${x}',
    },
    {
      condition: ['StringEquals', several, 'team'],
      doubt: 'the request has 2 values, and StringEquals compares only one',
    },
    {
      condition: ['ForAnyValue:StringEqualsIfExists', amr, 'mfa'],
      doubt:
        "the request does not have this key, and AWS's documentation contradicts itself about ForAnyValue:StringEqualsIfExists in that case",
    },
    { condition: ['Null', sub, 'yes'], doubt: 'AWS does not document how Null reads these values' },
  ]) {
    it(`says why nobody can tell: ${doubt}`, () => {
      const [operator = '', key = '', value = ''] = condition;
      assert.equal(judgeCondition({ operator, key, values: [value] }, context, '2012-10-17').doubt, doubt);
    });
  }

  // ß becomes SS in capitals, and IAM does not say by which letters it compares.
  for (const { expected, holds } of [
    { expected: 'STRASSE', holds: 'unknown' },
    { expected: 'STRAßE', holds: true },
    { expected: 'STRAXE', holds: false },
  ] as const) {
    it(`holds "straße" against ${expected} without letter case: ${String(holds)}`, () => {
      const condition = { operator: 'StringEqualsIgnoreCase', key: sub, values: [expected] };
      assert.equal(judgeCondition(condition, () => ['straße'], '2012-10-17').holds, holds);
    });
  }

  it('is quick over a pattern made to be slow', () => {
    const condition = { operator: 'StringLike', key: sub, values: [`${'*a'.repeat(500)}*b`] };
    const start = performance.now();
    assert.equal(judgeCondition(condition, () => ['a'.repeat(5000)], '2012-10-17').holds, false);
    assert.ok(performance.now() - start < 2000);
  });

  it('reads operators', () => {
    assert.deepEqual(readOperator('ForAnyValue:StringNotLikeIfExists'), {
      set: 'ForAnyValue',
      name: 'StringLike',
      ifExists: true,
      negated: true,
    });
    assert.equal(readOperator('ForAnyValue:Null'), undefined);
    assert.equal(readOperator(''), undefined);
  });
});

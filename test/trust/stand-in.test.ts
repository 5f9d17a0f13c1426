import assert from 'node:assert/strict';
import fc from 'fast-check';
import { evaluateTrust } from '../../src/trust/evaluate.ts';
import { parseTrustPolicy } from '../../src/trust/trust-policy.ts';
import { describeWebIdentity } from '../../src/trust/web-identity.ts';
import { askTrust, readTrustPolicy, type PolicyDocument } from '../fakes/trust-policy.ts';
import { parameters } from '../hardness/fuzz/check.ts';
import {
  account,
  azp,
  entraAudience,
  entraClaims,
  entraProvider,
  entraUrl,
  githubUrl,
  oldProvider,
} from './company.ts';

const claims = { ...entraClaims, sub: 'sc://contoso/a*b?${c}/aws', amr: ['pwd', 'mfa'] };
const request = describeWebIdentity({ claims, account, otherKeys: { 'sts:RoleSessionName': ['run-1'] } });

/** The same request as the stand-in takes it: what is not in the map is missing. */
const context = new Map([
  [`${entraUrl}:sub`, [claims.sub]],
  [`${entraUrl}:aud`, [azp]],
  [`${entraUrl}:oaud`, [entraAudience]],
  [`${entraUrl}:amr`, claims.amr],
  ['sts:rolesessionname', ['run-1']],
]);

const operators = [
  'StringEquals',
  'StringNotEquals',
  'StringEqualsIgnoreCase',
  'StringNotEqualsIgnoreCase',
  'StringLike',
  'StringNotLike',
];
const operator = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(...operators) },
  {
    weight: 3,
    arbitrary: fc
      .tuple(
        fc.constantFrom('', 'ForAllValues:', 'ForAnyValue:'),
        fc.constantFrom(...operators),
        fc.constantFrom('', 'IfExists'),
      )
      .map(parts => parts.join('')),
  },
);
const key = fc
  .constantFrom(
    ...['sub', 'aud', 'oaud', 'amr', 'tid'].map(claim => `${entraUrl}:${claim}`),
    `${githubUrl}:sub`,
    'sts:RoleSessionName',
  )
  .chain(text => fc.constantFrom(text, text.toUpperCase()));
const value = fc.oneof(
  fc.constantFrom(claims.sub, azp, entraAudience, 'pwd', 'mfa', 'run-1', 'RUN-1', claims.sub.toUpperCase()),
  fc.constantFrom('*', 'sc://contoso/*', '?un-1', 'sc://contoso/a${*}b${?}${$}{c}/aws', '${*}', 'm*', '*${$}*', ''),
  fc.constantFrom('${aws:userid}', 'sc://${aws:userid}/aws', 'x${aws:userid}'),
  fc
    .array(fc.constantFrom('*', '?', 's', 'c', ':', '/', 'a', 'b', 'w', '${*}', '${$}', 'contoso'), { maxLength: 6 })
    .map(parts => parts.join('')),
);
const condition = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(operator, key, fc.array(value, { minLength: 1, maxLength: 3 })) },
  {
    weight: 1,
    arbitrary: fc.tuple(
      fc.constant('Null'),
      key,
      fc.array(fc.constantFrom('true', 'false'), { minLength: 1, maxLength: 2 }),
    ),
  },
);
// One key in two letter cases under one operator is not a policy for either.
const lines = fc.uniqueArray(condition, {
  maxLength: 3,
  selector: ([name, text]) => `${name} ${text.toLowerCase()}`,
});
const block = lines.map(chosen => {
  const result: Record<string, Record<string, readonly string[]>> = {};
  for (const [name, text, values] of chosen) (result[name] ??= {})[text] = values;
  return result;
});
// {"AWS": "*"} is not here: by IAM's documentation it is everyone, the stand-in keeps it for callers with AWS credentials.
const principal = fc.oneof(
  { weight: 6, arbitrary: fc.constant({ Federated: entraProvider }) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      '*',
      { Federated: [oldProvider, entraProvider] },
      { Federated: oldProvider },
      { AWS: '111111111111' },
    ),
  },
);
const action = fc.oneof(
  { weight: 6, arbitrary: fc.constant('sts:AssumeRoleWithWebIdentity') },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      'sts:*',
      '*',
      'sts:AssumeRole',
      ['sts:TagSession', 'STS:assumerolewith*'],
      'sts:AssumeRole?ithWebIdentity',
    ),
  },
);
const statement = fc.record({
  Effect: fc.constantFrom('Allow', 'Allow', 'Allow', 'Deny'),
  Principal: principal,
  Action: action,
  Condition: block,
});
const policies: fc.Arbitrary<PolicyDocument> = fc.record({
  Version: fc.constantFrom('2012-10-17', '2012-10-17', '2008-10-17'),
  Statement: fc.array(statement, { minLength: 1, maxLength: 3 }),
});

describe('trust/evaluate and the STS that stands in for AWS', () => {
  it('agree on every policy, wherever an answer is given', () => {
    const counts = { allowed: 0, denied: 0, unknown: 0 };
    fc.assert(
      fc.property(policies, document => {
        const { decision } = evaluateTrust(parseTrustPolicy(JSON.stringify(document)), request);
        counts[decision] += 1;
        if (decision === 'unknown') return;
        const question = {
          action: request.action,
          caller: { kind: 'federated', providerArn: request.principal },
          context,
        } as const;
        assert.equal(askTrust(readTrustPolicy(document), question), decision === 'allowed' ? 'allowed' : 'refused');
      }),
      { ...parameters, numRuns: parameters.numRuns * 20 },
    );
    const all = counts.allowed + counts.denied + counts.unknown;
    assert.ok(counts.allowed > all / 15 && counts.denied > all / 6, JSON.stringify(counts));
    assert.ok(counts.unknown > 0 && counts.unknown < all / 3, JSON.stringify(counts));
  });
});

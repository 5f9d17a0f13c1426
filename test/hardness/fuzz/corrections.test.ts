import assert from 'node:assert/strict';
import fc from 'fast-check';
import { findWeaknesses } from '../../../src/trust/findings.ts';
import type { Finding, Known } from '../../../src/trust/findings/finding.ts';
import { parseTrustPolicy } from '../../../src/trust/trust-policy.ts';
import { readTrustPolicy, type PolicyDocument } from '../../fakes/trust-policy.ts';
import {
  account,
  azp,
  byId,
  byName,
  entraAudience,
  entraUrl,
  githubUrl,
  oldAudience,
  oldUrl,
  organizationId,
  tenantId,
} from '../../trust/company.ts';
import {
  askers,
  checkClaim,
  checkContradictions,
  checkLaw,
  formerUrl,
  isAllowed,
  objectId,
  otherId,
  otherName,
  pipeline,
  workflow,
} from '../../trust/law.ts';
import { parameters, timeout } from './check.ts';

const arn = (url: string) => `arn:aws:iam::111111111111:oidc-provider/${url}`;
const urls = [oldUrl, entraUrl, formerUrl, githubUrl];
const mistakenUrls = [
  `${entraUrl}/`,
  `https://${oldUrl}`,
  entraUrl.replace('/v2.0', ''),
  oldUrl.toUpperCase(),
  'vstoken.dev.azure.com/contoso',
  `vstoken.dev.azure.com/${tenantId}`,
  `login.microsoftonline.com/${organizationId}/v2.0`,
  `app.vstoken.visualstudio.com/${organizationId}`,
];
const url = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(oldUrl, oldUrl, entraUrl, entraUrl, ...urls) },
  { weight: 1, arbitrary: fc.constantFrom(...mistakenUrls) },
);
const provider = fc.oneof(
  { weight: 8, arbitrary: url.map(arn) },
  {
    weight: 1,
    arbitrary: url.chain(one =>
      fc.constantFrom(
        one,
        arn(one).replace('111111111111', '1111-1111-1111'),
        arn(one).replace('111111111111', '222222222222'),
        arn(one).replace('arn:aws:', 'arn:aws-cn:'),
        `${arn(one)} `,
      ),
    ),
  },
);
const principal = fc.oneof(
  { weight: 8, arbitrary: provider.map(Federated => ({ Federated })) },
  { weight: 3, arbitrary: fc.uniqueArray(provider, { minLength: 2, maxLength: 3 }).map(Federated => ({ Federated })) },
  { weight: 1, arbitrary: provider.map(Federated => ({ Federated, AWS: 'arn:aws:iam::111111111111:role/x' })) },
  { weight: 1, arbitrary: fc.constantFrom('*', { AWS: arn(oldUrl) }) },
);
const operators = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom('StringEquals', 'StringEquals', 'StringLike') },
  {
    weight: 4,
    arbitrary: fc
      .tuple(
        fc.constantFrom('', '', 'ForAllValues:', 'ForAnyValue:'),
        fc.constantFrom('StringEquals', 'StringLike', 'StringNotEquals', 'StringNotLike', 'StringEqualsIgnoreCase'),
        fc.constantFrom('', 'IfExists'),
      )
      .map(parts => parts.join('')),
  },
);
const subjects = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom(byName.subject, byId.subject, otherName, otherId, objectId, pipeline, workflow),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      '*',
      'sc://contoso/Payments/*',
      'sc://*',
      'p://contoso/*',
      byId.subject.replace(/[^/]+$/, '*'),
      '/eid1/*',
      'repo:contoso/*',
      'sc://contoso/Payments/aw?',
      byName.subject.toUpperCase(),
      byId.subject.toUpperCase(),
      'sc://contoso/payments/aws',
      'sc://https://dev.azure.com/contoso/Payments/aws',
    ),
  },
);
const audiences = fc.constantFrom(oldAudience, entraAudience, azp, 'api://own', 'sts.amazonaws.com', '*', '499b84ac-*');
const oneOrTwo = (values: fc.Arbitrary<string>) =>
  fc.oneof({ weight: 3, arbitrary: values }, fc.uniqueArray(values, { minLength: 1, maxLength: 2 }));
const line = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.tuple(
      operators,
      url.map(one => `${one}:sub`),
      oneOrTwo(subjects),
    ),
  },
  {
    weight: 3,
    arbitrary: fc.tuple(
      operators,
      url.map(one => `${one}:aud`),
      oneOrTwo(audiences),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(
      operators,
      url.map(one => `${one}:oaud`),
      oneOrTwo(audiences),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(
      operators,
      url.map(one => `${one}:amr`),
      oneOrTwo(fc.constantFrom('mfa', '*')),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(
      fc.constant('Null'),
      url.map(one => `${one}:sub`),
      fc.constantFrom('true', 'false'),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(
      operators,
      fc.constantFrom(
        ...['vstoken.dev.azure.com:sub', `https://${entraUrl}:sub`, oldUrl, `${oldUrl}:subject`],
        ...[`${entraUrl}/sub`, `${entraUrl}:subject`],
      ),
      subjects,
    ),
  },
);
const condition = fc
  .uniqueArray(line, { maxLength: 4, selector: ([operator, key]) => `${operator} ${key.toLowerCase()}` })
  .map(lines => {
    const block: Record<string, Record<string, string | readonly string[]>> = {};
    for (const [operator, key, values] of lines) (block[operator] ??= {})[key] = values;
    return block;
  });
const statement = fc.record({
  Effect: fc.constantFrom('Allow', 'Allow', 'Allow', 'Deny'),
  Principal: principal,
  Action: fc.oneof(
    { weight: 8, arbitrary: fc.constant('sts:AssumeRoleWithWebIdentity') },
    fc.constantFrom('sts:*', 'sts:AssumeRole', '*'),
  ),
  Condition: condition,
});
/** A statement as people write it: one provider, its own keys, a subject that fits or is somebody else's. */
const usual = fc
  .tuple(fc.constantFrom(oldUrl, entraUrl), fc.constantFrom('StringEquals', 'StringLike'), subjects, audiences)
  .map(([one, operator, sub, aud]) => ({
    Effect: 'Allow',
    Principal: { Federated: arn(one) },
    Action: 'sts:AssumeRoleWithWebIdentity',
    Condition: { [operator]: { [`${one}:sub`]: sub, [`${one}:aud`]: aud } },
  }));
const policy = fc
  .tuple(
    fc.constantFrom('2012-10-17', '2012-10-17', '2008-10-17'),
    fc.array(fc.oneof({ weight: 2, arbitrary: statement }, usual), { minLength: 1, maxLength: 3 }),
  )
  .map(([Version, Statement]) => ({ Version, Statement }));

const known: readonly Known[] = [
  { account, identities: [byName, byId] },
  { account, identities: [byName] },
  { account, identities: [byId] },
  { account },
];

function find(document: PolicyDocument, facts: Known | undefined): readonly Finding[] {
  return findWeaknesses(parseTrustPolicy(JSON.stringify(document)), facts);
}

describe('hardness/fuzz/corrections', function () {
  // Each policy is asked about hundreds of callers, before and after each correction.
  this.timeout(5 * timeout);

  it('no correction allows or denies whom it must not, alone or after others; no finding claims what is not so', () => {
    const counts = { policies: 0, corrections: 0, admitting: 0, claims: 0 };
    fc.assert(
      fc.property(policy, fc.constantFrom(...known), (document, facts) => {
        counts.policies += 1;
        let current = readTrustPolicy(JSON.stringify(document));
        // What is corrected is looked at again, as somebody would who takes one correction after the other.
        for (let step = 0; step < 2; step += 1) {
          const findings = find(current, facts);
          checkContradictions(findings);
          for (const finding of findings) {
            checkLaw(
              current,
              finding,
              (facts.identities ?? []).map(({ subject }) => subject),
            );
            checkClaim(current, finding);
            if (finding.claim !== undefined) counts.claims += 1;
            if (finding.correction !== undefined) counts.corrections += 1;
            if ((finding.correction?.allows.length ?? 0) > 0) counts.admitting += 1;
          }
          const [next] = findings.flatMap(({ corrected }) => (corrected === undefined ? [] : [corrected]));
          if (next === undefined) return;
          current = readTrustPolicy(JSON.stringify(next));
        }
      }),
      parameters,
    );
    // A law that nothing is held against would hold, too.
    const share = Math.min(1, counts.policies / 200);
    assert.ok(counts.corrections > 50 * share - 1 && counts.claims > 100 * share - 1, JSON.stringify(counts));
  });

  describe('finds planted breaches', () => {
    const open = (Condition: Readonly<Record<string, Readonly<Record<string, string>>>>) => ({
      Version: '2012-10-17',
      Statement: {
        Effect: 'Allow',
        Principal: { Federated: arn(oldUrl) },
        Action: 'sts:AssumeRoleWithWebIdentity',
        Condition,
      },
    });
    const exact = open({ StringEquals: { [`${oldUrl}:sub`]: byName.subject } });
    const wide = open({ StringLike: { [`${oldUrl}:sub`]: 'sc://contoso/*' } });
    const theirs = open({ StringEquals: { [`${oldUrl}:sub`]: pipeline } });
    const but = open({ StringNotEquals: { [`${oldUrl}:sub`]: byName.subject } });
    for (const { name, before, after, code, says } of [
      { name: 'widens', before: exact, after: wide, code: 'SubjectWildcard', says: /is allowed by the correction/ },
      { name: 'hands over', before: theirs, after: exact, code: 'NameSubject', says: /is (?:allowed|denied) by/ },
      { name: 'locks out', before: wide, after: theirs, code: 'SubjectWildcard', says: /is (?:allowed|denied) by/ },
      {
        name: 'takes the named one',
        before: exact,
        after: theirs,
        code: 'SubjectMissing',
        says: /is (?:allowed|denied) by/,
      },
      { name: 'lets the excluded in', before: but, after: exact, code: 'SubjectMissing', says: /is allowed/ },
    ] as const) {
      it(`one that ${name}`, () => {
        const [template] = find(exact, known[0]);
        assert.ok(template, 'nothing found');
        const correction = { before: [], after: [], allows: askers.map(({ sub }) => sub), approval: undefined };
        const planted = { ...template, code, correction, corrected: after, remedy: 'Ask x before you apply it.' };
        assert.throws(() => {
          checkLaw(readTrustPolicy(before), planted, [byName.subject, byId.subject]);
        }, says);
      });
    }

    it('and a claim that is not so', () => {
      const [template] = find(exact, known[0]);
      assert.ok(template, 'nothing found');
      const at = { index: 0, sid: undefined };
      const claim = { allows: 'nobody', issuer: oldUrl, subject: undefined } as const;
      assert.throws(() => {
        checkClaim(exact, { ...template, statement: at, claim });
      }, /says nobody/);
    });

    it('asks those who are allowed and those who are not', () => {
      const allowed = askers.filter(asker => isAllowed(exact as PolicyDocument, asker));
      assert.deepEqual(
        allowed.map(({ sub }) => sub),
        [byName.subject],
      );
    });
  });
});

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { listEntrants, type Entrant } from '../../../src/trust/inventory/entrants.ts';
import { listNamedIssuers } from '../../../src/trust/inventory/judge-callers.ts';
import { matchPattern, matchPatternIgnoringCase, readPattern } from '../../../src/trust/pattern.ts';
import { parseTrustPolicy, type TrustPolicy } from '../../../src/trust/trust-policy.ts';
import { askTrust, readTrustPolicy, type PolicyDocument } from '../../fakes/trust-policy.ts';
import {
  account,
  azp,
  byId,
  byName,
  entraAudience,
  entraProvider,
  entraUrl,
  githubUrl,
  oldAudience,
  oldProvider,
  oldUrl,
} from '../company.ts';
import { askers, objectId, otherName, pipeline, workflow, type Asker } from '../law.ts';

const github = `arn:aws:iam::111111111111:oidc-provider/${githubUrl}`;

/** Asks the stand-in, which shares nothing with what is judged. */
function decide(document: PolicyDocument, { url, sub, aud, oaud }: Asker): 'allowed' | 'refused' | 'unknown' {
  const prefix = url.toLowerCase();
  const keys = [
    [`${prefix}:sub`, [sub]],
    [`${prefix}:aud`, [aud]],
    [`${prefix}:oaud`, [oaud]],
  ] as const;
  return askTrust(document, {
    action: 'sts:AssumeRoleWithWebIdentity',
    caller: { kind: 'federated', providerArn: `arn:aws:iam::111111111111:oidc-provider/${url}` },
    context: new Map(keys),
  }) as 'allowed' | 'refused' | 'unknown';
}

/** Whether an entrant may stand for a caller, except for its limits and audiences. */
function coversSubject(
  { kind, issuer, subject, ignoresCase }: Entrant,
  { url, sub }: Asker,
  policy: TrustPolicy,
): boolean {
  const isOther = issuer === '*' ? listNamedIssuers(policy).includes(url) : issuer !== url;
  if (kind === 'saml' || isOther) return false;
  if (subject === undefined) return true;
  const { version } = policy;
  if (ignoresCase) return matchPatternIgnoringCase(readPattern(subject, { wildcards: false, version }), sub) !== false;
  if (kind === 'subject') return subject === sub;
  return matchPattern(readPattern(subject, { wildcards: true, version }), sub) !== false;
}

function covers(entrant: Entrant, asker: Asker, policy: TrustPolicy): boolean {
  if (!coversSubject(entrant, asker, policy)) return false;
  if (asker.isConnection || entrant.audiences === undefined) return true;
  const { keepsOut, values } = entrant.audiences;
  return values.includes(asker.aud) !== (keepsOut === 'these');
}

/** Whether a limit says that this caller may be kept out. */
function isLimited({ limits }: Entrant, { sub }: Asker, { version }: TrustPolicy): boolean {
  return limits.some(({ keepsOut, values, compares }) => {
    const match = compares === 'ignoring-case' ? matchPatternIgnoringCase : matchPattern;
    const rules = { wildcards: compares === 'pattern', version };
    return values.some(text => match(readPattern(text, rules), sub) !== false) === (keepsOut === 'these');
  });
}

/** Fails if somebody is missing, or named who is denied. */
function compare(document: PolicyDocument): void {
  const policy = parseTrustPolicy(document);
  const entrants = listEntrants(policy, { account, providers: undefined });
  const readable = readTrustPolicy(JSON.stringify(document));
  for (const asker of askers) {
    const said = decide(readable, asker);
    const covering = entrants.filter(one => covers(one, asker, policy));
    const what = `${said} ${JSON.stringify(asker)}: ${JSON.stringify({ document, entrants })}`;
    if (said === 'allowed') assert.ok(covering.length > 0, `missing: ${what}`);
    // A connection's tokens have two readings, of which one alone may be denied.
    const isSure = (one: Entrant) => one.decision === 'allowed' && !isLimited(one, asker, policy);
    if (said === 'refused' && !asker.isConnection) assert.deepEqual(covering.filter(isSure), [], `denied: ${what}`);
  }
}

describe('trust/inventory', () => {
  // The stand-in knows no IpAddress: all that is conditional on it is unknown.
  for (const file of readdirSync('test/trust/field').filter(name => name !== 'network-conditions.json')) {
    const document = JSON.parse(readFileSync(`test/trust/field/${file}`, 'utf8')) as PolicyDocument;
    it(`are those whom ${file} allows`, () => {
      compare(document);
    });
  }

  const tail = byId.subject.slice(-36);
  const patterns: readonly (readonly [Federated: string, url: string, subject: string, claims?: object])[] = [
    ...['*/Payments/aws', '*aws', 's?:*', '*://contoso/*'].map(text => [oldProvider, oldUrl, text] as const),
    ...[`*${tail}`, '/eid1/c/pub/t/*/a/*', `*/sc/*${tail}`].map(
      text => [entraProvider, entraUrl, text, { aud: azp, oaud: entraAudience }] as const,
    ),
  ];
  for (const [Federated, url, text, claims = {}] of patterns) {
    it(`are those whom ${text} covers, wherever its wildcards stand`, () => {
      const exact = Object.fromEntries(
        Object.entries(claims).map(([name, value]) => [`${url}:${name}`, value as string]),
      );
      const Condition = { StringLike: { [`${url}:sub`]: text }, StringEquals: exact };
      const Action = 'sts:AssumeRoleWithWebIdentity';
      const Statement = { Effect: 'Allow', Principal: { Federated }, Action, Condition };
      compare({ Version: '2012-10-17', Statement });
      assert.equal(
        listEntrants(parseTrustPolicy({ Version: '2012-10-17', Statement }), { account, providers: undefined }).length,
        1,
      );
    });
  }

  const subject = fc.constantFrom(
    ...[byName.subject, otherName, byId.subject, pipeline, objectId, workflow],
    ...[
      'sc://contoso/Payments/*',
      'sc://*',
      'sc://contoso/*/aws',
      '*',
      '/eid1/c/pub/t/*',
      'repo:contoso/*',
      'p://contoso/*',
    ],
    ...['*/Payments/aws', '*aws', '*://contoso/*', '?*', `*${byId.subject.slice(-36)}`],
  );
  const line = fc.record({
    operator: fc.constantFrom(
      ...['StringEquals', 'StringLike', 'StringEqualsIgnoreCase', 'StringNotEquals', 'StringNotLike'],
      ...['StringLikeIfExists', 'ForAllValues:StringLike', 'ForAnyValue:StringEquals'],
    ),
    url: fc.constantFrom(oldUrl, entraUrl, githubUrl),
    claim: fc.constantFrom('sub', 'sub', 'aud'),
    subjects: fc.uniqueArray(subject, { minLength: 1, maxLength: 2 }),
    audience: fc.constantFrom(oldAudience, entraAudience, azp, 'sts.amazonaws.com'),
  });
  const statement = fc
    .record({
      Effect: fc.constantFrom('Allow', 'Allow', 'Allow', 'Deny'),
      Federated: fc.uniqueArray(fc.constantFrom(oldProvider, entraProvider, github), { minLength: 1, maxLength: 2 }),
      isEveryone: fc.nat(9),
      Action: fc.constantFrom('sts:AssumeRoleWithWebIdentity', 'sts:*', 'sts:AssumeRole'),
      lines: fc.array(line, { maxLength: 3 }),
    })
    .map(({ Effect, Federated, isEveryone, Action, lines }) => {
      const Condition: Record<string, Record<string, readonly string[]>> = {};
      for (const { operator, url, claim, subjects, audience } of lines) {
        Condition[operator] = { ...Condition[operator], [`${url}:${claim}`]: claim === 'sub' ? subjects : [audience] };
      }
      // A Deny for a star alone is in doubt, which the stand-in does not know.
      return { Effect, Principal: isEveryone === 0 && Effect === 'Allow' ? '*' : { Federated }, Action, Condition };
    });

  it('are those whom a policy allows, whether a limit is a pattern or a text with a star in it', () => {
    const Principal = { Federated: github };
    const base = { Principal, Action: 'sts:AssumeRoleWithWebIdentity' };
    for (const operator of ['StringNotEquals', 'StringNotLike', 'StringNotEqualsIgnoreCase']) {
      const Condition = { [operator]: { [`${githubUrl}:sub`]: ['?*', 'REPO:contoso/infra:ref:refs/heads/main'] } };
      compare({
        Statement: [
          { Effect: 'Allow', ...base },
          { Effect: 'Deny', ...base, Condition },
        ],
      });
      compare({ Statement: { Effect: 'Allow', ...base, Condition } });
    }
  });

  it('are those whom a policy allows, caller by caller, as another reading has it', () => {
    fc.assert(
      fc.property(fc.array(statement, { minLength: 1, maxLength: 3 }), Statement => {
        compare({ Version: '2012-10-17', Statement });
      }),
      { numRuns: 300 },
    );
  });
});

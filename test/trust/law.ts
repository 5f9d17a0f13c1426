import assert from 'node:assert/strict';
import type { Finding } from '../../src/trust/findings/finding.ts';
import { askTrust, readTrustPolicy, type PolicyDocument, type Statement } from '../fakes/trust-policy.ts';
import { matchWildcards } from '../fakes/trust-conditions.ts';
import { azp, byId, byName, entraAudience, entraUrl, githubUrl, oldAudience, oldUrl, tenantId } from './company.ts';

/** Somebody who asks for the role: what the token says, and whether it is a service connection's. */
export interface Asker {
  readonly url: string;
  readonly sub: string;
  readonly aud: string;
  readonly oaud: string;
  readonly isConnection: boolean;
}

export const formerUrl = `sts.windows.net/${tenantId}/`;
export const objectId = 'b2d1e6a0-1111-4222-8333-444444444444';
export const pipeline = 'p://contoso/Payments/infra';
export const workflow = 'repo:contoso/infra:ref:refs/heads/main';
export const otherName = 'sc://contoso/Payments/other';
export const otherId = byId.subject.replace(/[^/]+$/, '0ddba11a-0000-4000-8000-000000000001');
const strangeName = 'sc://contoso/Elsewhere/unknown';
const strangeId = byId.subject.replace(
  /sc\/.+$/,
  'sc/0ddba11a-0000-4000-8000-000000000002/0ddba11a-0000-4000-8000-000000000003',
);
const strangeObject = '0ddba11a-0000-4000-8000-000000000004';

/** What those who are no service connection may have as audience: what a policy may name, and something else. */
const audiences = [entraAudience, azp, oldAudience, 'sts.amazonaws.com', 'api://own', 'api://elsewhere'];

/** Everybody whom a generated policy can tell apart: those that it may name, somebody beside each, and strangers. */
export const askers: readonly Asker[] = [
  ...[byName.subject, otherName, strangeName].map(sub => connection(oldUrl, sub, oldAudience)),
  ...[pipeline, 'p://contoso/Payments/unknown'].map(sub => other(oldUrl, sub, oldAudience)),
  ...[byId.subject, otherId, strangeId].flatMap(sub => [
    connection(entraUrl, sub, azp, entraAudience),
    connection(entraUrl, sub, entraAudience),
  ]),
  ...[objectId, strangeObject].flatMap(sub =>
    [entraAudience, azp, oldAudience, 'sts.amazonaws.com', 'api://own', 'api://elsewhere'].map(aud =>
      other(entraUrl, sub, aud),
    ),
  ),
  ...[objectId, strangeObject].flatMap(sub => audiences.map(aud => other(formerUrl, sub, aud))),
  ...[workflow, 'repo:stranger/x:ref:refs/heads/main'].flatMap(sub => audiences.map(aud => other(githubUrl, sub, aud))),
];

function connection(url: string, sub: string, aud: string, oaud = aud): Asker {
  return { url, sub, aud, oaud, isConnection: true };
}

function other(url: string, sub: string, aud: string): Asker {
  return { url, sub, aud, oaud: aud, isConnection: false };
}

/** Asks the stand-in, which shares nothing with what is judged. */
export function isAllowed(document: PolicyDocument, { url, sub, aud, oaud }: Asker): boolean {
  const prefix = url.toLowerCase();
  const context = new Map([
    [`${prefix}:sub`, [sub]],
    [`${prefix}:aud`, [aud]],
    [`${prefix}:oaud`, [oaud]],
  ]);
  const question = {
    action: 'sts:AssumeRoleWithWebIdentity',
    caller: { kind: 'federated', providerArn: `arn:aws:iam::111111111111:oidc-provider/${url}` },
    context,
  } as const;
  return askTrust(document, question) !== 'refused';
}

/** The findings that are about strangers: a correction of theirs may deny those whom no Allow names. */
const aboutStrangers = [
  ...['ConditionMissing', 'AudienceOnly', 'SubjectMissing', 'SubjectWildcard', 'EntraSubjectPattern'],
  ...['ForAllValuesOnAllow', 'IfExistsOnAllow', 'KeyPrefixMistaken'],
];

/** Fails where the correction of a finding breaks the law. */
export function checkLaw(before: PolicyDocument, finding: Finding, known: readonly string[]): void {
  const { corrected, correction, code } = finding;
  if (corrected === undefined) return;
  assert.ok(correction !== undefined, 'a corrected policy without its correction');
  const after = readTrustPolicy(JSON.stringify(corrected));
  for (const asker of askers) {
    const [was, is] = [isAllowed(before, asker), isAllowed(after, asker)];
    const who = `${code}: ${asker.sub} of ${asker.url}, aud ${asker.aud}`;
    if (is && !was) {
      assert.ok(asker.isConnection && isWanted(before, asker.sub, known), `${who} is allowed by the correction`);
      assert.ok(!isExcluded(before, asker), `${who} is allowed although the policy keeps it out`);
      assert.ok(correction.allows.includes(asker.sub), `${who} is allowed without a word`);
      assert.match(finding.remedy, /before you apply it\.$/);
    }
    if (was && !is) {
      const isStranger = !known.includes(asker.sub) && !isNamed(before, asker.sub, foreignUrls(asker));
      assert.ok(aboutStrangers.includes(code) && isStranger, `${who} is denied by the correction`);
    }
  }
}

/** Whether an Allow names a subject, or the same connection's on the other issuer, or means one that is known by a pattern. */
function isWanted(document: PolicyDocument, sub: string, known: readonly string[]): boolean {
  if (isNamed(document, sub)) return true;
  if (!known.includes(sub)) return false;
  return (
    known.some(twin => isNamed(document, twin)) ||
    listSubjects(document, 'Allow').some(value => matchWildcards(value, sub, ''))
  );
}

/** A workflow of GitHub that a key of Azure DevOps names is not meant: no token has both. */
function foreignUrls({ url }: Asker): readonly string[] {
  return url === githubUrl ? [oldUrl, entraUrl, formerUrl] : [];
}

function isNamed(document: PolicyDocument, sub: string, foreign: readonly string[] = []): boolean {
  const isOwn = (key: string) => !foreign.some(url => key.toLowerCase().startsWith(url.toLowerCase()));
  return listSubjects(document, 'Allow', isOwn).some(value => value.toLowerCase() === sub.toLowerCase());
}

/** Whether a Deny applies or names it, or an Allow is for all except it. */
function isExcluded(document: PolicyDocument, asker: Asker): boolean {
  const denies = [document.Statement].flat().filter(one => one.Effect === 'Deny');
  const asAllows = { ...document, Statement: denies.map(one => ({ ...one, Effect: 'Allow' })) };
  if (isAllowed(asAllows, asker) || listSubjects(document, 'Deny').includes(asker.sub)) return true;
  const isPattern = (name: string) => name.includes('Like');
  const exact = listValues(document, 'Allow', name => name.includes('Not') && !isPattern(name));
  const patterns = listValues(document, 'Allow', name => name.includes('Not') && isPattern(name));
  return exact.includes(asker.sub) || patterns.some(value => matchWildcards(value, asker.sub, ''));
}

function listSubjects(
  document: PolicyDocument,
  effect: string,
  isWantedKey: (key: string) => boolean = () => true,
): readonly string[] {
  return listValues(document, effect, name => !name.includes('Not') && name !== 'Null', isWantedKey);
}

function listValues(
  document: PolicyDocument,
  effect: string,
  isWantedOperator: (name: string) => boolean,
  isWantedKey: (key: string) => boolean = () => true,
): readonly string[] {
  return [document.Statement]
    .flat()
    .flatMap(({ Effect, Condition = {} }: Statement) =>
      Object.entries(Condition).flatMap(([operator, lines]) =>
        Effect === effect && isWantedOperator(operator)
          ? Object.entries(lines).flatMap(([key, values]) =>
              /:sub(?:ject)?$|^[^:]+$/i.test(key) && isWantedKey(key) ? [values].flat().map(String) : [],
            )
          : [],
      ),
    );
}

/** Fails where a finding claims what the stand-in knows better. */
export function checkClaim(document: PolicyDocument, { claim, code, statement, means }: Finding): void {
  if (claim === undefined || statement === undefined || /once the provider|as soon as/i.test(means)) return;
  // What the stand-in decides here, AWS's pages leave open.
  if (claim.allows !== 'nobody' && /ForAnyValue:\w+IfExists/.test(JSON.stringify(document))) return;
  const one = [document.Statement].flat()[statement.index];
  const mine = askers.filter(({ url }) => url === claim.issuer);
  assert.ok(one !== undefined, 'a finding of no statement');
  if (claim.allows === 'nobody') {
    const subject = claim.subject;
    const asked = subject === undefined ? mine : mine.filter(({ sub }) => sub === subject);
    const alone = { ...document, Statement: one };
    const allowed = asked.find(asker => isAllowed(alone, asker));
    assert.equal(allowed, undefined, `${code} says nobody, and ${allowed?.sub ?? ''} is allowed`);
  }
  if (claim.allows === 'anyone' && mine.length > 0) {
    assert.ok(
      mine.some(asker => isAllowed(document, asker)) ||
        /may be able|meets the other/.test(means) ||
        /:oaud/i.test(JSON.stringify(document)),
      `${code} says anyone, and nobody is allowed`,
    );
  }
  if (claim.allows === 'callers') {
    const asked = mine.filter(({ sub }) => claim.subjects.includes(sub));
    assert.ok(
      asked.length === 0 || asked.some(asker => isAllowed(document, asker)),
      `${code}: ${claim.subjects.join(', ')} are denied`,
    );
  }
}

/** Fails where two findings say the opposite of one issuer's callers of one statement. */
export function checkContradictions(findings: readonly Finding[]): void {
  const plain = findings.filter(({ means }) => !/once the provider|as soon as/i.test(means));
  for (const { claim, statement, code } of plain) {
    if (claim?.allows !== 'nobody' || claim.subject !== undefined) continue;
    const opposite = plain.find(
      other =>
        other.statement?.index === statement?.index &&
        other.claim !== undefined &&
        other.claim.allows !== 'nobody' &&
        other.claim.issuer === claim.issuer,
    );
    assert.equal(opposite, undefined, `${code} and ${opposite?.code ?? ''} contradict each other`);
  }
}

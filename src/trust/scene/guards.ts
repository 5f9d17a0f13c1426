import { tokenExchangeAudience } from '../../identity/audience.ts';
import { mayGive, nobodysSubject, strangers } from '../callers.ts';
import { evaluateTrust, type Decision, type Verdict } from '../evaluate.ts';
import { readOperator, isHard, isNegatedOrNull, readValuePatterns } from '../conditions.ts';
import type { Condition, Statement, TrustPolicy } from '../trust-policy.ts';
import { isForeign, webIdentityAction } from '../web-identity.ts';
import { ranks } from '../admission.ts';
import { showPattern } from '../pattern-overlap.ts';
import { findPositive, rightUrl, type NamedProvider, type Scene } from './scene.ts';

/** Returns whether a statement on its own may allow a token of a provider, whatever its subject is. */
export function allowsStranger(scene: Scene, provider: NamedProvider): boolean {
  const known = answers.get(scene) ?? new Map<NamedProvider, boolean>();
  answers.set(scene, known);
  const answer =
    known.get(provider) ?? judgeStranger(scene, [scene.statement], provider, nobodysSubject).decision !== 'denied';
  known.set(provider, answer);
  return answer;
}

/** Each finding about a statement asks that again, and a statement of a file may have a thousand. */
const answers = new WeakMap<Scene, Map<NamedProvider, boolean>>();

/** Returns whether a statement by itself may allow a token of a provider with a subject that nobody means. */
export function allowsSomeStranger(scene: Scene, provider: NamedProvider): boolean {
  return strangers.some(one => judgeStranger(scene, [scene.statement], provider, one).decision !== 'denied');
}

/** Returns the best that a stranger gets from a statement together with all that the policy denies. */
export function judgeAnyone(scene: Scene, provider: NamedProvider): Decision {
  const denies = scene.policy.statements.filter(({ effect }) => effect === 'Deny');
  const { meant } = provider;
  const possible = strangers.filter(one => meant === undefined || mayGive(meant, one));
  const decisions = possible.map(
    subject => judgeStranger(scene, [scene.statement, ...denies], provider, subject).decision,
  );
  return decisions.find(one => one === 'allowed') ?? decisions.find(one => one === 'unknown') ?? 'denied';
}

/**
 * Returns whether just the exact subjects that the policy names can be allowed with a provider's token: by a condition of the
 * statement that has to hold, or by a Deny for all the others. What else is on the subject can only narrow that.
 *
 * A Deny for all that a pattern does not cover leaves open who is covered, so that is no guard.
 */
export function isPinned(scene: Scene, provider: NamedProvider): boolean {
  const { version, statements } = scene.policy;
  const isAllExact = (condition: Condition) => readValuePatterns(condition, version).every(({ isExact }) => isExact);
  const own = findPositive(scene, provider, 'sub').map(({ condition }) => condition);
  if (own.some(condition => isHard(condition) && isAllExact(condition))) return true;
  const denies = statements.filter(({ effect }) => effect === 'Deny');
  return denies.some(deny => {
    const conditions = deny.conditions.filter(one => isOnSubject(one, provider));
    return conditions.every(one => isNegatedOrNull(one) && isAllExact(one)) && refuses(scene, deny, provider);
  });
}

/** Returns the conditions of each Deny for all whose subject they do not cover: the others are left to the Allow. */
export function listLeftOver(scene: Scene, provider: NamedProvider): readonly Condition[] {
  return scene.policy.statements
    .filter(one => one.effect === 'Deny' && refuses(scene, one, provider))
    .flatMap(one => one.conditions.filter(condition => isOnSubject(condition, provider)))
    .filter(one => readOperator(one.operator)?.negated === true);
}

function isOnSubject({ key }: Condition, provider: NamedProvider): boolean {
  return key.toLowerCase() === `${rightUrl(provider).toLowerCase()}:sub`;
}

function refuses(scene: Scene, deny: Statement, provider: NamedProvider): boolean {
  const verdict = judgeStranger(scene, [deny], provider, nobodysSubject);
  return verdict.decision === 'denied' && verdict.explicit;
}

/** The best that a stranger's token gets from statements, by any audience. The principal is taken for a right one. */
function judgeStranger(
  { policy, statement }: Scene,
  statements: readonly Statement[],
  provider: NamedProvider,
  subject: string,
): Verdict {
  const principals = { negated: false, listed: [{ type: 'Federated', value: provider.text }] };
  const asked = { ...policy, statements: statements.map(one => (one === statement ? { ...one, principals } : one)) };
  const pairs = listAudiencePairs(provider, asked);
  const verdicts = pairs.slice(0, maxPairs).map(audience =>
    evaluateTrust(asked, {
      action: webIdentityAction,
      principal: provider.text,
      context: key => answerStranger(key.toLowerCase(), provider, { ...audience, sub: subject }),
    }),
  );
  const [first, ...others] = verdicts;
  if (first === undefined) throw new RangeError('a token without any audience');
  const best = others.reduce((so, one) => (ranks[one.decision] > ranks[so.decision] ? one : so), first);
  const isOpen = pairs.length > maxPairs && best.decision === 'denied';
  return isOpen ? { decision: 'unknown', statement, reasons: [] } : best;
}

/** What a stranger gets by more audiences is unknown: no policy has them, but a file may, and then it would take hours. */
const maxPairs = 500;

interface Audience {
  readonly aud: string;
  readonly oaud: string;
}

/** The Azure DevOps issuer has one audience; of others a stranger gets whichever the policy names. */
function listAudiencePairs(provider: NamedProvider, { statements, version }: TrustPolicy): readonly Audience[] {
  if (provider.kind === 'azure-devops') return [{ aud: tokenExchangeAudience, oaud: tokenExchangeAudience }];
  const conditions = statements.flatMap(one => one.conditions);
  // What is compared with another provider's audiences does not tell them apart.
  const isOn = ({ key }: Condition, claim: string) => isClaimOf(key.toLowerCase(), provider, claim);
  const named = conditions
    .filter(one => isOn(one, 'aud') || isOn(one, 'oaud'))
    .flatMap(one => readValuePatterns(one, version))
    // Nobody has an audience with a star in it, as StringEquals compares it.
    .filter(pattern => !pattern.isExact || !/[*?]/.test(showPattern(pattern)))
    .map(pattern => showPattern(pattern).replaceAll('*', 'x'));
  const all = [...new Set(['an audience', ...named])];
  const originals = conditions.some(one => isOn(one, 'oaud')) ? all : undefined;
  return all.flatMap(aud => (originals ?? [aud]).map(oaud => ({ aud, oaud })));
}

/** The stranger's other keys are unknown, save those that no token of the provider has. */
function answerStranger(
  key: string,
  provider: NamedProvider,
  claims: Audience & { readonly sub: string },
): readonly string[] | 'unknown' {
  const isOne = (claim: string) => isClaimOf(key, provider, claim);
  if (isOne('sub')) return [claims.sub];
  if (isOne('aud')) return [claims.aud];
  if (isOne('oaud')) return [claims.oaud];
  if (isOne('amr')) return provider.kind === 'azure-devops' ? [] : 'unknown';
  return isForeign(key) ? [] : 'unknown';
}

function isClaimOf(key: string, provider: NamedProvider, claim: string): boolean {
  return [provider.arn.url, rightUrl(provider)].some(url => key === `${url.toLowerCase()}:${claim}`);
}

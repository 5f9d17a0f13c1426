import { readOperator } from '../conditions.ts';
import type { Condition } from '../trust-policy.ts';
import { nameClaim, parseClaimKey, mayHaveSeveral, sayTheyAreSingle } from '../web-identity.ts';
import { changeConditions } from '../corrections/change-statement.ts';
import { makeHard, separateProviders } from '../corrections/candidates.ts';
import { propose, type Proposal } from './proposal.ts';
import type { FindingCode } from './finding.ts';
import { isPinned } from '../scene/guards.ts';
import { findPath } from '../network/bounds.ts';
import { isAbsentKey } from './absent-keys.ts';
import { isOperator } from './operator-names.ts';
import { isMeantForNone, isOfProvider, type Scene } from '../scene/scene.ts';
import { isStrangerOf } from '../corrections/settle.ts';

/**
 * Returns the operators of an Allow that hold without the key, or for all values but some; each once, with all of its keys.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
 */
export function findLaxOperators(scene: Scene): readonly Proposal[] {
  if (scene.statement.effect !== 'Allow') return [];
  // A key of another issuer is a finding of its own: a stricter operator on it would deny everyone.
  const foreign = scene.keys.filter(key => isMeantForNone(scene, key)).map(({ condition }) => condition);
  const isEither = isForEitherPath(scene.statement.conditions);
  const lax = scene.statement.conditions.filter(
    one => listKinds(one).length > 0 && !foreign.includes(one) && !(isEither && isOfPath(one)),
  );
  if (lax.length === 0) return [];
  const isGuarded = scene.providers.some(provider => isPinned(scene, provider));
  const isSeparable = scene.providers.length > 1 && lax.every(one => isOnProvider(scene, one));
  const operators = [...new Set(lax.map(({ operator }) => operator))];
  return operators.flatMap(operator => {
    const all = lax.filter(one => one.operator === operator);
    if (isSeparable && !operator.includes('Not')) return reportShared(scene, all, lax);
    const [harmless, others] = [
      all.filter(one => isGuarded && !isWho(one)),
      all.filter(one => !isGuarded || isWho(one)),
    ];
    const several = others.filter(({ key }) => mayHaveSeveral(key));
    const single = others.filter(one => !several.includes(one));
    return [...report(scene, single, false), ...report(scene, several, false), ...report(scene, harmless, true)];
  });
}

/** Every request comes by one of the two paths, so that it has a key of one of them: without IfExists nobody would pass both. */
function isForEitherPath(conditions: readonly Condition[]): boolean {
  return new Set(conditions.filter(isOfPath).map(({ key }) => findPath(key))).size > 1;
}

function isOfPath({ operator, key }: Condition): boolean {
  return (
    operator.endsWith('IfExists') &&
    !operator.includes('Not') &&
    /^aws:(?:source|vpcsource)/i.test(key) &&
    findPath(key) !== undefined
  );
}

type LaxCode = Extract<FindingCode, 'ForAllValuesOnAllow' | 'NegatedOperatorOnAllow' | 'IfExistsOnAllow'>;

/**
 * One word says it all: a negated operator holds without the key in every form, and so does one with ForAllValues. What an
 * operator does that IAM does not have nobody can tell.
 */
function listKinds({ operator }: Condition): readonly LaxCode[] {
  if (!isOperator(operator)) return [];
  const isNegated = readOperator(operator)?.negated === true;
  if (isNegated || (operator.includes('Not') && operator.endsWith('IfExists'))) return ['NegatedOperatorOnAllow'];
  if (operator.startsWith('ForAllValues:')) return ['ForAllValuesOnAllow'];
  return operator.endsWith('IfExists') && !isDoubtful({ operator }) ? ['IfExistsOnAllow'] : [];
}

function isDoubtful({ operator }: Pick<Condition, 'operator'>): boolean {
  return operator.startsWith('ForAnyValue:') && operator.endsWith('IfExists');
}

/**
 * Returns operators of which AWS's pages do not say whether they hold without the key, in an Allow and in a Deny.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
 */
export function findDoubtfulOperators(scene: Scene): readonly Proposal[] {
  const { conditions, effect } = scene.statement;
  const all = conditions.filter(isDoubtful);
  const always = effect === 'Allow' ? all.filter(one => isAlwaysThere(scene, one)) : [];
  const doubtful = all.filter(one => !always.includes(one));
  return [
    ...(doubtful.length === 0 ? [] : [reportDoubt(scene, doubtful)]),
    ...(always.length === 0 ? [] : [reportNeedless(scene, always)]),
  ];
}

/** Every token of the statement's providers has these claims, so that nothing is in doubt. */
function isAlwaysThere({ providers, statement }: Scene, { key }: Condition): boolean {
  const claim = parseClaimKey(key);
  if (claim === undefined || providers.length < statement.principals.listed.length) return false;
  return ['sub', 'aud', 'oaud'].includes(claim.claim.toLowerCase()) && providers.every(one => isOfProvider(claim, one));
}

function reportNeedless(scene: Scene, conditions: readonly Condition[]): Proposal {
  const means = `AWS's documentation contradicts itself about whether ${listOperators(conditions)} holds if the request does not have that key, but every token from the issuer has it.`;
  const remedy = `Write ${[...new Set(conditions.map(writeSingle))].join(' and ')}: ${sayTheyAreSingle(conditions.map(({ key }) => key))}.`;
  return propose(scene, { code: 'ForAnyValueIfExists', severity: 'low', means, remedy });
}

function reportDoubt(scene: Scene, conditions: readonly Condition[]): Proposal {
  const { effect } = scene.statement;
  const holds = new Set(conditions.map(({ operator }) => operator)).size === 1 ? 'holds' : 'hold';
  const keys = conditions.length === 1 ? 'that key' : 'those keys';
  const means = `AWS's documentation contradicts itself about whether ${listOperators(conditions)} ${holds} if the request does not have ${keys}; in our tests, policy simulators treated the condition as false. Only AWS can decide whether this ${effect} applies to such a request.`;
  const correct = (one: Condition) => (effect === 'Allow' ? correctAllow(scene, one) : correctDeny(one));
  const remedy = conditions
    .map(one => (conditions.length === 1 ? correct(one) : `For ${one.operator} on ${one.key}: ${correct(one)}`))
    .join(' ');
  const severity = effect === 'Allow' ? 'medium' : 'high';
  const isShared =
    effect === 'Allow' && scene.providers.length > 1 && conditions.every(one => isOnProvider(scene, one));
  if (!isShared) return propose(scene, { code: 'ForAnyValueIfExists', severity, means, remedy });
  const split = 'Write one statement for each provider, with only its own keys and without IfExists.';
  const candidates = [separateProviders(scene)];
  return propose(scene, { code: 'ForAnyValueIfExists', severity, means, remedy: split }, { candidates });
}

/** All operators, each with its keys. */
function listOperators(conditions: readonly Condition[]): string {
  const operators = [...new Set(conditions.map(({ operator }) => operator))];
  const keysOf = (operator: string) => conditions.filter(one => one.operator === operator).map(({ key }) => key);
  return operators.map(operator => `${operator} on ${keysOf(operator).join(', ')}`).join(' and ');
}

/** The operator for a key with one value, which needs the key. */
function writeSingle({ operator }: Condition): string {
  return operator.replace(/^ForAnyValue:/, '').replace(/IfExists$/, '');
}

/** Each form says for sure what happens without the key. */
function correctAllow(scene: Scene, condition: Condition): string {
  const { operator, key } = condition;
  const only = operator.replace('IfExists', '');
  if (isNeverThere(scene, key)) {
    return `Remove the condition: ${describeNever([key])}. If other callers have it, give them their own statement with ${only}.`;
  }
  if (mayHaveSeveral(key)) {
    return `Use ${only}, which needs the key. To allow requests without the key too, add a second statement for them, with Null "true" on ${key}.`;
  }
  return `Write ${writeSingle(condition)}, which ${isNegated(condition) ? 'also holds without' : 'needs'} the key: ${sayTheyAreSingle([key])}.`;
}

function isNegated({ operator }: Condition): boolean {
  return readOperator(operator)?.negated === true;
}

function isAmr({ key }: Pick<Condition, 'key'>): boolean {
  return nameClaim(key) === 'amr';
}

function describeNever(keys: readonly string[]): string {
  return keys.every(key => isAmr({ key }))
    ? 'tokens of service connections have no amr'
    : `requests with tokens from this issuer never have ${keys.join(' or ')}`;
}

/** Whether no token of a service connection has the key, nor a request with one. */
function isNeverThere(scene: Scene, key: string): boolean {
  const claim = parseClaimKey(key);
  if (claim === undefined) return isAbsentKey(scene, key);
  return isAmr({ key }) || isMeantForNone(scene, claim);
}

/** Each form says for sure what happens without the key. Without the Deny, the callers that it denies are allowed. */
function correctDeny(condition: Condition): string {
  const { key, operator } = condition;
  const only = operator.replace('IfExists', '');
  const owner = 'Ask the owner of the role first: both allow callers that the Deny may deny now.';
  if (isAmr(condition)) {
    return `Tokens of service connections have no amr: a Deny that applies without it locks every connection out. Remove the Deny, or use ${only} if it should apply only to requests with the key. ${owner}`;
  }
  const open =
    'every caller whose requests do not have the key is then allowed by the other statements, so ask the owner of the role first.';
  if (mayHaveSeveral(key)) {
    return `Use ${only}, and add a second Deny with Null "true" on ${key}, which denies requests without the key. Omit the second Deny only if those requests should not be denied: ${open}`;
  }
  const others = parseClaimKey(key) === undefined ? '' : ', including those of every other issuer';
  const single = operator.replace(/^ForAnyValue:/, '');
  const without = isNegated(condition) ? single.replace('IfExists', '') : single;
  return `Use ${without}, which also denies requests without the key${others}. Use ${only} only if those requests should not be denied: ${open}`;
}

function isOnProvider({ providers }: Scene, { key }: Condition): boolean {
  const claim = parseClaimKey(key);
  return claim !== undefined && providers.some(provider => isOfProvider(claim, provider));
}

/** On the subject and the audience a lax operator says less about who is allowed than it seems to. */
function isWho({ key }: Condition): boolean {
  return ['sub', 'aud'].includes(nameClaim(key) ?? '');
}

/** Where exact subjects guard the role, such a condition can only narrow it further. */
function report(scene: Scene, conditions: readonly Condition[], isHarmless: boolean): readonly Proposal[] {
  const [first] = conditions;
  if (first === undefined) return [];
  const keys = conditions.map(({ key }) => key).join(', ');
  const urls = scene.providers.map(({ arn }) => arn.url);
  return listKinds(first).map(code => {
    const severity = isHarmless ? 'low' : 'high';
    const remedy = isHarmless
      ? 'Keep it if that is intended: the exact subject protects the role either way.'
      : remedies[code](scene, conditions);
    const isHardened = !isHarmless && code !== 'NegatedOperatorOnAllow' && !isForSeveral(conditions);
    const candidates = isHardened ? [harden(scene, conditions)] : [];
    const concerns: Proposal['concerns'] = caller => isStrangerOf(caller, urls, scene);
    return propose(
      scene,
      { code, severity, means: describe(code, first.operator, keys), remedy },
      { candidates, concerns },
    );
  });
}

function describe(code: LaxCode, operator: string, keys: string): string {
  if (code === 'NegatedOperatorOnAllow') {
    return `${operator} on ${keys} holds for all other values, and if the request does not have that key.`;
  }
  return `${operator} on ${keys} also holds if the request does not have that key.`;
}

const remedies: Readonly<Record<LaxCode, (scene: Scene, conditions: readonly Condition[]) => string>> = {
  ForAllValuesOnAllow: (scene, conditions) => {
    const keys = [...new Set(conditions.map(({ key }) => key))];
    if (!isForSeveral(conditions)) return `Use ${listHard(conditions)}: ${sayTheyAreSingle(keys)}.`;
    return keys.every(key => isNeverThere(scene, key))
      ? `Protect the role by the subject instead: ${describeNever(keys)}, so the condition always holds.`
      : `Keep it, since ${keys.join(', ')} may have several values, and add Null with "false" on ${keys.join(', ')}, so that requests need the key.`;
  },
  NegatedOperatorOnAllow: (_, conditions) =>
    `List who is allowed, with ${[...new Set(conditions.map(writePositive))].join(' and ')}, instead of who is not; or use a separate Deny statement.`,
  IfExistsOnAllow: (_, conditions) => `Write ${listHard(conditions)}.`,
};

/** A list of texts is compared exactly. */
function writePositive({ operator }: Condition): string {
  const positive = operator.replace(/^.*:/, '').replace('Not', '').replace('IfExists', '');
  return positive.startsWith('String') ? 'StringEquals' : positive;
}

function listHard(conditions: readonly Condition[]): string {
  return [...new Set(conditions.map(makeHard))].join(' and ');
}

/** Of a key with several values ForAllValues is not a mistake. */
function isForSeveral(conditions: readonly Condition[]): boolean {
  return conditions.some(({ operator, key }) => operator.startsWith('ForAllValues:') && mayHaveSeveral(key));
}

function harden(scene: Scene, conditions: readonly Condition[]) {
  if (scene.providers.length > 1) return undefined;
  return changeConditions(
    scene,
    scene.statement.conditions.map(one => (conditions.includes(one) ? { ...one, operator: makeHard(one) } : one)),
  );
}

/** A statement of several providers has no other way to look at each one's keys; a statement for each has. */
function reportShared(scene: Scene, conditions: readonly Condition[], lax: readonly Condition[]): readonly Proposal[] {
  const [first] = conditions;
  if (first === undefined) return [];
  const isGuarded = scene.providers.every(
    provider =>
      lax.some(({ key }) => {
        const claim = parseClaimKey(key);
        return claim?.claim.toLowerCase() === 'sub' && isOfProvider(claim, provider);
      }) || isPinned(scene, provider),
  );
  const keys = conditions.map(({ key }) => key).join(', ');
  const plain = makeHard(first);
  const means = `${first.operator} on ${keys} also holds if the request does not have that key, and callers of one provider never have the other's key.`;
  const remedy = `Write one statement for each provider, each with ${plain} on its own keys; ${plain} in this one statement would deny everyone.`;
  return listKinds(first).map(code =>
    propose(
      scene,
      { code, severity: isGuarded ? 'low' : 'high', means, remedy },
      {
        candidates: [separateProviders(scene)],
        concerns: caller =>
          isStrangerOf(
            caller,
            scene.providers.map(({ arn }) => arn.url),
            scene,
          ),
      },
    ),
  );
}

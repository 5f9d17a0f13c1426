import { countEdits } from '../../nearest.ts';
import { readOperator } from '../conditions.ts';
import type { Condition } from '../trust-policy.ts';
import { exposedClaims, parseClaimKey } from '../web-identity.ts';
import { propose, type Proposal } from './proposal.ts';
import { isMeantFor, type NamedProvider, type Scene } from '../scene/scene.ts';

/** @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html */
const names = [
  ...['StringEquals', 'StringNotEquals', 'StringEqualsIgnoreCase', 'StringNotEqualsIgnoreCase', 'StringLike'],
  ...['StringNotLike', 'NumericEquals', 'NumericNotEquals', 'NumericLessThan', 'NumericLessThanEquals'],
  ...['NumericGreaterThan', 'NumericGreaterThanEquals', 'DateEquals', 'DateNotEquals', 'DateLessThan'],
  ...['DateLessThanEquals', 'DateGreaterThan', 'DateGreaterThanEquals', 'Bool', 'BinaryEquals', 'IpAddress'],
  ...['NotIpAddress', 'ArnEquals', 'ArnLike', 'ArnNotEquals', 'ArnNotLike', 'Null'],
];

/** Returns operators that IAM does not have, and those that compare something else than a claim is. */
export function findOperatorMistakes(scene: Scene): readonly Proposal[] {
  if (scene.providers.length === 0) return [];
  const mistaken = scene.statement.conditions.filter(one => isMistaken(one) && !isOnMissingClaim(scene, one));
  const operators = [...new Set(mistaken.map(({ operator }) => operator))];
  return operators.map(operator =>
    report(
      scene,
      operator,
      mistaken.filter(one => one.operator === operator),
    ),
  );
}

/** Every operator that IAM has is certain without the key, and that the key is missing is another finding. */
function isOnMissingClaim({ providers }: Scene, { operator, key }: Condition): boolean {
  const claim = parseClaimKey(key);
  if (claim === undefined || !isOperator(operator) || exposedClaims.includes(claim.claim.toLowerCase())) return false;
  return providers.every(provider => provider.kind !== undefined && isMeantFor(claim, provider));
}

/** Returns whether nobody can tell what a condition on a provider's subject does, because of its operator. */
export function isOperatorMistaken(scene: Scene, provider: NamedProvider): boolean {
  return scene.statement.conditions.some(condition => {
    const key = parseClaimKey(condition.key);
    return key?.claim.toLowerCase() === 'sub' && isMeantFor(key, provider) && isMistaken(condition);
  });
}

function isMistaken({ operator, key }: Condition): boolean {
  if (readOperator(operator) !== undefined) return false;
  return !isOperator(operator) || parseClaimKey(key) !== undefined;
}

/**
 * Returns whether IAM has an operator. It says nowhere that letter case does not count, and Null stands alone: it takes neither
 * IfExists nor a set.
 */
export function isOperator(operator: string): boolean {
  const name = operator.replace(/^(?:ForAllValues|ForAnyValue):/, '').replace(/IfExists$/, '');
  return names.includes(name) && (name !== 'Null' || operator === 'Null');
}

function report(scene: Scene, operator: string, conditions: readonly Condition[]): Proposal {
  const keys = conditions.map(({ key }) => key).join(', ');
  if (isOperator(operator)) {
    const means = `${operator} on ${keys} compares another type of value, but a claim is text: only AWS can decide whether it ever matches.`;
    const remedy = 'Use StringEquals, or StringLike for a pattern.';
    return propose(scene, { code: 'OperatorUnknown', severity: 'medium', means, remedy });
  }
  const means = `IAM has no operator "${operator}" (on ${keys}): it rejects the policy, and the effect of the condition is unknown.`;
  const isOnClaim = conditions.some(({ key }) => parseClaimKey(key) !== undefined);
  const remedy = `Write ${findMeantOperator(operator, isOnClaim) ?? nameOperators(operator, isOnClaim)}.`;
  return propose(scene, { code: 'OperatorUnknown', severity: 'medium', means, remedy });
}

/** An operator without its Not would turn the condition around: who is kept out then gets in. */
function isNegated(operator: string): boolean {
  return /not|ne(?:q|$|ifexists$)|unlike|unequal|differ|[!\u2260]/i.test(operator);
}

/** What compares text, with the same sense, or whether there is any. */
function nameOperators(operator: string, isOnClaim: boolean): string {
  if (/null|exists/i.test(operator.replace(/IfExists$/i, '')))
    return 'Null, with "true" for a key that has to be missing and "false" for one that has to be there';
  const not = isNegated(operator) ? 'Not' : '';
  if (!isOnClaim) return `an operator that IAM has, with${not === '' ? 'out' : ''} Not in its name`;
  return `String${not}Equals, or String${not}Like for a pattern`;
}

/** The operator that was most likely meant: of the same sense, and the same except for letter case and a letter or two. */
function findMeantOperator(operator: string, isOnClaim: boolean): string | undefined {
  const [, set = '', name = '', suffix = ''] = /^(?:([^:]*):)?(.*?)(IfExists)?$/i.exec(operator) ?? [];
  const ranked = names
    .filter(one => one.includes('Not') === isNegated(name) && (!isOnClaim || /^(?:String|Null)/.test(one)))
    .map(one => ({ one, distance: countEdits(one.toLowerCase(), name.toLowerCase()) }))
    .sort((first, second) => first.distance - second.distance);
  const [best] = ranked;
  if (best === undefined || best.distance > Math.min(3, best.one.length / 2)) return undefined;
  if (best.one === 'Null') return best.one;
  const sets = ['ForAllValues', 'ForAnyValue'];
  const right = sets.find(one => set !== '' && countEdits(one.toLowerCase(), set.toLowerCase()) <= 3);
  return `${right === undefined ? '' : `${right}:`}${best.one}${suffix === '' ? '' : 'IfExists'}`;
}

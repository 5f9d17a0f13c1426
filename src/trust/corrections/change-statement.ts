import { judgeCondition } from '../conditions.ts';
import { isOfProvider, type NamedProvider, type Scene } from '../scene/scene.ts';
import type { Condition, Principal, OneOrMany, PolicyDocument, StatementElement } from '../trust-policy.ts';
import { parseClaimKey } from '../web-identity.ts';

/** A provider's principal as it is in the policy. */
type PrincipalText = Pick<NamedProvider, 'type' | 'text'>;

/** What of a statement a correction may change; all else stays as it is. */
export interface Change {
  readonly conditions?: readonly Condition[] | undefined;
  readonly action?: string;
  readonly principal?: Principal;
}

/**
 * Returns the policy with the scene's statement changed for one provider. Other principals keep the statement as it is,
 * and the provider gets a statement of its own. Undefined where IAM accepts no policy so large.
 */
export function changeFor(scene: Scene, provider: PrincipalText, change: Change): PolicyDocument | undefined {
  return changeForEach(scene, [{ provider, change }]);
}

/** The same for several providers, each with a statement of its own. */
export function changeForEach(
  scene: Scene,
  changes: readonly { readonly provider: PrincipalText; readonly change: Change }[],
): PolicyDocument | undefined {
  const { principals } = scene.statement;
  if (principals.negated || !scene.isCorrectable || changes.some(({ change }) => hasTwins(change))) return undefined;
  const isChanged = (one: Principal) => changes.some(({ provider }) => isPrincipal(one, provider));
  const others = principals.listed.filter(one => !isChanged(one));
  const element = findElement(scene);
  const kept =
    others.length === 0 ? [] : [{ ...dropKeys(scene, element, isChanged), Principal: writePrincipals(others) }];
  const isAlone = changes.length === 1 && kept.length === 0;
  const missing = changes.filter(({ change }) => !isKept(change, others));
  const made = missing.map(({ provider, change }) => {
    const principal = change.principal ?? { type: provider.type, value: provider.text };
    const { Sid, ...rest } = applyChange(element, change);
    // A policy has each Sid once.
    const base = isAlone && Sid !== undefined ? { Sid, ...rest } : rest;
    return isAlone && change.principal === undefined ? base : { ...base, Principal: writePrincipals([principal]) };
  });
  return replaceElement(scene, [...kept, ...made]);
}

/** Whether the statement as it is is already what a change makes of it, for a principal that keeps it. */
function isKept({ principal, ...changed }: Change, kept: readonly Principal[]): boolean {
  if (principal === undefined || Object.values(changed).some(one => one !== undefined)) return false;
  return kept.some(one => isPrincipal(one, { type: principal.type, text: principal.value }));
}

/** What others must have does not matter to those who stay, unless it keeps them from the role, or a variable may. */
function dropKeys(
  { providers, statement, policy }: Scene,
  element: StatementElement,
  isGone: (principal: Principal) => boolean,
): StatementElement {
  const isOf = (condition: Condition, provider: NamedProvider) => {
    const key = parseClaimKey(condition.key);
    return key !== undefined && isOfProvider(key, provider);
  };
  const [gone, staying] = [true, false].map(wanted =>
    providers.filter(({ type, text }) => isGone({ type, value: text }) === wanted),
  );
  // A session that a role or user has from elsewhere may have these keys.
  if (statement.principals.listed.some(one => one.type !== 'Federated' && !isGone(one))) return element;
  const conditions = statement.conditions.filter(one => {
    const isForeign = gone?.some(provider => isOf(one, provider)) === true;
    const isOwn = staying?.some(provider => isOf(one, provider)) === true;
    if (!isForeign || isOwn || one.values.some(value => value.includes('${'))) return true;
    return judgeCondition(one, () => [], policy.version).holds !== true;
  });
  if (conditions.length === statement.conditions.length) return element;
  const { Condition: _, ...rest } = element;
  return conditions.length === 0 ? rest : { ...element, Condition: writeConditions(conditions) };
}

function isPrincipal({ type, value }: Principal, provider: PrincipalText): boolean {
  return type === provider.type && value === provider.text;
}

/** Returns the policy with conditions of the scene's statement changed, for all of its principals. */
export function changeConditions(scene: Scene, conditions: readonly Condition[]): PolicyDocument | undefined {
  if (!scene.isCorrectable || hasTwins({ conditions })) return undefined;
  return replaceElement(scene, [applyChange(findElement(scene), { conditions })]);
}

/** An object has no key twice, and keys have no letter case. */
function hasTwins({ conditions = [] }: Change): boolean {
  const names = conditions.map(({ operator, key }) => `${operator} ${key.toLowerCase()}`);
  return new Set(names).size < names.length;
}

function applyChange(element: StatementElement, { conditions, action }: Change): StatementElement {
  const { NotAction, ...rest } = element;
  const base = action === undefined || NotAction === undefined ? element : rest;
  return {
    ...base,
    ...(action === undefined ? {} : { Action: action }),
    ...(conditions === undefined ? {} : { Condition: writeConditions(conditions) }),
  };
}

function findElement({ policy: { document }, statement: { index } }: Scene): StatementElement {
  return ([document.Statement].flat()[index] ?? {}) as StatementElement;
}

function replaceElement(
  { policy: { document }, statement: { index } }: Scene,
  elements: readonly StatementElement[],
): PolicyDocument {
  const { Statement: statements } = document;
  const [only] = elements;
  if (!isList(statements) && elements.length === 1 && only !== undefined) return { ...document, Statement: only };
  return { ...document, Statement: [statements].flat().flatMap((one, at) => (at === index ? elements : [one])) };
}

/** Of entries, not by assignment: a name like `__proto__` is only a name here. */
function writeConditions(conditions: readonly Condition[]): NonNullable<StatementElement['Condition']> {
  const operators = [...new Set(conditions.map(({ operator }) => operator))];
  const blocks = operators.map(operator => {
    const lines = conditions.filter(one => one.operator === operator);
    return [operator, Object.fromEntries(lines.map(({ key, values }) => [key, keepOneOrMany(values)]))] as const;
  });
  return Object.fromEntries(blocks);
}

function writePrincipals(principals: readonly Principal[]): NonNullable<StatementElement['Principal']> {
  const types = [...new Set(principals.map(({ type }) => type))];
  const entries = types.map(type => {
    return [type, keepOneOrMany(principals.filter(one => one.type === type).map(({ value }) => value))] as const;
  });
  return Object.fromEntries(entries);
}

/** As they are in the policy: an empty list stays one, and a value may be there twice. */
function keepOneOrMany(values: readonly string[]): OneOrMany<string> {
  const [only = ''] = values;
  return values.length === 1 ? only : values;
}

function isList<T>(value: T | readonly T[]): value is readonly T[] {
  return Array.isArray(value);
}

import type { Identity } from '../../identity/audience.ts';
import { buildStatements, escapeValue } from '../build.ts';
import { formatProviderArn } from '../oidc-provider.ts';
import { mayHaveSeveral, parseClaimKey } from '../web-identity.ts';
import { isHard } from '../conditions.ts';
import { isOfOther, isOfProvider, rightUrl, unknownUrl, type NamedProvider, type Scene } from '../scene/scene.ts';
import type { Condition, PolicyDocument } from '../trust-policy.ts';
import { changeConditions, changeFor, changeForEach } from './change-statement.ts';

/**
 * Returns the policy with a provider's principal written right, and the keys that bear its mistaken URL. Undefined if
 * it is not known what is right: the account, or the issuer.
 */
export function rightProvider(
  scene: Scene,
  provider: NamedProvider,
  conditions: readonly Condition[] = scene.statement.conditions,
): PolicyDocument | undefined {
  const { account } = scene.known;
  const { arn, urlFaults, meant } = provider;
  if (arn.url === unknownUrl || (urlFaults.length > 0 && meant === undefined)) return undefined;
  const place = account ?? { partition: arn.partition, accountId: arn.accountId };
  if (!/^\d{12}$/.test(place.accountId) || place.partition === '') return undefined;
  const url = rightUrl(provider);
  const value =
    account === undefined
      ? `arn:${place.partition}:iam::${place.accountId}:oidc-provider/${url}`
      : formatProviderArn(url, account);
  const renamed = conditions.map(one => renameKey(one, provider, url));
  const isRenamed = renamed.some((one, index) => one !== scene.statement.conditions[index]);
  return changeFor(scene, provider, {
    principal: { type: 'Federated', value },
    conditions: isRenamed ? renamed : undefined,
  });
}

function renameKey(condition: Condition, provider: NamedProvider, url: string): Condition {
  const key = parseClaimKey(condition.key);
  if (key === undefined || !isOfProvider(key, provider) || key.prefix.toLowerCase() === url.toLowerCase())
    return condition;
  return { ...condition, key: `${url}:${key.claim}` };
}

/** Returns the policy with statements added for known identities. Undefined if none is wanted. */
export function addStatements(scene: Scene, wanted: readonly Identity[]): PolicyDocument | undefined {
  const { document, version } = scene.policy;
  const { account } = scene.known;
  // Before version 2012-10-17 an escape means nothing, so that it would lock out.
  const isEscaped = wanted.some(({ subject }) => escapeValue(subject) !== subject);
  if (account === undefined || wanted.length === 0 || !scene.isCorrectable) return undefined;
  if (isEscaped && version !== '2012-10-17') return undefined;
  return { ...document, Statement: [document.Statement, buildStatements(wanted, account)].flat() };
}

/**
 * Returns the policy with one statement for each provider, each with its own keys only and under operators that need the key.
 * Undefined where a provider would be left without a condition on its subject.
 */
export function separateProviders(scene: Scene): PolicyDocument | undefined {
  const { providers, statement } = scene;
  const changes = providers.map(provider => {
    const own = statement.conditions.filter(one => !isOfOther(scene, one, provider));
    const conditions = own.map(one => {
      const key = parseClaimKey(one.key);
      return key !== undefined && isOfProvider(key, provider) ? { ...one, operator: makeHard(one) } : one;
    });
    return { provider, change: { conditions: mergeConditions(conditions) } };
  });
  const isGuarded = changes.every(({ provider, change }) =>
    change.conditions.some(one => {
      const key = parseClaimKey(one.key);
      return key?.claim.toLowerCase() === 'sub' && isOfProvider(key, provider) && isHard(one);
    }),
  );
  return isGuarded ? changeForEach(scene, changes) : undefined;
}

/** Of two lines that say the same one is left. */
function mergeConditions(conditions: readonly Condition[]): readonly Condition[] {
  return conditions.filter(
    (one, index) => conditions.findIndex(other => JSON.stringify(other) === JSON.stringify(one)) === index,
  );
}

/** Returns an operator of the same comparison that needs the key; one for all of several values has no such form. */
export function makeHard(condition: Condition): string {
  const isForAll = condition.operator.startsWith('ForAllValues:') && mayHaveSeveral(condition.key);
  if (/Not|^Null$/.test(condition.operator) || isForAll) return condition.operator;
  return condition.operator.replace(/^ForAllValues:/, '').replace(/IfExists$/, '');
}

/**
 * Returns the policy with values of a condition on the subject replaced by exact subjects: undefined keeps a value. Undefined
 * where the policy's version has no escape that a subject needs.
 */
export function replaceSubjects(
  scene: Scene,
  condition: Condition,
  replace: (value: string) => readonly string[] | undefined,
): PolicyDocument | undefined {
  const fresh = condition.values.flatMap(value => replace(value) ?? []).map(escapeValue);
  if (fresh.some(value => value.includes('${')) && scene.policy.version !== '2012-10-17') return undefined;
  const values = [...new Set(condition.values.flatMap(value => replace(value)?.map(escapeValue) ?? [value]))];
  return changeConditions(scene, replaceValues(scene, condition, values));
}

/** Returns the statement's conditions, one of them with other values. */
export function replaceValues(
  { statement }: Scene,
  condition: Condition,
  values: readonly string[],
): readonly Condition[] {
  return statement.conditions.map(one => (one === condition ? { ...one, values } : one));
}

import type { Identity } from '../../identity/audience.ts';
import { listRequests } from '../admission.ts';
import { judgeAlone } from '../evaluate.ts';
import { escapeValue } from '../build.ts';
import { stripScheme } from '../oidc-provider.ts';
import { readValuePatterns } from '../conditions.ts';
import { showPattern } from '../pattern-overlap.ts';
import { findPositive, isOfOther, isRight, rightUrl, type NamedProvider, type Scene } from '../scene/scene.ts';
import type { Condition, PolicyDocument } from '../trust-policy.ts';
import { changeFor } from './change-statement.ts';

/**
 * Returns the policy with a statement narrowed for a provider's callers: to the subjects that it names, and to the
 * connections that are known and that it allows today. Everything else that it asks stays. Undefined if no such
 * connection is known, and where the provider is not quite its issuer's.
 */
export function narrowStatement(scene: Scene, provider: NamedProvider): PolicyDocument | undefined {
  if (!isRight(provider) || provider.meant === undefined) return undefined;
  const conditions = narrowConditions(scene, provider);
  return conditions === undefined ? undefined : changeFor(scene, provider, { conditions });
}

/** Returns the conditions with each pattern for the subject replaced by the known connections that it covers. */
export function narrowConditions(scene: Scene, provider: NamedProvider): readonly Condition[] | undefined {
  const identities = findAllowed(scene, provider);
  if (identities.length === 0) return undefined;
  const { statement, policy } = scene;
  const subjects = findPositive(scene, provider, 'sub').map(({ condition }) => condition);
  const [pattern, ...others] = subjects;
  const named =
    pattern === undefined || others.length > 0
      ? []
      : readValuePatterns(pattern, policy.version)
          .filter(one => one.isExact)
          .map(showPattern);
  const wanted = [...new Set([...named, ...identities.map(({ subject }) => subject)])].sort().map(escapeValue);
  if (wanted.some(value => value.includes('${')) && policy.version !== '2012-10-17') return undefined;
  const replaced = others.length === 0 ? pattern : undefined;
  const url = rightUrl(provider);
  const sub = { operator: 'StringEquals', key: `${url}:sub`, values: wanted };
  const audiences = identities[0]?.audiences ?? [];
  const aud = { operator: 'StringEquals', key: `${url}:aud`, values: [...audiences] };
  const isAudienceGiven = findPositive(scene, provider, 'aud').length > 0;
  // In a statement of its own what another provider's callers must have would only mislead: these hold without it.
  const kept = statement.conditions.filter(one => one !== replaced && !isOfOther(scene, one, provider));
  return [...kept, ...(isAudienceGiven ? [] : [aud]), sub];
}

/** The known connections of a provider that the statement on its own allows today, or may. */
function findAllowed({ policy, statement, known }: Scene, provider: NamedProvider): readonly Identity[] {
  const { account, identities } = known;
  if (account === undefined) return [];
  return identities.filter(
    identity =>
      stripScheme(identity.issuerUrl) === rightUrl(provider) &&
      listRequests(identity, account).some(request => judgeAlone(policy, statement, request) !== false),
  );
}

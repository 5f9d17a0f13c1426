import { readIdentity, type Identity } from '../../identity/audience.ts';
import { judgeStatementFor, listRequests } from '../admission.ts';
import { strangersConnection } from '../callers.ts';
import { judgeCondition, readOperator, readValuePatterns } from '../conditions.ts';
import { recogniseIssuer, stripScheme } from '../oidc-provider.ts';
import { showPattern } from '../pattern-overlap.ts';
import { allowsWebIdentity, findMeant, nobodysAccount, type Scene } from '../scene/scene.ts';
import type { Condition, Statement } from '../trust-policy.ts';
import { parseClaimKey } from '../web-identity.ts';
import type { Truth } from '../pattern.ts';

/**
 * Returns what to change first so that Entra subjects, once they are added, are not denied: one sentence for each Deny that
 * denies them, or may, and not the same connections' subjects on the Azure DevOps issuer.
 */
export function describeDeniedTwins(scenes: readonly Scene[]): readonly string[] {
  const [scene] = scenes;
  if (scene === undefined) return [];
  const { policy, known } = scene;
  const account = known.account ?? nobodysAccount;
  const fresh = known.identities.filter(({ issuer }) => issuer.kind === 'entra');
  const [twin] = fresh.length > 0 ? fresh : [someConnection];
  const old = [...known.identities.filter(({ issuer }) => issuer.kind === 'azure-devops'), ...listNamed(scenes)];
  const judge = (deny: Statement, identity: Identity) =>
    weights[`${judgeStatementFor(policy, deny, identity, account)}`];
  return policy.statements.flatMap(deny => {
    if (deny.effect !== 'Deny' || twin === undefined || (twin === someConnection && isAboutEntra(deny))) return [];
    const after = judge(deny, twin);
    const isNew = after > Math.max(0, ...old.map(one => judge(deny, one)));
    return isNew ? [describeDeny(scene, deny, twin, after === weights.unknown)] : [];
  });
}

const weights: Readonly<Record<`${Truth}`, number>> = { false: 0, unknown: 1, true: 2 };

/** A connection of a tenant that no policy names: a Deny for it is one for all tokens that lack the keys of other issuers. */
const someConnection = readIdentity({
  iss: 'https://login.microsoftonline.com/5ca1ab1e-0000-4000-8000-00000000beef/v2.0',
  sub: strangersConnection,
});

/** Of a Deny with a tenant's keys nobody can tell what it does to connections that are not known. */
function isAboutEntra({ conditions }: Statement): boolean {
  return conditions.some(({ key }) => recogniseIssuer(parseClaimKey(key)?.prefix ?? '')?.issuer.kind === 'entra');
}

/** The connections that the policy names on the Azure DevOps issuer. */
function listNamed(scenes: readonly Scene[]): readonly Identity[] {
  return scenes.filter(allowsWebIdentity).flatMap(scene =>
    scene.providers.flatMap(provider =>
      findMeant(scene, provider, 'sub')
        .flatMap(({ condition }) => readValuePatterns(condition, scene.policy.version).filter(one => one.isExact))
        .flatMap(pattern => readIdentity({ iss: `https://${provider.arn.url}`, sub: showPattern(pattern) }) ?? [])
        .filter(({ issuer }) => issuer.kind === 'azure-devops'),
    ),
  );
}

function describeDeny(scene: Scene, deny: Statement, twin: Identity, isDoubtful: boolean): string {
  const url = twin === someConnection ? 'login.microsoftonline.com/<tenant id>/v2.0' : stripScheme(twin.issuerUrl);
  const key = `${url}:sub`;
  const found = findTelling(scene, deny, twin);
  const place = `statement ${deny.index + 1}`;
  const verb = isDoubtful ? 'may deny' : 'denies';
  const subjects = 'the Microsoft Entra subjects';
  if (found === undefined) return `First correct ${place}, which ${verb} ${subjects} too.`;
  const shown = `${found.operator} on ${found.key}`;
  const operator = readOperator(found.operator);
  if (found.isMissing && operator?.name === 'Null') {
    return `First add Null on ${key} with "true" to ${place}: it ${verb} every token without ${found.key}, and so ${subjects} too.`;
  }
  if (found.isMissing) {
    return `First add ${found.operator} on ${key} with ${subjects} to ${place}, or Null on ${found.key} with "false" if it is only about tokens that have that key: it ${verb} ${subjects} too, because ${shown} also holds without the key.`;
  }
  if (operator?.negated === true) {
    return `First add ${subjects} (or a pattern with the organization's ID) to ${shown} in ${place}, which ${verb} all other subjects.`;
  }
  return `${place.charAt(0).toUpperCase()}${place.slice(1)} ${verb} ${subjects} (${shown}): ask the owner of the role whether it should.`;
}

interface Telling extends Condition {
  /** Whether it holds because the request does not have the key. */
  readonly isMissing: boolean;
}

/** The condition of a Deny that says best why it applies: one on a claim, and one on a missing key first. */
function findTelling({ policy }: Scene, deny: Statement, twin: Identity): Telling | undefined {
  const [request] = listRequests(twin, nobodysAccount);
  if (request === undefined) return undefined;
  const onClaims = deny.conditions
    .filter(({ key }) => parseClaimKey(key) !== undefined)
    .map(one => judgeCondition(one, request.context, policy.version))
    .map(one => ({ ...one, isMissing: one.actual !== 'unknown' && one.actual.length === 0 }));
  return onClaims.find(({ isMissing }) => isMissing) ?? onClaims[0];
}

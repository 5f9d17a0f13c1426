import { isGithub, recogniseIssuer } from '../oidc-provider.ts';
import { changeConditions } from '../corrections/change-statement.ts';
import { separateProviders } from '../corrections/candidates.ts';
import { isPinned } from '../scene/guards.ts';
import { isHard } from '../conditions.ts';
import type { PolicyDocument } from '../trust-policy.ts';
import { exposedClaims, type ClaimKey } from '../web-identity.ts';
import { propose, type Proposal } from './proposal.ts';
import {
  isMeantFor,
  isMeantForNone,
  isOfProvider,
  isRight,
  rightUrl,
  type NamedProvider,
  type ProviderKey,
  type Scene,
} from '../scene/scene.ts';
import { isStrangerOf } from '../corrections/settle.ts';

/** Returns where the keys of a statement's conditions are not those of its providers; each mistake once. */
export function findKeyMistakes(scene: Scene): readonly Proposal[] {
  if (scene.providers.length === 0) return [];
  const strays = scene.keys.filter(key => !scene.providers.some(provider => isExactly(key, provider)));
  return [
    ...findSeveral(scene),
    ...findNear(scene, strays),
    ...findForeign(scene, strays),
    ...findGithub(scene, strays),
  ];
}

/** Of a provider's URL that is mistaken itself the keys may be right: then the provider is the one thing to correct. */
function isExactly({ prefix, written }: ProviderKey, provider: NamedProvider): boolean {
  return written !== '' && (prefix === provider.arn.url || prefix === rightUrl(provider));
}

/** Returns whether a provider's callers are never allowed, since a condition that has to hold is on another one's claims. */
export function isShutOut({ keys, providers }: Scene, provider: NamedProvider): boolean {
  return keys.some(
    key => isHard(key.condition) && !isOfProvider(key, provider) && providers.some(other => isOfProvider(key, other)),
  );
}

function findSeveral(scene: Scene): readonly Proposal[] {
  const { providers } = scene;
  if (!providers.every(provider => isShutOut(scene, provider))) return [];
  const means = `The statement requires claims of several providers at once (${providers.map(({ arn }) => arn.url).join(', ')}). A token comes from a single issuer, so the statement never applies.`;
  const remedy = 'Write one statement per provider, each with only its own keys.';
  const candidates = [separateProviders(scene)];
  return [propose(scene, { code: 'KeysOfSeveralProviders', severity: 'medium', means, remedy }, { candidates })];
}

/** Keys that were meant for a provider and do not begin with its URL, all of a provider's in one finding. */
function findNear(scene: Scene, strays: readonly ProviderKey[]): readonly Proposal[] {
  return scene.providers.flatMap(provider => {
    const near = strays.filter(key => (key.written === '' || !isGithub(key.prefix)) && isMeantFor(key, provider));
    const harmless = near.filter(key => key.written !== '' && isOfProvider(key, provider));
    const mistaken = near.filter(key => !harmless.includes(key));
    return [...reportNear(scene, provider, mistaken, false), ...reportNear(scene, provider, harmless, true)];
  });
}

function reportNear(
  scene: Scene,
  provider: NamedProvider,
  keys: readonly ProviderKey[],
  isHarmless: boolean,
): readonly Proposal[] {
  if (keys.length === 0) return [];
  const [shown, right] = [keys.map(one => one.condition.key), keys.map(key => writeKey(key, provider))];
  const are = keys.length === 1 ? `The key ${shown.join('')}` : `The keys ${shown.join(', ')}`;
  const means = isHarmless
    ? `${are} ${keys.length === 1 ? 'differs' : 'differ'} from the provider's URL in letter case. AWS accepts ${keys.length === 1 ? 'it' : 'them'} anyway.`
    : `${are} ${describeFault(keys)}: no request ever has ${keys.length === 1 ? 'it' : 'them'}.`;
  const remedy = `Use ${right.join(' and ')}: a key is the provider's whole URL, a colon and the claim.`;
  return [
    propose(
      scene,
      { code: 'KeyPrefixMistaken', severity: isHarmless ? 'low' : 'medium', means, remedy },
      {
        provider,
        candidates: isRight(provider) ? [correctKeys(scene, keys, provider)] : [],
        concerns: caller => scene.statement.effect === 'Allow' && isStrangerOf(caller, [provider.arn.url], scene),
      },
    ),
  ];
}

function describeFault(keys: readonly ProviderKey[]): string {
  const [does, names] = keys.length === 1 ? ['does', 'names'] : ['do', 'name'];
  return keys.every(({ written }) => written === '') ? `${names} no claim` : `${does} not belong to the provider`;
}

/** Returns a key as it should be; both that it may be where nobody can tell which claim was meant. */
export function writeKey({ claim }: ClaimKey, provider: NamedProvider): string {
  const url = rightUrl(provider);
  return claim === '' ? `${url}:sub or ${url}:aud` : `${url}:${writeClaim(claim)}`;
}

/** Returns the policy with keys written right; undefined where it is not known what is right. */
export function correctKeys(
  scene: Scene,
  keys: readonly ProviderKey[],
  provider: NamedProvider,
): PolicyDocument | undefined {
  if (keys.some(({ claim }) => claim === '')) return undefined;
  const conditions = scene.statement.conditions.map(one => {
    const key = keys.find(({ condition }) => condition === one);
    return key === undefined ? one : { ...one, key: writeKey(key, provider) };
  });
  return changeConditions(scene, conditions);
}

/** Keys have no letter case; AWS writes them so. */
function writeClaim(claim: string): string {
  return exposedClaims.find(one => one === claim.toLowerCase()) ?? claim;
}

function findForeign(scene: Scene, strays: readonly ProviderKey[]): readonly Proposal[] {
  const foreign = strays.filter(key => !isGithub(key.prefix) && isMeantForNone(scene, key));
  if (foreign.length === 0) return [];
  const keys = foreign.map(({ condition }) => condition.key);
  const means = `The ${keys.length === 1 ? 'key' : 'keys'} ${keys.join(', ')} ${keys.length === 1 ? 'belongs' : 'belong'} to another provider than the statement's: no request from its callers ever has ${keys.length === 1 ? 'it' : 'them'}.`;
  const its = keys.length === 1 ? 'this condition' : 'these conditions';
  const remedy =
    scene.providers.length === 1 && scene.statement.effect === 'Allow'
      ? `Remove ${its}, and write a separate statement for the other provider if its callers may assume the role too.`
      : 'Write one statement per provider, each with only its own keys.';
  return [propose(scene, { code: 'KeyOfOtherProvider', severity: 'medium', means, remedy })];
}

/** Keys of GitHub beside another provider, or GitHub's provider for subjects or keys of Azure DevOps. */
function findGithub(scene: Scene, strays: readonly ProviderKey[]): readonly Proposal[] {
  const copied = strays.filter(({ prefix }) => isGithub(prefix)).map(({ prefix }) => prefix);
  // A statement with subjects of GitHub's own is meant for them, whatever else is in it.
  const isTheirs = scene.keys.some(
    ({ prefix, claim, condition }) =>
      isGithub(prefix) && claim.toLowerCase() === 'sub' && condition.values.some(value => value.startsWith('repo:')),
  );
  const github = scene.providers.filter(({ arn }) => isGithub(arn.url)).map(({ arn }) => arn.url);
  const theirs = isTheirs ? [] : github;
  // A subject of ours under GitHub's own key is another finding.
  const isForOurs = scene.keys.some(({ prefix }) => recogniseIssuer(prefix) !== undefined);
  // Beside a provider of ours it stands on purpose.
  const isBeside = scene.providers.some(({ arn }) => !isGithub(arn.url));
  const texts = [...new Set([...(github.length === 0 ? copied : []), ...(isForOurs && !isBeside ? theirs : [])])];
  if (texts.length === 0) return [];
  const means = `"${texts.join('", "')}" is the GitHub Actions issuer, probably copied from one of its examples: Azure DevOps tokens never match it.`;
  // Without exact subjects of its own the statement would be open as soon as the condition is gone.
  const isGuarded = scene.providers.every(one => !isGithub(one.arn.url) && isPinned(scene, one));
  const remedy = isGuarded
    ? "Remove the condition: tokens from the statement's own issuer never have that key."
    : "Use the service connection's provider, subject and audience (aws-wif trust-policy prints them).";
  return [propose(scene, { code: 'CopiedFromGithub', severity: 'medium', means, remedy })];
}

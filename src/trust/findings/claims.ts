import { listAudiences, tokenExchangeApplicationId, tokenExchangeAudience } from '../../identity/audience.ts';
import { parseSubject } from '../../identity/issuer.ts';
import { judgeCondition, isHard, readValuePatterns } from '../conditions.ts';
import { hasWildcards, showPattern } from '../pattern-overlap.ts';
import { exposedClaims } from '../web-identity.ts';
import { replaceValues } from '../corrections/candidates.ts';
import { changeConditions, changeFor } from '../corrections/change-statement.ts';
import { isForApplication, isForOurs } from './other-workloads.ts';
import { nameIssuer } from '../scene/known-issuers.ts';
import { correctKeys, writeKey } from './key-prefixes.ts';
import { propose, type Proposal } from './proposal.ts';
import {
  allowsWebIdentity,
  findMeant,
  isMeantFor,
  showUrl,
  type NamedProvider,
  type ProviderKey,
  type Scene,
} from '../scene/scene.ts';

/** Returns where a statement asks for claims that AWS does not give to policies, or for half of the audiences. */
export function findClaimMistakes(scene: Scene): readonly Proposal[] {
  const ours = scene.providers.filter(({ kind }) => kind !== undefined && kind !== 'entra-v1');
  const unexposed = findUnexposed(scene);
  if (!allowsWebIdentity(scene)) return unexposed;
  return [
    ...unexposed,
    ...ours.flatMap(provider => (isForConnections(scene, provider) ? findAudience(scene, provider) : [])),
    ...ours.flatMap(provider => findOriginal(scene, provider)),
    ...scene.providers.flatMap(provider => findOthersAudience(scene, provider)),
    ...scene.providers.flatMap(provider => findStarred(scene, provider)),
    ...ours.flatMap(provider => findMissingMethod(scene, provider)),
  ];
}

/** @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-wif */
function findUnexposed(scene: Scene): readonly Proposal[] {
  const providers = scene.providers.filter(({ kind }) => kind !== undefined);
  const isUnexposed = ({ written }: ProviderKey) => !['', ...exposedClaims].includes(written.toLowerCase());
  const unexposed = scene.keys.filter(isUnexposed);
  return unexposed.flatMap(key => {
    const { condition, written } = key;
    const provider = providers.find(one => isMeantFor(key, one));
    if (provider === undefined) return [];
    const means = `AWS does not expose this issuer's claim ${written} as a condition key: ${condition.key} is missing from every request, whatever the token contains.`;
    const isMisnamed = (one: ProviderKey) => one.claim !== one.written && isMeantFor(one, provider);
    const remedy = isMisnamed(key)
      ? `Use ${writeKey(key, provider)}.`
      : `Use only ${exposedClaims.join(', ')}; the subject identifies the connection.`;
    const right = isMisnamed(key)
      ? correctKeys(scene, unexposed.filter(isMisnamed), provider)
      : changeConditions(
          scene,
          scene.statement.conditions.filter(one => one !== condition),
        );
    const candidates = scene.statement.effect === 'Allow' ? [right] : [];
    return propose(scene, { code: 'ClaimNotExposed', severity: 'medium', means, remedy }, { candidates });
  });
}

/** Whether a statement's subjects are, or may be, service connections': other callers have other audiences. */
function isForConnections(scene: Scene, provider: NamedProvider): boolean {
  if (provider.kind === 'azure-devops') return true;
  const { version } = scene.policy;
  const values = findMeant(scene, provider, 'sub').flatMap(({ condition }) => readValuePatterns(condition, version));
  return values.some(pattern => {
    const text = showPattern(pattern);
    return pattern.isExact ? parseSubject(text).kind !== 'unknown' : text.startsWith('/eid1/') || text.startsWith('*');
  });
}

const reasons = {
  'azure-devops': "It is the only audience of this issuer's tokens: without it, nobody is allowed.",
  entra: "AWS appears to compare the token's azp if it has one, else its aud; this was not confirmed for this issuer.",
};

function findAudience(scene: Scene, provider: NamedProvider): readonly Proposal[] {
  const { kind } = provider;
  if (kind !== 'azure-devops' && kind !== 'entra') return [];
  const wanted = listAudiences(kind);
  const conditions = findMeant(scene, provider, 'aud');
  const isOpen = findMeant(scene, provider, 'sub').length === 0;
  // Without a subject that is the finding.
  if (conditions.length === 0 && isOpen) return [];
  if (conditions.length === 0) return [reportMissing(scene, provider, wanted.join(' and '))];
  return conditions.flatMap(({ condition }) => {
    const { version } = scene.policy;
    const missing = wanted.filter(value => judgeCondition(condition, () => [value], version).holds === false);
    if (missing.length === 0) return [];
    const other = isForApplication(scene, provider) ? " That is another application's audience." : '';
    const means = `${condition.key} does not allow ${missing.join(' and ')}. ${reasons[kind]}${other}`;
    const remedy = isOpen
      ? `Allow ${wanted.join(' and ')}, together with StringEquals on ${showUrl(provider)}:sub: without a subject condition, everyone with a token from the issuer would be allowed.`
      : `Allow ${wanted.join(' and ')}: the subject is what protects the role.`;
    const values = [...new Set([...condition.values, ...missing])].sort();
    const candidates = [changeFor(scene, provider, { conditions: replaceValues(scene, condition, values) })];
    return [propose(scene, { code: 'AudienceHalf', severity: 'medium', means, remedy }, { provider, candidates })];
  });
}

function reportMissing(scene: Scene, provider: NamedProvider, wanted: string): Proposal {
  const key = `${showUrl(provider)}:aud`;
  const means = `The statement has no condition on ${key}: only the provider's client IDs decide which audiences are accepted.`;
  const add = scene.providers.length > 1 ? 'Split the statement by provider first, then add' : 'Add';
  const remedy = `${add} StringEquals on ${key} with ${wanted}.`;
  return propose(scene, { code: 'AudienceMissing', severity: 'low', means, remedy }, { provider });
}

/** Of callers that are not service connections only their owner knows the audience, if it is not the usual one. */
function findOthersAudience(scene: Scene, provider: NamedProvider): readonly Proposal[] {
  const { kind, arn } = provider;
  const issuer = nameIssuer(arn.url);
  if ((kind === 'azure-devops' || kind === 'entra') && isForConnections(scene, provider)) return [];
  if (issuer?.audience !== undefined || findMeant(scene, provider, 'sub').length === 0) return [];
  if (findMeant(scene, provider, 'aud').length > 0 || isForOurs(scene, provider)) return [];
  const wanted = issuer?.usualAudience ?? 'the audience that the callers request their tokens for';
  return [reportMissing(scene, provider, wanted)];
}

/** What `aud` can be in a token of each issuer, which is what `:oaud` holds. */
const originals = { 'azure-devops': tokenExchangeAudience, entra: tokenExchangeApplicationId };

function findOriginal(scene: Scene, provider: NamedProvider): readonly Proposal[] {
  const { kind } = provider;
  if ((kind !== 'azure-devops' && kind !== 'entra') || !isForConnections(scene, provider)) return [];
  const right = originals[kind];
  return findMeant(scene, provider, 'oaud').flatMap(({ condition }) => {
    const { holds } = judgeCondition(condition, () => [right], scene.policy.version);
    if (!isHard(condition) || holds !== false) return [];
    const means = `${condition.key} is never ${condition.values.map(value => `"${value}"`).join(' or ')} for a service connection: its tokens have aud ${right}. The statement allows no connection.`;
    const remedy = `Use ${right}, or remove ${condition.key}: the subject is what protects the role.`;
    const candidates = [changeFor(scene, provider, { conditions: replaceValues(scene, condition, [right]) })];
    return [
      propose(scene, { code: 'OriginalAudienceWrong', severity: 'medium', means, remedy }, { provider, candidates }),
    ];
  });
}

/** Where connections are meant, the audience that is missing says it. */
function findStarred(scene: Scene, provider: NamedProvider): readonly Proposal[] {
  const { kind } = provider;
  if ((kind === 'azure-devops' || kind === 'entra') && isForConnections(scene, provider)) return [];
  const { version } = scene.policy;
  const starred = findMeant(scene, provider, 'aud').flatMap(({ condition }) =>
    readValuePatterns(condition, version).filter(one => one.isExact && hasWildcards(one.value, version)),
  );
  return starred.map(({ value }) => {
    const means = `The audience "${value}" is compared literally: * and ? are wildcards only with StringLike. No token has this audience.`;
    const remedy = 'Write the audiences in full.';
    return propose(scene, { code: 'WildcardInStringEquals', severity: 'medium', means, remedy }, { provider });
  });
}

/** Tokens of the Azure DevOps issuer do not say how somebody signed in. */
function findMissingMethod(scene: Scene, provider: NamedProvider): readonly Proposal[] {
  if (provider.kind !== 'azure-devops') return [];
  const methods = findMeant(scene, provider, 'amr').filter(({ condition }) => isHard(condition));
  return methods.map(({ condition }) => {
    const means = `${condition.key} is missing from every request: tokens from this issuer have no amr claim. The statement allows nobody.`;
    const remedy = 'Remove the condition.';
    return propose(scene, { code: 'ClaimNotExposed', severity: 'medium', means, remedy }, { provider });
  });
}

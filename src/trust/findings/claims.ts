import { listAudiences } from '../../identity/audience.ts';
import { judgeCondition } from '../conditions.ts';
import { exposedClaims } from '../web-identity.ts';
import { changeCondition } from './corrections.ts';
import type { Finding } from './finding.ts';
import { allowsWebIdentity, findPositive, found, isOfProvider, type NamedProvider, type Scene } from './scene.ts';

/** Returns where a statement asks for claims that AWS does not give to policies, or for half of the audiences. */
export function findClaimMistakes(scene: Scene): readonly Finding[] {
  const audiences = allowsWebIdentity(scene) ? scene.providers.flatMap(provider => findAudience(scene, provider)) : [];
  return [...findUnexposed(scene), ...audiences];
}

/** @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-wif */
function findUnexposed(scene: Scene): readonly Finding[] {
  const providers = scene.providers.filter(({ meant }) => meant !== undefined);
  const ours = scene.keys.filter(key => providers.some(provider => isOfProvider(key, provider)));
  const unexposed = ours.filter(({ claim }) => !exposedClaims.includes(claim.toLowerCase()));
  return unexposed.map(({ condition, claim }) =>
    found(scene, {
      code: 'ClaimNotExposed',
      severity: 'medium',
      means: `AWS makes no condition key of the claim ${claim} of this issuer: ${condition.key} is missing from every request, whatever the token holds.`,
      remedy: `Use ${exposedClaims.join(', ')} only; the subject says which connection it is.`,
    }),
  );
}

const reasons = {
  'azure-devops': "It is the only audience of this issuer's tokens: without it nobody gets in.",
  entra:
    "AWS is believed to compare the token's azp where it has one, else its aud; which it is was not seen for this issuer.",
};

function findAudience(scene: Scene, provider: NamedProvider): readonly Finding[] {
  const { meant, arn } = provider;
  const conditions = findPositive(scene, provider, 'aud');
  if (meant === undefined || findPositive(scene, provider, 'sub').length === 0) return [];
  const wanted = listAudiences(meant.issuer.kind);
  if (conditions.length === 0) {
    const means = `The statement does not look at ${arn.url}:aud: the provider's client ids alone say which audiences pass.`;
    const remedy = `Add StringEquals on it with ${wanted.join(' and ')}.`;
    return [found(scene, { code: 'AudienceMissing', severity: 'low', means, remedy })];
  }
  return conditions.flatMap(({ condition }) => {
    const { version } = scene.policy;
    const missing = wanted.filter(value => judgeCondition(condition, () => [value], version).holds === false);
    if (missing.length === 0) return [];
    const means = `${condition.key} does not allow ${missing.join(' and ')}. ${reasons[meant.issuer.kind]}`;
    const remedy = `Allow ${wanted.join(' and ')}: the subject is what guards the role.`;
    const values = [...new Set([...condition.values, ...missing])].sort();
    const corrected = changeCondition(scene, condition, one => ({ ...one, values }));
    return [found(scene, { code: 'AudienceHalf', severity: 'medium', means, remedy }, corrected)];
  });
}

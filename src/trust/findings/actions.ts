import { webIdentityAction } from '../web-identity.ts';
import { changeFor } from '../corrections/change-statement.ts';
import { propose, type Proposal } from './proposal.ts';
import { allowsWebIdentity, type Scene } from '../scene/scene.ts';

/**
 * Returns where a statement allows a provider's callers more than the exchange of a token, or not even that.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html (mismatched action for
 * principal)
 */
export function findActionMistakes(scene: Scene): readonly Proposal[] {
  const { providers, statement } = scene;
  const [provider, second] = providers;
  const { negated, patterns } = statement.actions;
  if (statement.effect !== 'Allow' || provider === undefined) return [];
  const shown = `${negated ? 'all but ' : ''}${patterns.join(', ')}`;
  const candidates = second === undefined ? [changeFor(scene, provider, { action: webIdentityAction })] : [];
  if (!allowsWebIdentity(scene)) {
    const means = `The statement allows ${shown}, but an OIDC token is exchanged with ${webIdentityAction}, so it allows nobody.`;
    const remedy = `Use ${webIdentityAction} as the action.`;
    const claim = { allows: 'nobody', issuer: provider.arn.url, subject: undefined } as const;
    return [
      propose(scene, { code: 'ActionWrong', severity: 'medium', means, remedy }, { provider, claim, candidates }),
    ];
  }
  if (!negated && !patterns.some(pattern => /[*?]/.test(pattern))) return [];
  const means = `The statement allows ${shown}: more than the token exchange needs, for example session tags.`;
  const remedy = `Use ${webIdentityAction} as the only action.`;
  return [propose(scene, { code: 'ActionTooWide', severity: 'high', means, remedy }, { provider, candidates })];
}

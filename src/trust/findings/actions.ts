import type { PolicyDocument } from '../trust-policy.ts';
import { webIdentityAction } from '../web-identity.ts';
import { changeStatement } from './corrections.ts';
import type { Finding } from './finding.ts';
import { allowsWebIdentity, found, type Scene } from './scene.ts';

/**
 * Returns where a statement allows a provider's callers more than the exchange of a token, or not even that.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html (mismatched action for
 * principal)
 */
export function findActionMistakes(scene: Scene): readonly Finding[] {
  const { providers, statement } = scene;
  const { negated, patterns } = statement.actions;
  if (statement.effect !== 'Allow' || providers.length === 0) return [];
  const shown = patterns.join(', ');
  const corrected = correctAction(scene);
  if (!allowsWebIdentity(scene)) {
    return [
      found(
        scene,
        {
          code: 'ActionWrong',
          severity: 'medium',
          means: `The statement allows ${negated ? 'all but ' : ''}${shown}, but a token of an OIDC provider is exchanged with ${webIdentityAction}: nobody gets in.`,
          remedy: `Write ${webIdentityAction} as the action.`,
        },
        corrected,
      ),
    ];
  }
  if (!negated && !patterns.some(pattern => /[*?]/.test(pattern))) return [];
  return [
    found(
      scene,
      {
        code: 'ActionTooWide',
        severity: 'high',
        means: `The statement allows ${negated ? 'all but ' : ''}${shown}: more than exchanging a token, session tags for one.`,
        remedy: `Write ${webIdentityAction} as the only action.`,
      },
      corrected,
    ),
  ];
}

function correctAction(scene: Scene): PolicyDocument | undefined {
  return changeStatement(scene, element => {
    const { NotAction, ...kept } = element;
    return { ...(NotAction === undefined ? element : kept), Action: webIdentityAction };
  });
}

import { formatProviderArn, parseProviderArn } from '../oidc-provider.ts';
import { isEveryone, type Principal } from '../trust-policy.ts';
import { changeFor } from '../corrections/change-statement.ts';
import { rightProvider } from '../corrections/candidates.ts';
import { showUrl, allowsWebIdentity, type NamedProvider, type Scene } from '../scene/scene.ts';
import { webIdentityAction } from '../web-identity.ts';
import { claimNobody, propose, type Proposal } from './proposal.ts';
import { findEveryone } from './everyone.ts';

/** Returns where a statement's principals are everyone, have wildcards, or are no provider although they were meant to be. */
export function findPrincipalMistakes(scene: Scene): readonly Proposal[] {
  const { principals } = scene.statement;
  const wildcards = principals.listed.filter(one => /[*?]/.test(one.value) && !isEveryone(one));
  return [
    ...findEveryone(scene),
    ...wildcards.map(one => reportWildcard(scene, one)),
    ...scene.providers.flatMap(provider => reportForm(scene, provider)),
  ];
}

/**
 * IAM accepts a federated principal without wildcards only, and says so in its own checks; of the others it takes a
 * star alone, for AWS.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html (invalid federated
 * principal syntax in role trust policy)
 * @see https://repost.aws/knowledge-center/iam-trust-policy-error
 */
function reportWildcard(scene: Scene, { type, value }: Principal): Proposal {
  const means = `The principal ${type} "${value}" contains a wildcard. IAM rejects it: a principal must be named in full, because a wildcard would allow others.`;
  const remedy = 'Name the OIDC provider: {"Federated": "<provider ARN>"}, without * and ?.';
  const { account } = scene.known;
  const url = /^arn:[^:]*:iam::[^:]*:oidc-provider\/([^*?]+)$/.exec(value)?.[1];
  const right = url === undefined || account === undefined ? undefined : formatProviderArn(url, account);
  const candidates =
    right === undefined || parseProviderArn(right) === undefined
      ? []
      : [changeFor(scene, { type, text: value }, { principal: { type: 'Federated', value: right } })];
  return propose(scene, { code: 'PrincipalWildcard', severity: 'high', means, remedy }, { candidates });
}

/** @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html */
function reportForm(scene: Scene, provider: NamedProvider): readonly Proposal[] {
  const { fault, text, type, arn } = provider;
  if (fault === undefined) return [];
  const account = scene.known.account?.accountId ?? (/^\d{12}$/.test(arn.accountId) ? arn.accountId : '<account id>');
  const partition = scene.known.account?.partition ?? (arn.partition === '' ? 'aws' : arn.partition);
  const right = `arn:${partition}:iam::${account}:oidc-provider/${showUrl(provider)}`;
  return [
    propose(
      scene,
      {
        code: 'PrincipalNotProvider',
        severity: 'medium',
        means: `The principal ${type} "${text}" is not an OIDC provider to AWS: ${fault}. It allows nobody with a token.`,
        remedy: `Write {"Federated": "${right}"}.`,
      },
      {
        provider,
        claim: claimNobody(scene, provider),
        candidates: [rightProvider(scene, provider)],
      },
    ),
  ];
}

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

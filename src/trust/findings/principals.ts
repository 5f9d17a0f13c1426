import { evaluateTrust } from '../evaluate.ts';
import { formatProviderArn, parseProviderArn } from '../oidc-provider.ts';
import type { Condition, Principal } from '../statement.ts';
import { isEveryone, isForEveryone } from '../scene/statement-scope.ts';
import type { TrustPolicy } from '../trust-policy.ts';
import { parseClaimKey } from '../web-identity.ts';
import { changeFor } from '../corrections/change-statement.ts';
import { rightProvider } from '../corrections/candidates.ts';
import { isExact, isHard, isNegatedOrNull, readValuePatterns } from '../scene/operators.ts';
import { claimNobody, propose, type Proposal } from './proposal.ts';
import { allowsWebIdentity, findIssuer, showUrl, type NamedProvider, type Scene } from '../scene/scene.ts';

/** Returns where a statement's principals are everyone, have wildcards, or are no provider although they were meant to be. */
export function findPrincipalMistakes(scene: Scene): readonly Proposal[] {
  const { effect, principals } = scene.statement;
  const wildcards = principals.listed.filter(one => /[*?]/.test(one.value) && !isEveryone(one));
  const everyone = effect === 'Allow' && isForEveryone(scene.statement);
  return [
    ...(everyone ? [reportEveryone(scene)] : []),
    ...wildcards.map(one => reportWildcard(scene, one)),
    ...scene.providers.flatMap(provider => reportForm(scene, provider)),
  ];
}

function reportEveryone(scene: Scene): Proposal {
  const confined = isConfined(scene);
  const byToken = allowsWebIdentity(scene);
  return propose(scene, {
    code: 'PrincipalEveryone',
    severity: confined ? 'low' : 'critical',
    means:
      `The statement's principal is everyone: any AWS account${byToken ? ' and any identity provider of this account' : ''}` +
      (confined ? '. A condition limits this to certain callers.' : '.'),
    remedy: confined
      ? 'Name the accounts, roles or the OIDC provider that you intend to trust, and no others.'
      : byToken
        ? 'Name the OIDC provider: {"Federated": "<provider ARN>"}.'
        : 'Name the AWS accounts or roles that you intend to trust, or add StringEquals on aws:PrincipalOrgID.',
  });
}

/**
 * The keys that say to whom a caller belongs, and what a value begins with that leaves no stranger in.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principal-properties
 */
const confining: ReadonlyMap<string, RegExp> = new Map([
  ['aws:principalorgid', /^o-[a-z0-9]+$/],
  ['aws:principalorgpaths', /^o-[a-z0-9]+\//],
  ['aws:principalaccount', /^\d{12}$/],
  ['aws:principalarn', /^arn:[a-z-]+:(?:iam|sts)::\d{12}:/],
]);

/** Whether a condition that has to hold keeps strangers out, or a Deny for all others does. */
function isConfined({ policy, statement }: Scene): boolean {
  const isOwn = (one: Condition) => isHard(one) || /^Arn(?:Equals|Like)$/.test(one.operator);
  if (statement.conditions.some(one => isOwn(one) && (confines(one) || isOfToken(one, policy)))) return true;
  const { negated, patterns } = statement.actions;
  const actions = negated ? ['*'] : patterns;
  return policy.statements.some(
    deny =>
      deny.effect === 'Deny' &&
      deny.conditions.every(one => !isConfiningKey(one) || (isNegatedOrNull(one) && confines(one))) &&
      actions.every(action => refusesStrangers({ ...policy, statements: [deny] }, action)),
  );
}

/**
 * Callers with AWS credentials have no such key. What is open for tokens of the issuer is another finding, if the issuer is
 * known; else only exact subjects keep strangers out.
 */
function isOfToken(condition: Condition, { version }: TrustPolicy): boolean {
  if (findIssuer(condition) !== undefined) return true;
  if (parseClaimKey(condition.key)?.claim.toLowerCase() !== 'sub') return false;
  return readValuePatterns(condition, version).every(isExact);
}

function isConfiningKey({ key }: Condition): boolean {
  return confining.has(key.toLowerCase());
}

function confines({ key, values }: Condition): boolean {
  return values.every(value => confining.get(key.toLowerCase())?.test(value) === true);
}

/**
 * Asks for an action that the Allow's pattern covers, so that the Deny has to cover the pattern's wildcards by its own. A
 * stranger is of another organization or of none.
 */
function refusesStrangers(policy: TrustPolicy, pattern: string): boolean {
  const action = pattern.replace(/[*?]/g, 'Anything');
  return [['a stranger'], []].every(values => {
    const context = (key: string) => (confining.has(key.toLowerCase()) ? values : 'unknown');
    const verdict = evaluateTrust(policy, { action, principal: '*', context });
    return verdict.decision === 'denied' && verdict.explicit;
  });
}

/**
 * IAM takes a federated principal without wildcards only, and says so in its own checks; of the others it takes a star
 * alone, for AWS.
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
  const right = `arn:${partition}:iam::${account}:oidc-provider/${showUrl(provider) || '<issuer without https://>'}`;
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

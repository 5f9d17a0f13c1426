import { evaluateTrust } from '../evaluate.ts';
import { formatProviderArn } from '../oidc-provider.ts';
import type { Condition, Principal } from '../statement.ts';
import type { TrustPolicy } from '../trust-policy.ts';
import { changeProvider } from './corrections.ts';
import type { Finding } from './finding.ts';
import { isHard, isNegatedOrNull } from './operators.ts';
import { found, type Scene } from './scene.ts';

/** Returns where a statement's principals are everyone, or are written with wildcards. */
export function findPrincipalMistakes(scene: Scene): readonly Finding[] {
  const { effect, principals } = scene.statement;
  const wildcards = principals.listed.filter(one => /[*?]/.test(one.value) && !isEveryone(one));
  const everyone = effect === 'Allow' && (principals.negated || principals.listed.some(isEveryone));
  return [...(everyone ? [reportEveryone(scene)] : []), ...wildcards.map(one => reportWildcard(scene, one))];
}

function isEveryone({ type, value }: Principal): boolean {
  return value === '*' && (type === '*' || type === 'AWS');
}

function reportEveryone(scene: Scene): Finding {
  const confined = isConfined(scene);
  return found(scene, {
    code: 'PrincipalEveryone',
    severity: confined ? 'low' : 'critical',
    means:
      'The statement names everyone as principal: any AWS account and any identity provider of this account' +
      (confined ? '. A condition keeps it to an AWS organization or account, all of whose principals it names.' : '.'),
    remedy: confined
      ? 'Name the accounts or roles that are meant.'
      : 'Name the OIDC provider: {"Federated": "<provider ARN>"}.',
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
  if (statement.conditions.some(one => isOwn(one) && confines(one))) return true;
  const { negated, patterns } = statement.actions;
  const actions = negated ? ['*'] : patterns;
  return policy.statements.some(
    deny =>
      deny.effect === 'Deny' &&
      deny.conditions.every(one => !isConfiningKey(one) || (isNegatedOrNull(one) && confines(one))) &&
      actions.every(action => refusesStrangers({ ...policy, statements: [deny] }, action)),
  );
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
function reportWildcard(scene: Scene, { type, value }: Principal): Finding {
  const { account } = scene.known;
  const url = /^arn:[^:]*:iam::[^:]*:oidc-provider\/([^*?]+)$/.exec(value)?.[1];
  const right = url === undefined || account === undefined ? undefined : formatProviderArn(url, account);
  return found(
    scene,
    {
      code: 'PrincipalWildcard',
      severity: 'high',
      means: `The principal ${type} "${value}" has a wildcard. IAM refuses it: whoever is to get in has to be named in full, and others would get in if a wildcard counted.`,
      remedy: 'Name the OIDC provider: {"Federated": "<provider ARN>"}, without * and ?.',
    },
    right === undefined ? undefined : changeProvider(scene, value, right),
  );
}

import { strangers } from '../callers.ts';
import { isHard, isNegatedOrNull, isPositive, readValuePatterns, type RequestContext } from '../conditions.ts';
import { evaluateTrust } from '../evaluate.ts';
import { formatProviderArn } from '../oidc-provider.ts';
import {
  allowsWebIdentity,
  describeImplied,
  describeScenes,
  findIssuer,
  isRight,
  nobodysAccount,
  type Scene,
} from '../scene/scene.ts';
import {
  allowsAction,
  coversAction,
  isBareStar,
  isForEveryone,
  type Condition,
  type Statement,
  type TrustPolicy,
} from '../trust-policy.ts';
import { nameClaim, parseClaimKey, webIdentityAction, type TrustRequest } from '../web-identity.ts';
import { propose, type Proposal } from './proposal.ts';
import type { Severity } from './finding.ts';

/**
 * Returns an Allow whose principal is everyone, and a Deny whose principal is a star alone, which IAM does not accept.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html (role trust policy
 * unsupported wildcard in principal)
 * @see https://github.com/hashicorp/terraform-provider-aws/pull/4248 (what IAM answers)
 */
export function findEveryone(scene: Scene): readonly Proposal[] {
  const { statement } = scene;
  if (statement.effect === 'Allow') return isForEveryone(statement) ? [reportEveryone(scene)] : [];
  const isOfToken = scene.policy.statements.some(one => allowsAction(one, webIdentityAction));
  return isOfToken && isBare(scene) ? [reportDeny(scene)] : [];
}

/** Whether the principal is a star alone, for callers with a token among others. */
function isBare({ statement }: Scene): boolean {
  const { listed, negated } = statement.principals;
  return !negated && listed.every(isBareStar) && coversAction(statement, webIdentityAction);
}

const notAccepted =
  'IAM does not accept "*" alone as the principal of a trust policy, although one page of its documentation calls it the same as {"AWS": "*"}';

function reportEveryone(scene: Scene): Proposal {
  const byToken = allowsWebIdentity(scene);
  const limit = findLimit(scene);
  const doubt = isBare(scene) ? ` ${notAccepted}. Only AWS can decide whether it allows callers with a token.` : '';
  const means = `The statement's principal is everyone: any AWS account${byToken ? ' and any identity provider of this account' : ''}.${limit === undefined ? '' : ` ${limit.text}`}${doubt}`;
  const severity = limit?.severity ?? 'critical';
  const essentials = { code: 'PrincipalEveryone', means, remedy: describeRemedy(scene, limit) } as const;
  // Callers who should be allowed may not be.
  return propose(scene, { ...essentials, severity: doubt !== '' && severity === 'low' ? 'medium' : severity });
}

function describeRemedy(scene: Scene, limit: Limit | undefined): string {
  const intended = listIntended(scene);
  const provider = `Name the OIDC provider: {"Federated": ${intended ?? '"<provider ARN>"'}}.`;
  const isOpen = limit === undefined || limit.severity === 'critical';
  if (allowsWebIdentity(scene) && (isOpen || intended !== undefined || isBare(scene))) return provider;
  return isOpen
    ? 'Name the AWS accounts or roles that you intend to trust, or add StringEquals on aws:PrincipalOrgID.'
    : 'Name the accounts, roles or the OIDC provider that you intend to trust, and no others.';
}

/** The issuers that the conditions are about say which providers are meant; undefined if there is none. */
function listIntended({ statement, known: { account } }: Scene): string | undefined {
  const urls = new Set(statement.conditions.filter(isPositive).flatMap(one => findIssuer(one) ?? []));
  const arns = [...urls].map(url =>
    account === undefined ? `arn:aws:iam::<account id>:oidc-provider/${url}` : formatProviderArn(url, account),
  );
  return writeArns(arns);
}

function writeArns(arns: readonly string[]): string | undefined {
  if (arns.length === 0) return undefined;
  return JSON.stringify(arns.length === 1 ? arns[0] : arns).replaceAll('","', '", "');
}

function reportDeny(scene: Scene): Proposal {
  const { policy, known } = scene;
  const trusted = [...describeScenes(policy, known, false), ...describeImplied(policy, known)]
    .filter(allowsWebIdentity)
    .flatMap(({ providers }) =>
      providers.filter(isRight).map(({ text }) => text.replace(nobodysAccount.accountId, '<account id>')),
    );
  const means = `${notAccepted}. Here the Deny is evaluated as one for everyone, including callers with a token.`;
  const remedy = `Name the OIDC providers whose callers it should deny: {"Federated": ${writeArns([...new Set(trusted)]) ?? '"<provider ARN>"'}}. If it should also deny callers with AWS credentials, give them a second Deny with {"AWS": "*"}.`;
  return propose(scene, { code: 'PrincipalEveryone', severity: 'high', means, remedy });
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

/** What keeps strangers from an Allow for everyone. */
interface Limit {
  readonly severity: Severity;
  readonly text: string;
}

/** A condition that has to hold, or what the policy denies to others; undefined where nothing keeps strangers out. */
function findLimit(scene: Scene): Limit | undefined {
  const { policy, statement } = scene;
  const isOwn = (one: Condition) => isHard(one) || /^Arn(?:Equals|Like)$/.test(one.operator);
  if (statement.conditions.some(one => isOwn(one) && (confines(one) || isOfToken(one, policy)))) {
    return { severity: 'low', text: 'A condition limits this to certain callers.' };
  }
  const denies = policy.statements.filter(one => one.effect === 'Deny' && one.conditions.every(mayConfine));
  const { negated, patterns } = statement.actions;
  const actions = (negated ? ['*'] : patterns).map(pattern => pattern.replace(/[*?]/g, 'Anything'));
  const requests = listStrangers(denies).flatMap(context =>
    actions.map(action => ({ action, principal: '*', context })),
  );
  const isDenied = (statements: readonly Statement[], request: TrustRequest) => {
    const verdict = evaluateTrust({ ...policy, statements }, request);
    return verdict.decision === 'denied' && verdict.explicit;
  };
  const telling = denies.filter(deny => requests.some(request => isDenied([deny], request)));
  if (telling.length === 0) return undefined;
  if (requests.every(request => isDenied(denies, request))) return describeDenies(telling, scene);
  return { severity: 'critical', text: `${nameDenies(telling)} some of them, but strangers are still allowed.` };
}

function nameDenies(denies: readonly Statement[]): string {
  const places = denies.map(({ index }) => index + 1).join(' and ');
  return denies.length === 1 ? `Statement ${places} denies` : `Statements ${places} deny`;
}

function describeDenies(denies: readonly Statement[], { policy }: Scene): Limit {
  const names = nameDenies(denies);
  const conditions = denies.flatMap(one => one.conditions);
  if (conditions.length === 0) return { severity: 'low', text: `${names} all of them, so it allows nobody.` };
  const patterns = conditions.filter(
    one => isOnSubject(one) && !readValuePatterns(one, policy.version).every(({ isExact }) => isExact),
  );
  const values = patterns.flatMap(one => one.values.map(value => `"${value}"`)).join(', ');
  return patterns.length === 0
    ? { severity: 'low', text: `${names} everyone but certain callers.` }
    : { severity: 'high', text: `${names} everyone except callers whose subject matches ${values}.` };
}

/** Of the keys that say whose a caller is, only values that leave no stranger in make a Deny for all others. */
function mayConfine(condition: Condition): boolean {
  return !confining.has(condition.key.toLowerCase()) || (isNegatedOrNull(condition) && confines(condition));
}

/**
 * Callers with AWS credentials have no such key. What is open for tokens of the issuer is another finding, if the issuer is
 * known; else only exact subjects keep strangers out.
 */
function isOfToken(condition: Condition, { version }: TrustPolicy): boolean {
  if (findIssuer(condition) !== undefined) return true;
  return isOnSubject(condition) && readValuePatterns(condition, version).every(({ isExact }) => isExact);
}

function isOnSubject({ key }: Condition): boolean {
  return nameClaim(key) === 'sub';
}

function confines({ key, values }: Condition): boolean {
  return values.every(value => confining.get(key.toLowerCase())?.test(value) === true);
}

/**
 * Returns what requests of strangers say of themselves: they are of another organization or of none, or have a token of an
 * issuer that statements have keys of. An action that a pattern of the Allow covers stands for all of them, so that a Deny has
 * to cover the pattern's wildcards by its own.
 */
function listStrangers(statements: readonly Statement[]): readonly RequestContext[] {
  const keys = statements.flatMap(({ conditions }) => conditions.map(({ key }) => key));
  const prefixes = new Set(keys.flatMap(key => parseClaimKey(key)?.prefix.toLowerCase() ?? []));
  return [
    describeStranger(['a stranger'], undefined, ''),
    describeStranger([], undefined, ''),
    ...[...prefixes].flatMap(prefix => strangers.map(subject => describeStranger([], prefix, subject))),
  ];
}

/** What a stranger's request says of itself: whose AWS identity it is, and a subject of one issuer. */
function describeStranger(owners: readonly string[], prefix: string | undefined, subject: string): RequestContext {
  return key => {
    if (confining.has(key.toLowerCase())) return owners;
    const claim = parseClaimKey(key);
    if (claim === undefined || claim.prefix.toLowerCase() !== prefix) return claim === undefined ? 'unknown' : [];
    return claim.claim.toLowerCase() === 'sub' ? [subject] : 'unknown';
  };
}

import { otherAudience } from '../callers.ts';
import { listMistakenUrls } from '../scene/scene.ts';
import { allowsAction, isForEveryone, type Principal, type TrustPolicy } from '../trust-policy.ts';
import { readPrincipal } from '../scene/principal-form.ts';
import { webIdentityAction } from '../web-identity.ts';
import { evaluateTrust, type Decision } from '../evaluate.ts';
import { parseProviderArn } from '../oidc-provider.ts';
import { anyIssuer, judgeCallers, type EntrantSite, type JudgedCaller } from './judge-callers.ts';
import { readSubjectTerms, type Limit, type SubjectValue } from './subject-terms.ts';

/**
 * Who gets into a role with a token: a subject that the policy names, whoever a pattern of it covers, or anyone with a token
 * of the issuer.
 */
export interface Entrant {
  readonly kind: 'subject' | 'pattern' | 'anyone' | 'saml';
  /**
   * The issuer's URL without `https://`; `*` for every OIDC provider of the account that the policy does not name; the ARN of
   * a SAML provider.
   */
  readonly issuer: string;
  /** The subject or pattern as the policy has it; undefined for anyone. */
  readonly subject: string | undefined;
  /** Whether letter case makes no difference to the subject. */
  readonly ignoresCase: boolean;
  readonly decision: Exclude<Decision, 'denied'>;
  /** What other conditions on the subject leave out, in the policy's words: not everyone who is covered gets in. */
  readonly limits: readonly Limit[];
  /**
   * The audiences that tokens must, or must not, have; undefined if it makes no difference, and for service
   * connections.
   */
  readonly audiences: Limit | undefined;
}

/**
 * Returns who gets in with a token, or with a SAML assertion. The evaluator is asked for each: nobody who is allowed is
 * missing, and nobody is named who is denied. Where only AWS can decide the decision is unknown.
 */
export function listEntrants(policy: TrustPolicy, site: EntrantSite): readonly Entrant[] {
  const web = policy.statements.some(one => allowsAction(one, webIdentityAction));
  const callers = web ? judgeCallers(policy, site) : [];
  const issuers = [...new Set(callers.map(({ url }) => url))];
  return [
    ...issuers.flatMap(url =>
      describeIssuer(
        policy,
        url,
        callers.filter(one => one.url === url),
      ),
    ),
    ...listSaml(policy),
  ];
}

/** Returns whether callers from outside AWS are meant: a provider, or everyone, in an Allow of an action that is for them. */
export function isForFederated({ statements }: TrustPolicy): boolean {
  return statements.some(
    one =>
      (allowsAction(one, webIdentityAction) || allowsAction(one, samlAction)) &&
      (isForEveryone(one) || one.principals.listed.some(({ type }) => type === 'Federated')),
  );
}

/**
 * Returns whether nobody can assume a role: no Allow names somebody with AWS credentials, a service or everyone, and no token
 * matches: of a provider whose URL no issuer has, none does.
 */
export function admitsNobody(policy: TrustPolicy, site: EntrantSite): boolean {
  const allowed = policy.statements.filter(({ effect }) => effect === 'Allow');
  const isForOthers = allowed.some(one => isForEveryone(one) || one.principals.listed.some(isOther));
  const mistaken = listMistakenUrls(policy, site.account);
  return !isForOthers && listEntrants(policy, site).every(({ issuer }) => mistaken.includes(issuer));
}

function isOther(principal: Principal): boolean {
  return principal.type !== 'Federated' && readPrincipal(principal) === undefined;
}

function describeIssuer(policy: TrustPolicy, url: string, callers: readonly JudgedCaller[]): readonly Entrant[] {
  const entering = callers.filter(({ decision }) => decision !== 'denied');
  if (entering.length === 0) return [];
  const { values, limits } = readSubjectTerms(policy, url);
  const named = [...new Map(values.map(one => [`${one.isExact} ${one.ignoresCase} ${one.text}`, one])).values()];
  const entrants: Entrant[] = [];
  let rest = entering;
  // Whom a narrower value covers says nothing about a wider one.
  for (const value of named.toSorted(compareWidth)) {
    const covered = rest.filter(one => value.covers(one.subject) !== false);
    rest = rest.filter(one => !covered.includes(one));
    const own = value.isExact && !value.ignoresCase ? [] : limits;
    if (covered.length > 0) entrants.push(describeEntrant(url, covered, value, own));
  }
  if (rest.length === 0) return entrants;
  const anyone = describeEntrant(url, rest, undefined, limits);
  const isAll = anyone.audiences === undefined && anyone.limits.length === 0;
  return [anyone, ...entrants.filter(one => !isAll || (anyone.decision === 'unknown' && one.decision === 'allowed'))];
}

/** Texts come first, then those without letter case, then patterns, the longest first. */
function compareWidth(one: SubjectValue, other: SubjectValue): number {
  const width = ({ isExact, ignoresCase }: SubjectValue) => (isExact ? Number(ignoresCase) : 2);
  return width(one) - width(other) || other.text.length - one.text.length;
}

function describeEntrant(
  url: string,
  covered: readonly JudgedCaller[],
  value: SubjectValue | undefined,
  limits: readonly Limit[],
): Entrant {
  return {
    kind: nameKind(value),
    issuer: url === anyIssuer ? '*' : url,
    subject: value?.text,
    ignoresCase: value?.ignoresCase === true,
    decision: covered.some(({ decision }) => decision === 'allowed') ? 'allowed' : 'unknown',
    limits,
    audiences: describeAudiences(covered),
  };
}

function nameKind(value: SubjectValue | undefined): Entrant['kind'] {
  if (value === undefined) return 'anyone';
  return value.isExact ? 'subject' : 'pattern';
}

/** An audience that gets some in and others not limits nobody for sure. */
function describeAudiences(covered: readonly JudgedCaller[]): Limit | undefined {
  const entering = new Set(covered.flatMap(({ audiences }) => audiences.entering));
  const denied = [...new Set(covered.flatMap(({ audiences }) => audiences.denied))].filter(one => !entering.has(one));
  if (denied.length === 0) return undefined;
  return entering.has(otherAudience)
    ? { keepsOut: 'these', values: denied.sort(), compares: 'exact' }
    : { keepsOut: 'others', values: [...entering].sort(), compares: 'exact' };
}

const samlAction = 'sts:AssumeRoleWithSAML';

/**
 * Returns who signs in through a SAML provider, and callers of the issuers that IAM accepts by name. A principal that
 * IAM rejects is nobody.
 */
function listSaml(policy: TrustPolicy): readonly Entrant[] {
  const principals = policy.statements
    .filter(({ effect }) => effect === 'Allow')
    .flatMap(({ principals: { listed } }) => listed.filter(({ type }) => type === 'Federated'))
    .filter(one => parseProviderArn(one.value) === undefined && readPrincipal(one)?.fault === undefined);
  return [...new Set(principals.map(({ value }) => value))].flatMap(issuer => {
    const isSaml = issuer.includes(':saml-provider/');
    const action = isSaml ? samlAction : webIdentityAction;
    const context = (key: string) => (key.toLowerCase() === 'saml:aud' ? [signInUrl(issuer)] : 'unknown');
    const { decision } = evaluateTrust(policy, { action, principal: issuer, context });
    if (decision === 'denied') return [];
    const kind = isSaml ? 'saml' : 'anyone';
    return [{ kind, issuer, subject: undefined, ignoresCase: false, decision, limits: [], audiences: undefined }];
  });
}

/** @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_enable-console-saml.html */
function signInUrl(arn: string): string {
  const hosts: Readonly<Record<string, string>> = {
    'aws-cn': 'signin.amazonaws.cn',
    'aws-us-gov': 'signin.amazonaws-us-gov.com',
    'aws-eusc': 'signin.amazonaws-eusc.eu',
  };
  return `https://${hosts[arn.split(':')[1] ?? ''] ?? 'signin.aws.amazon.com'}/saml`;
}

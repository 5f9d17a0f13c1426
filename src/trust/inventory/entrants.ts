import { judgeProvider, type RoleSite } from '../admission.ts';
import { decideCaller, listCallers, neighbour, otherAudience, strangers, type Caller } from '../callers.ts';
import { readOperator } from '../conditions.ts';
import { evaluateTrust, type Decision } from '../evaluate.ts';
import { parseProviderArn, type Account } from '../oidc-provider.ts';
import { readText } from '../pattern-list.ts';
import { fillBoth, matchPattern, matchPatternIgnoringCase, readPattern } from '../pattern.ts';
import { isExact, isPositive, readValuePatterns } from '../scene/operators.ts';
import type { Condition, Statement } from '../statement.ts';
import { coversAction, isEveryone } from '../scene/statement-scope.ts';
import type { TrustPolicy } from '../trust-policy.ts';
import type { Truth } from '../truth.ts';
import { parseClaimKey, readClaim, webIdentityAction } from '../web-identity.ts';

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
  /** The audiences that tokens must, or must not, have; undefined where it makes no difference, and for service connections. */
  readonly audiences: Limit | undefined;
}

/** What keeps callers out: those that its values cover, or all the others. */
export interface Limit {
  readonly keepsOut: 'these' | 'others';
  readonly values: readonly string[];
}

/** What decides about a role besides its trust policy; the account is undefined where a file does not say. */
export interface EntrantSite {
  readonly account: Account | undefined;
  /** The OIDC providers of the account; undefined where they are not known. */
  readonly providers: RoleSite['providers'];
}

/** Stands for every issuer whose provider the account may have. */
const anyIssuer = 'any-issuer.invalid';

/**
 * Returns who gets in with a token, or with a SAML assertion. The evaluator is asked for each: nobody who is allowed is
 * missing, and nobody is named who is denied. Where only AWS can tell the decision is unknown.
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

const samlAction = 'sts:AssumeRoleWithSAML';

function allowsAction(statement: Statement, action: string): boolean {
  return statement.effect === 'Allow' && coversAction(statement, action);
}

function isForEveryone({ principals: { negated, listed } }: Statement): boolean {
  return negated || listed.some(isEveryone);
}

/** What a caller gets with all tokens that it may have. */
interface Judged {
  readonly url: string;
  readonly subject: string;
  readonly isConnection: boolean;
  readonly decision: Decision;
  /** The audiences of tokens that get in, and of those that are denied; none for service connections. */
  readonly audiences: { readonly entering: readonly string[]; readonly denied: readonly string[] };
}

function judgeCallers(policy: TrustPolicy, { account, providers }: EntrantSite): readonly Judged[] {
  const named = policy.statements
    .flatMap(({ principals }) => principals.listed)
    .flatMap(({ type, value }) => (type === 'Federated' ? (parseProviderArn(value) ?? []) : []))
    .map(({ url, accountId, partition }) => ({ url, account: { partition: partition as 'aws', accountId } }));
  const everyone = policy.statements.some(one => one.effect === 'Allow' && isForEveryone(one));
  const others = everyone ? [anyIssuer, ...listNamedIssuers(policy), ...(providers ?? []).map(({ url }) => url)] : [];
  const place = account ?? named[0]?.account;
  const issuers = [...others.map(url => ({ url, account: place })), ...named];
  const groups = new Map<string, Caller[]>();
  for (const caller of listCallers(policy, { account, issuers, identities: [], subjects: listShared(policy) })) {
    // Where everyone is allowed, an organization that nobody named is one of all others. No token has an empty subject.
    if (caller.subject === '' || (everyone && issuers.every(({ url }) => url !== caller.url))) continue;
    const key = `${caller.url} ${caller.subject}`;
    groups.set(key, [...(groups.get(key) ?? []), caller]);
  }
  return [...groups.values()].map(group => judgeGroup(policy, group, { account: place, providers }));
}

/** Where a statement compares subjects several times, a caller has to be in all of it: a text for each pair of patterns. */
function listShared({ statements, version }: TrustPolicy): readonly string[] {
  return statements.flatMap(({ conditions }) => {
    const lines = conditions.filter(({ key }) => parseClaimKey(key)?.claim.toLowerCase() === 'sub');
    const patterns = lines.map(line => readValuePatterns(line, version));
    return patterns.flatMap((some, index) =>
      patterns
        .slice(index + 1)
        .flatMap(others =>
          some.flatMap(one =>
            others.flatMap(other => [neighbour, 'n/n/n', ''].flatMap(any => fillBoth(one, other, any) ?? [])),
          ),
        ),
    );
  });
}

/** The issuers that a policy names, by their providers or by conditions on their claims. */
function listNamedIssuers({ statements }: TrustPolicy): readonly string[] {
  return statements.flatMap(({ conditions, principals: { listed } }) => [
    ...conditions.flatMap(({ key }) => parseClaimKey(key)?.prefix ?? []),
    ...listed.flatMap(({ value }) => parseProviderArn(value)?.url ?? []),
  ]);
}

/** Tokens of a service connection are all alike, so that where they are judged otherwise only AWS can tell. */
function judgeGroup(policy: TrustPolicy, group: readonly Caller[], { account, providers }: EntrantSite): Judged {
  const asked = group.map(caller => ({ caller, decision: judgeCaller(policy, caller, { account, providers }) }));
  const entering = asked.filter(({ decision }) => decision !== 'denied');
  const [{ caller: first } = { caller: group[0] }] = asked;
  const isConnection = first?.connection !== undefined;
  const isSame = asked.every(({ decision }) => decision === asked[0]?.decision);
  const denied = asked.filter(({ decision }) => decision === 'denied');
  const list = (some: typeof asked) => (isConnection ? [] : some.flatMap(({ caller: { claims } }) => claims.aud));
  const best = entering.some(({ decision }) => decision === 'allowed') ? 'allowed' : 'unknown';
  return {
    url: first?.url ?? '',
    subject: first?.subject ?? '',
    isConnection,
    decision: entering.length === 0 ? 'denied' : isConnection && !isSame ? 'unknown' : best,
    audiences: { entering: list(entering), denied: list(denied) },
  };
}

function judgeCaller(policy: TrustPolicy, caller: Caller, site: EntrantSite): Decision {
  const { claims, url } = caller;
  const { account, providers } = site;
  const isKnown = account !== undefined && url !== anyIssuer;
  const refusal = isKnown ? judgeProvider(claims, { account, providers }) : undefined;
  return refusal?.decision ?? decideCaller(policy, caller);
}

/** A value that a condition compares subjects with. */
interface Value {
  readonly text: string;
  readonly isExact: boolean;
  readonly ignoresCase: boolean;
  readonly covers: (subject: string) => Truth;
}

function describeIssuer(policy: TrustPolicy, url: string, callers: readonly Judged[]): readonly Entrant[] {
  const entering = callers.filter(({ decision }) => decision !== 'denied');
  if (entering.length === 0) return [];
  const lines = listSubjectLines(policy, url);
  const limits = [...lines.flatMap(describeLimit), ...listJoined(lines)];
  const values = lines.filter(isNaming).flatMap(one => listValues(one.condition, policy));
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
function compareWidth(one: Value, other: Value): number {
  const width = ({ isExact, ignoresCase }: Value) => (isExact ? Number(ignoresCase) : 2);
  return width(one) - width(other) || other.text.length - one.text.length;
}

function describeEntrant(
  url: string,
  covered: readonly Judged[],
  value: Value | undefined,
  limits: readonly Limit[],
): Entrant {
  return {
    kind: value === undefined ? 'anyone' : value.isExact ? 'subject' : 'pattern',
    issuer: url === anyIssuer ? '*' : url,
    subject: value?.text,
    ignoresCase: value?.ignoresCase === true,
    decision: covered.some(({ decision }) => decision === 'allowed') ? 'allowed' : 'unknown',
    limits,
    audiences: describeAudiences(covered),
  };
}

/** An audience that gets some in and others not limits nobody for sure. */
function describeAudiences(covered: readonly Judged[]): Limit | undefined {
  const entering = new Set(covered.flatMap(({ audiences }) => audiences.entering));
  const denied = [...new Set(covered.flatMap(({ audiences }) => audiences.denied))].filter(one => !entering.has(one));
  if (denied.length === 0) return undefined;
  return entering.has(otherAudience)
    ? { keepsOut: 'these', values: denied.sort() }
    : { keepsOut: 'others', values: [...entering].sort() };
}

interface SubjectLine {
  readonly statement: Statement;
  readonly condition: Condition;
}

function listSubjectLines({ statements }: TrustPolicy, url: string): readonly SubjectLine[] {
  const asked = statements.filter(one => isAbout(one, url));
  return asked.flatMap(statement =>
    statement.conditions
      .filter(condition => readClaim(condition, url) === 'sub')
      .map(condition => ({ statement, condition })),
  );
}

/** Whether a statement decides about an issuer's tokens at all. */
function isAbout(statement: Statement, url: string): boolean {
  const named = statement.principals.listed.some(
    ({ value }) => parseProviderArn(value)?.url === url || /[*?]/.test(value),
  );
  return coversAction(statement, webIdentityAction) && (named || isForEveryone(statement));
}

/** Whether a line says who gets in: it compares, and it stands in an Allow. */
function isNaming({ statement, condition }: SubjectLine): boolean {
  return statement.effect === 'Allow' && isPositive(condition);
}

/** A Deny keeps out whom it covers, its negated form all the others; in an Allow a negated form keeps out whom it covers. */
function describeLimit({ statement, condition }: SubjectLine): readonly Limit[] {
  const operator = readOperator(condition.operator);
  if (operator === undefined || operator.name === 'Null') return [];
  if (statement.effect === 'Allow') return operator.negated ? [{ keepsOut: 'these', values: condition.values }] : [];
  return [{ keepsOut: operator.negated ? 'others' : 'these', values: condition.values }];
}

/** Several comparisons of a statement have to hold together. */
function listJoined(lines: readonly SubjectLine[]): readonly Limit[] {
  const naming = lines.filter(isNaming);
  const joined = naming.filter(({ statement }) => naming.filter(one => one.statement === statement).length > 1);
  return joined.map(({ condition: { values } }) => ({ keepsOut: 'others', values }));
}

function listValues(condition: Condition, { version }: TrustPolicy): readonly Value[] {
  const ignoresCase = readOperator(condition.operator)?.name === 'StringEqualsIgnoreCase';
  const match = ignoresCase ? matchPatternIgnoringCase : matchPattern;
  return readValuePatterns(condition, version).map(pattern => ({
    text: readText(pattern) ?? pattern.value,
    isExact: isExact(pattern),
    ignoresCase,
    covers: subject => match(pattern, subject),
  }));
}

/** Who signs in through a SAML provider, and callers of the issuers that IAM takes by name. */
function listSaml(policy: TrustPolicy): readonly Entrant[] {
  const principals = policy.statements
    .filter(({ effect }) => effect === 'Allow')
    .flatMap(({ principals: { listed } }) => listed.filter(({ type }) => type === 'Federated'))
    .filter(({ value }) => parseProviderArn(value) === undefined);
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

/** Returns whether an entrant stands for a caller: who gets in, but for what its limits leave out. */
export function coversCaller(
  { kind, issuer, subject, ignoresCase }: Entrant,
  { url, subject: asked }: { readonly url: string; readonly subject: string },
  policy: TrustPolicy,
): Truth {
  const { version } = policy;
  const isOther = issuer === '*' ? listNamedIssuers(policy).includes(url) : issuer !== url;
  if (kind === 'saml' || isOther) return false;
  if (subject === undefined) return true;
  if (ignoresCase) return matchPatternIgnoringCase(readPattern(subject, { wildcards: false, version }), asked);
  return kind === 'subject'
    ? subject === asked
    : matchPattern(readPattern(subject, { wildcards: true, version }), asked);
}

/** Returns whether strangers are among those who get in: anyone, or a pattern that covers other organizations' callers. */
export function letsStrangersIn(entrant: Entrant, policy: TrustPolicy): boolean {
  if (entrant.kind === 'anyone') return true;
  if (entrant.kind !== 'pattern') return false;
  return strangers.some(subject => coversCaller(entrant, { url: entrant.issuer, subject }, policy) === true);
}

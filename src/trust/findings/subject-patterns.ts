import { isGuid } from '../../identity/issuer.ts';
import { neighbour, strangers } from '../callers.ts';
import { readOperator, readValuePatterns } from '../conditions.ts';
import { nameIssuer, type SubjectOwner } from '../scene/known-issuers.ts';
import { fillPattern, narrowToPrefix, showPattern } from '../pattern-overlap.ts';
import { matchPattern, type ValuePattern } from '../pattern.ts';
import { narrowStatement } from '../corrections/narrow.ts';
import { propose, type Proposal } from './proposal.ts';
import type { Severity } from './finding.ts';
import { allowsSomeStranger, judgeAnyone, listLeftOver } from '../scene/guards.ts';
import { findMeant, rightUrl, sayOnceRight, showUrl, type NamedProvider, type Scene } from '../scene/scene.ts';
import { describeForm, isFormOfOther } from '../scene/subject-forms.ts';
import type { Condition } from '../trust-policy.ts';
import { isStrangerOf } from '../corrections/settle.ts';
import { correctForm } from './subject-values.ts';

/**
 * Returns the patterns for `:sub`, policy variables among them: whoever calls may choose what these stand for, the
 * session's name for one. On the Entra issuer they are the worse if they do not end in the ids of one connection.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
 */
export function findWildcards(scene: Scene, provider: NamedProvider, open: boolean): readonly Proposal[] {
  const own = findMeant(scene, provider, 'sub').map(({ condition }) => condition);
  // A Deny for all that its patterns do not cover leaves the others to the Allow, as patterns of the Allow would.
  const leftOver = allowsSomeStranger(scene, provider) ? listLeftOver(scene, provider) : [];
  const isLeftOver = leftOver.length > 0 && judgeAnyone(scene, provider) === 'denied';
  const conditions = isLeftOver ? leftOver : own;
  const loose = conditions.map(one => readValuePatterns(one, scene.policy.version).filter(value => !value.isExact));
  const foreign = conditions.flatMap((one, index) => findForeign(one, loose[index] ?? [], provider));
  const known = loose.map(all => all.filter(one => !foreign.includes(one)));
  const templates = loose.flat().filter(one => isTemplate(one) && !foreign.includes(one));
  return [
    ...foreign.map(one => reportForeign(scene, provider, one)),
    ...templates.map(one => reportTemplate(scene, provider, one)),
    ...(isLeftOver
      ? reportLoose(scene, provider, known, false).map(one => ({ ...one, ...describeLeftOver(one, provider) }))
      : reportLoose(scene, provider, known, open)),
  ];
}

/** The pattern is in the Deny: an exact operator there would deny whom it names. */
function describeLeftOver({ means }: Proposal, provider: NamedProvider) {
  return {
    means: `A Deny denies all subjects except those that match a pattern. ${means}`,
    remedy: `Keep the Deny, and use StringEquals on ${showUrl(provider)}:sub in this Allow, with the whole subjects of the connections that may assume the role.`,
  };
}

/**
 * Returns whether a pattern was not filled in. A policy variable is named like a condition key, with a colon in it; without one
 * it is a template's.
 */
export function isTemplate(pattern: ValuePattern): boolean {
  return pattern.variables.some(isUnfilled) || findUnfilledName(pattern) !== undefined;
}

/** Returns what stands in the place of a name, which no organization and no project can be called. */
function findUnfilledName(pattern: ValuePattern): string | undefined {
  const names = /^sc:\/\/([^/]*)(?:\/([^/]*))?/.exec(showPattern(pattern))?.slice(1) ?? [];
  return names.find(name => /[<>{}[\]]|^YOUR[-_ ]/.test(name));
}

function isUnfilled(variable: string): boolean {
  return /^\$\{[^:}]*\}$/.test(variable);
}

/** @see https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html (invalid policy variable) */
function reportTemplate(scene: Scene, provider: NamedProvider, pattern: ValuePattern): Proposal {
  const { value, variables } = pattern;
  const names = variables.filter(isUnfilled).join(', ');
  const why =
    names === ''
      ? `it has "${findUnfilledName(pattern) ?? ''}" instead of a name`
      : `IAM has no policy variable ${names}`;
  const means = `The subject "${value}" was not filled in: ${why}, so it allows nobody.`;
  const remedy = 'Copy the subject exactly as the token has it (aws-wif connection shows it).';
  return propose(scene, { code: 'SubjectAlmostRight', severity: 'medium', means, remedy }, { provider });
}

/** Where letter case does not count, only variables are open, and how a subject begins is not compared here. */
function findForeign(
  { operator }: Condition,
  patterns: readonly ValuePattern[],
  provider: NamedProvider,
): readonly ValuePattern[] {
  if (readOperator(operator)?.name === 'StringEqualsIgnoreCase') return [];
  return patterns.filter(one => isFormOfOther(one, provider));
}

function reportForeign(scene: Scene, provider: NamedProvider, pattern: ValuePattern): Proposal {
  const text = showPattern(pattern);
  const means = `The pattern "${pattern.value}" matches no subject that ${rightUrl(provider)} issues${describeForm(text)}: it allows nobody.`;
  const remedy = correctForm(text, provider);
  return propose(scene, { code: 'SubjectOfOtherIssuer', severity: 'medium', means, remedy }, { provider });
}

function reportLoose(
  scene: Scene,
  provider: NamedProvider,
  loose: readonly (readonly ValuePattern[])[],
  open: boolean,
): readonly Proposal[] {
  return loose.flatMap(all => {
    const patterns = all.filter(one => !isTemplate(one));
    if (patterns.length === 0) return [];
    const { code, severity, means, remedy } = describe(patterns, provider, open);
    const text = sayOnceRight(provider, means + describeVariables(patterns));
    return [
      propose(
        scene,
        { code, severity, means: text, remedy: `${remedy} ${others}` },
        {
          provider,
          claim: {
            allows: 'callers',
            issuer: provider.arn.url,
            subjects: patterns.map(one => fillPattern(one, neighbour)),
          },
          candidates: [narrowStatement(scene, provider)],
          concerns: caller =>
            isStrangerOf(caller, [provider.arn.url], scene) &&
            patterns.some(pattern => matchPattern(pattern, caller.subject) !== false),
        },
      ),
    ];
  });
}

const others =
  'Other callers that the pattern matches then lose access: CloudTrail shows who uses the role today (AssumeRoleWithWebIdentity).';

function describe(patterns: readonly ValuePattern[], provider: NamedProvider, open: boolean) {
  if (provider.kind === 'entra') return describeEntra(patterns, open);
  if (provider.kind === 'azure-devops') return describeOwn(patterns, provider, open);
  return describeOthers(patterns, provider, open);
}

/**
 * An organization's issuer signs tokens for this organization alone, so that its patterns allow no strangers, whatever they
 * leave open of the organization's name. One for all subjects is the same as no condition on the subject at all.
 */
function describeOwn(patterns: readonly ValuePattern[], { meant }: NamedProvider, open: boolean) {
  const organization = meant?.kind === 'azure-devops' ? `organization ${meant.organizationId}` : 'the organization';
  const whom = [...new Set(patterns.map(one => nameScope(one, organization)))].join(' and ');
  const loose = patterns.some(one => /^sc:\/\/[^/]*\*/.test(showPattern(one)))
    ? " It leaves the organization's name open, but this issuer signs tokens for no other organization."
    : '';
  const { means, ...rest } = describeWildcard(patterns, open ? 'critical' : 'high', whom);
  return { ...rest, means: `${means}${loose}` };
}

/** Whom a pattern covers on an organization's own issuer. */
function nameScope(pattern: ValuePattern, organization: string): string {
  const text = showPattern(pattern);
  const covers = (prefix: string) => narrowToPrefix(pattern, prefix).length > 0;
  if (text.startsWith('p://')) return runs;
  if (covers('p://') && covers('sc://')) return `every service connection and every pipeline of ${organization}`;
  if (/^sc?:?\/{0,2}[^/]*\*$|^sc:\/\/[^/]+\/\**$/.test(text)) return `every service connection of ${organization}`;
  const project = /^sc:\/\/[^/*]+\/([^/*]+)\/\*$/.exec(text)?.[1];
  return project === undefined ? matching : `every service connection of project "${project}" in ${organization}`;
}

const matching = 'every connection whose subject it matches';
const runs =
  'every run of every pipeline whose subject it matches, without the approvals and checks of a service connection';

function describeEntra(patterns: readonly ValuePattern[], open: boolean) {
  if (patterns.every(endsInIds)) return describeWildcard(patterns, open ? 'critical' : 'high');
  const organizations = patterns.flatMap(one => findOrganization(one) ?? []);
  const isFixed = organizations.length === patterns.length;
  const shown = showValues(patterns);
  return {
    code: 'EntraSubjectPattern',
    severity: isFixed ? 'high' : 'critical',
    means: isFixed
      ? `The pattern ${shown} leaves the connection's ID open: it allows every matching connection of organization ${[...new Set(organizations)].join(', ')}, including those created later.`
      : `The pattern ${shown} leaves the organization's and the connection's ID open: it may allow connections of other organizations, because the tenant's issuer signs their tokens as well.`,
    remedy: 'Use StringEquals with the whole subject; it consists of IDs, so renaming does not break it.',
  } as const;
}

function describeWildcard(patterns: readonly ValuePattern[], severity: Severity, whom = matching) {
  return {
    code: 'SubjectWildcard',
    severity,
    means: `The pattern ${showValues(patterns)} allows ${whom}, including those created later.`,
    remedy: 'Use StringEquals with the subjects of the connections that may assume the role.',
  } as const;
}

/** Of other issuers' subjects the part that names a company or a repository comes first. */
function describeOthers(patterns: readonly ValuePattern[], provider: NamedProvider, open: boolean) {
  const issuer = nameIssuer(provider.arn.url);
  const foreign = [...strangers, ...(issuer?.stranger === undefined ? [] : [issuer.stranger])];
  const isStrange = patterns.some(one => foreign.some(text => matchPattern(one, text) !== false));
  const [unbound] = patterns.flatMap(one => findOpenOwner(one, issuer?.owner) ?? []);
  const isCritical = open || ((isStrange || unbound !== undefined) && issuer?.isShared !== false);
  const strange = unbound === undefined || unbound === '' ? '' : `: it also matches other owners, such as ${unbound}`;
  const whole = patterns.map(one => findWholeOwner(one, issuer?.owner));
  const whom = whole.every(one => one !== undefined)
    ? `that belongs to ${whole.join(' or ')}`
    : 'whose subject it matches';
  return {
    code: 'SubjectWildcard',
    severity: isCritical ? 'critical' : patterns.some(one => coversOwner(one, issuer?.owner)) ? 'high' : 'low',
    means: `The pattern ${showValues(patterns)} allows every caller of ${issuer?.name ?? provider.arn.url} ${whom}${isCritical ? `, including strangers${strange}` : ''}.`,
    remedy: 'Narrow the pattern to the intended callers, or list the subjects with StringEquals.',
  } as const;
}

/** Returns an owner that nobody means and that a pattern covers, empty if it covers all; undefined if it names the owner. */
function findOpenOwner(pattern: ValuePattern, owner: SubjectOwner | undefined): string | undefined {
  const text = showPattern(pattern);
  if (owner === undefined || !text.startsWith(owner.starts)) return undefined;
  const [name = ''] = text.slice(owner.starts.length).split(owner.ends);
  if (!name.includes('*')) return undefined;
  return name.replaceAll('*', '') === '' ? '' : name.replaceAll('*', '-stranger');
}

/** Returns the owner whose subjects a pattern covers without exception; undefined if it leaves the owner open, or says more. */
function findWholeOwner(pattern: ValuePattern, owner: SubjectOwner | undefined): string | undefined {
  const text = showPattern(pattern);
  if (owner === undefined || !text.startsWith(owner.starts) || !/^[^*]+\*$/.test(text)) return undefined;
  const [name = '', ...rest] = text.slice(owner.starts.length).split(owner.ends);
  return rest.join('') === '*' ? name : undefined;
}

/** A pattern for all that an owner has: neither the repository or the like nor one workflow for all of them is written out. */
function coversOwner(pattern: ValuePattern, owner: SubjectOwner | undefined): boolean {
  const text = showPattern(pattern);
  if (owner === undefined || /:job_workflow_ref:[^*/:]+\/[^*/:]+\/[^*@:]+@/.test(text)) return false;
  if (!text.startsWith(owner.starts)) return owner.starts === 'repo:';
  const [name = '', ...rest] = text.slice(owner.starts.length).split(owner.ends);
  const [next = ''] = rest
    .join(':')
    .replace(/^project:/, '')
    .split(':');
  return name.includes('*') || next.includes('*');
}

function describeVariables(patterns: readonly ValuePattern[]): string {
  const variables = [...new Set(patterns.flatMap(one => one.variables))];
  if (variables.length === 0) return '';
  return ` The value of ${variables.join(', ')} comes from the request, and the caller may be able to choose it.`;
}

function showValues(patterns: readonly ValuePattern[]): string {
  return patterns.map(({ value }) => `"${value}"`).join(', ');
}

function endsInIds(pattern: ValuePattern): boolean {
  const ids = /\/sc\/([^/]+)\/([^/]+)$/.exec(showPattern(pattern))?.slice(1) ?? [];
  return ids.length === 2 && ids.every(isGuid);
}

/** Returns the organization's id that every subject has which the pattern covers. */
function findOrganization(pattern: ValuePattern): string | undefined {
  const id = /\/sc\/([^/]+)\//.exec(showPattern(pattern))?.[1];
  return id !== undefined && isGuid(id) ? id : undefined;
}

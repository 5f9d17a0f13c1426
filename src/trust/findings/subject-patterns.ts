import { isGuid } from '../../identity/guid.ts';
import { neighbour, strangers } from '../callers.ts';
import { nameIssuer } from '../scene/known-issuers.ts';
import { isGithub } from '../oidc-provider.ts';
import { fillPattern, matchPattern } from '../pattern.ts';
import { narrowStatement } from '../corrections/narrow.ts';
import type { Severity } from './finding.ts';
import { judgeAnyone, listLeftOver } from '../scene/guards.ts';
import { isExact, readValuePatterns, showPattern, type ValuePattern } from '../scene/operators.ts';
import { propose, type Proposal } from './proposal.ts';
import { findMeant, sayOnceRight, showUrl, type NamedProvider, type Scene } from '../scene/scene.ts';
import { isStrangerOf } from '../corrections/settle.ts';

/**
 * Returns the patterns for `:sub`, policy variables among them: whoever calls may choose what these stand for, the
 * session's name for one. On the Entra issuer they are the worse where they do not end in the ids of one connection.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
 */
export function findWildcards(scene: Scene, provider: NamedProvider, open: boolean): readonly Proposal[] {
  const own = findMeant(scene, provider, 'sub').map(({ condition }) => condition);
  // A Deny for all that its patterns do not cover leaves the others to the Allow, as patterns of the Allow would.
  const isLeftOver = open && own.length === 0 && judgeAnyone(scene, provider) === 'denied';
  const conditions = isLeftOver ? listLeftOver(scene, provider) : own;
  const loose = conditions.map(one => readValuePatterns(one, scene.policy.version).filter(value => !isExact(value)));
  const malformed = loose.flat().filter(pattern => isMalformed(pattern, provider));
  const templates = loose.flat().filter(isTemplate);
  return [
    ...malformed.map(one => reportMalformed(scene, provider, one)),
    ...templates.map(one => reportTemplate(scene, provider, one)),
    ...(isLeftOver
      ? reportLoose(scene, provider, loose, false).map(one => ({ ...one, ...describeLeftOver(one, provider) }))
      : reportLoose(scene, provider, loose, open)),
  ];
}

/** The pattern is in the Deny: an exact operator there would deny whom it names. */
function describeLeftOver({ means }: Proposal, provider: NamedProvider) {
  return {
    means: `A Deny denies all subjects except those that match a pattern. ${means}`,
    remedy: `Keep the Deny, and add StringEquals on ${showUrl(provider)}:sub to this Allow, with the whole subjects of the connections that may assume the role.`,
  };
}

/** A policy variable is named like a condition key, with a colon in it; without one a template was not filled in. */
function isTemplate({ variables }: ValuePattern): boolean {
  return variables.some(isUnfilled);
}

function isUnfilled(variable: string): boolean {
  return /^\$\{[^:}]*\}$/.test(variable);
}

/** @see https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html (invalid policy variable) */
function reportTemplate(scene: Scene, provider: NamedProvider, { value, variables }: ValuePattern): Proposal {
  const names = variables.filter(isUnfilled).join(', ');
  const means = `The subject "${value}" was not filled in: IAM has no policy variable ${names}, so it allows nobody.`;
  const remedy = 'Copy the subject exactly as the token has it (aws-wif connection shows it).';
  return propose(scene, { code: 'SubjectAlmostRight', severity: 'medium', means, remedy }, { provider });
}

/** GitHub writes `repo:<owner>/<repository>:...`, without a host. */
function isMalformed(pattern: ValuePattern, { arn }: NamedProvider): boolean {
  return isGithub(arn.url) && /^repo:[^:*]*\/[^:*]*\//.test(showPattern(pattern));
}

function reportMalformed(scene: Scene, provider: NamedProvider, { value }: ValuePattern): Proposal {
  const means = `The pattern "${value}" matches no subject from ${provider.arn.url}: GitHub writes repo:<owner>/<repository>:..., without the host.`;
  const remedy = "Use the subject exactly as the statement's issuer writes it.";
  return propose(scene, { code: 'SubjectOfOtherIssuer', severity: 'medium', means, remedy }, { provider });
}

function reportLoose(
  scene: Scene,
  provider: NamedProvider,
  loose: readonly (readonly ValuePattern[])[],
  open: boolean,
): readonly Proposal[] {
  return loose.flatMap(all => {
    const patterns = all.filter(one => !isMalformed(one, provider) && !isTemplate(one));
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
  if (provider.kind === 'azure-devops') return describeWildcard(patterns, open ? 'critical' : 'high');
  return describeOthers(patterns, provider, open);
}

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

function describeWildcard(patterns: readonly ValuePattern[], severity: Severity) {
  const isPipelines = patterns.every(one => showPattern(one).startsWith('p://'));
  const whom = isPipelines
    ? 'every run of every pipeline whose subject it matches, without the approvals and checks of a service connection'
    : 'every connection whose subject it matches';
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
  const isCritical = open || (isStrange && issuer?.isShared !== false);
  return {
    code: 'SubjectWildcard',
    severity: isCritical ? 'critical' : isGithub(provider.arn.url) && patterns.some(coversOwner) ? 'high' : 'low',
    means: `The pattern ${showValues(patterns)} allows every caller of ${issuer?.name ?? provider.arn.url} whose subject it matches${isCritical ? ', including strangers' : ''}.`,
    remedy: 'Narrow the pattern to the intended callers, or list the subjects with StringEquals.',
  } as const;
}

/** A pattern for all repositories of an owner: neither the repository nor one workflow for all of them is written out. */
function coversOwner(pattern: ValuePattern): boolean {
  return !/^repo:[^*:/]+\/[^*:/]+:|:job_workflow_ref:[^*/:]+\/[^*/:]+\/[^*@:]+@/.test(showPattern(pattern));
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

import { isGuid } from '../../identity/guid.ts';
import { narrowStatement } from './corrections.ts';
import type { Finding } from './finding.ts';
import { isExact, readValuePatterns, showPattern, type ValuePattern } from './operators.ts';
import { findPositive, found, type NamedProvider, type Scene } from './scene.ts';

/**
 * Returns the patterns for `:sub`, policy variables among them: whoever calls may choose what these stand for, the
 * session's name for one. On the Entra issuer they are the worse where they do not end in the ids of one connection.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
 */
export function findWildcards(scene: Scene, provider: NamedProvider, open: boolean): readonly Finding[] {
  const conditions = findPositive(scene, provider, 'sub').map(({ condition }) => condition);
  const loose = conditions.map(one => readValuePatterns(one, scene.policy.version).filter(value => !isExact(value)));
  const isEntra = provider.meant?.issuer.kind === 'entra';
  return loose.flatMap(patterns => {
    if (patterns.length === 0) return [];
    const finding = isEntra ? describeEntra(patterns, open) : describeWildcard(patterns, open);
    const means = finding.means + describeVariables(patterns);
    return [found(scene, { ...finding, means }, narrowStatement(scene, provider))];
  });
}

function describeEntra(patterns: readonly ValuePattern[], open: boolean) {
  if (patterns.every(endsInIds)) return describeWildcard(patterns, open);
  const organizations = patterns.flatMap(one => findOrganization(one) ?? []);
  const isFixed = organizations.length === patterns.length;
  const shown = showValues(patterns);
  return {
    code: 'EntraSubjectPattern',
    severity: isFixed ? 'high' : 'critical',
    means: isFixed
      ? `The pattern ${shown} does not fix the connection's id: it lets in any connection of organization ${[...new Set(organizations)].join(', ')} that it covers, those made later too.`
      : `The pattern ${shown} does not fix the organization's and the connection's id: it may let in connections of other organizations, which the tenant's issuer signs for as well.`,
    remedy: 'Write the whole subject with StringEquals; it holds ids, so that no rename breaks it.',
  } as const;
}

function describeWildcard(patterns: readonly ValuePattern[], open: boolean) {
  return {
    code: 'SubjectWildcard',
    severity: open ? 'critical' : 'high',
    means: `The pattern ${showValues(patterns)} lets in every connection whose subject it covers, those made later too.`,
    remedy: 'Write the subjects of the connections that may assume the role with StringEquals.',
  } as const;
}

function describeVariables(patterns: readonly ValuePattern[]): string {
  const variables = [...new Set(patterns.flatMap(one => one.variables))];
  if (variables.length === 0) return '';
  return ` What ${variables.join(', ')} stands for comes with the request: the caller may be free to choose it.`;
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

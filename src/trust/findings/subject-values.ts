import { formatIssuer, type KnownIssuer } from '../../identity/issuer.ts';
import { isGuid } from '../../identity/guid.ts';
import { parseSubject } from '../../identity/subject.ts';
import { readOperator } from '../conditions.ts';
import { stripScheme } from '../oidc-provider.ts';
import { hasWildcards, readPattern } from '../pattern.ts';
import type { Condition } from '../trust-policy.ts';
import type { Finding } from './finding.ts';
import { findPositive, found, narrowStatement, type NamedProvider, type Scene } from './scene.ts';

function isLoose({ policy }: Scene, { operator, values }: Condition): boolean {
  return readOperator(operator)?.name === 'StringLike' && values.some(value => hasWildcards(value, policy.version));
}

/** Returns the patterns for `:sub`: on the Entra issuer the worse where they do not end in the ids of one connection. */
export function findWildcards(scene: Scene, provider: NamedProvider, open: boolean): readonly Finding[] {
  const loose = findPositive(scene, provider, 'sub').filter(({ condition }) => isLoose(scene, condition));
  return loose.map(({ condition }) => {
    const values = condition.values.filter(value => hasWildcards(value, scene.policy.version));
    const shown = values.map(value => `"${value}"`).join(', ');
    const anyTenant = provider.meant?.issuer.kind === 'entra' && !values.every(value => endsInIds(value, scene));
    const finding = anyTenant ? describeAnyOrganization(shown) : describeWildcard(shown, open);
    return found(scene, finding, narrowStatement(scene, provider));
  });
}

function describeAnyOrganization(shown: string) {
  return {
    code: 'EntraSubjectPattern',
    severity: 'critical',
    means: `The pattern ${shown} does not fix the organization's and the connection's id: it may let in connections of other organizations, which the tenant's issuer signs for as well.`,
    remedy: 'Write the whole subject with StringEquals; it holds ids, so that no rename breaks it.',
  } as const;
}

function describeWildcard(shown: string, open: boolean) {
  return {
    code: 'SubjectWildcard',
    severity: open ? 'critical' : 'high',
    means: `The pattern ${shown} lets in every connection whose subject it covers, those made later too.`,
    remedy: 'Write the subjects of the connections that may assume the role with StringEquals.',
  } as const;
}

/** Whether what follows the last wildcard or variable is the organization's and the connection's id. */
function endsInIds(value: string, { policy: { version } }: Scene): boolean {
  const { parts } = readPattern(value, { wildcards: true, version });
  const last = parts.findLastIndex(part => typeof part === 'string');
  const tail = parts.slice(last + 1).map(part => (typeof part === 'string' ? '' : part.character));
  const ids = /\/sc\/([^/]+)\/([^/]+)$/.exec(tail.join(''))?.slice(1) ?? [];
  return ids.length === 2 && ids.every(isGuid);
}

/** Returns what is wrong with exact subjects: of a kind that this issuer never gives, or made of names. */
export function findLiterals(scene: Scene, provider: NamedProvider): readonly Finding[] {
  const { meant } = provider;
  if (meant === undefined) return [];
  const { version } = scene.policy;
  const values = findPositive(scene, provider, 'sub').flatMap(({ condition }) => condition.values);
  const exact = values.filter(value => !hasWildcards(value, version));
  const foreign = exact.filter(value => !isOf(meant.issuer, value));
  const named = meant.issuer.kind === 'azure-devops' ? exact.filter(value => isOf(meant.issuer, value)) : [];
  return [
    ...foreign.map(value => reportForeign(scene, provider, value)),
    ...named.map(value => reportNamed(scene, value)),
  ];
}

function isOf(issuer: KnownIssuer, value: string): boolean {
  const subject = parseSubject(value);
  if (issuer.kind === 'azure-devops') return subject.kind === 'connection-name';
  // The issuer writes GUIDs in lower case, and StringEquals compares letter by letter.
  return (
    subject.kind === 'connection-id' &&
    value.endsWith(`/sc/${subject.organizationId}/${subject.connectionId}`.toLowerCase())
  );
}

function reportForeign(scene: Scene, provider: NamedProvider, value: string): Finding {
  const issuer = provider.meant === undefined ? provider.arn.url : stripScheme(formatIssuer(provider.meant.issuer));
  return found(
    scene,
    {
      code: 'SubjectOfOtherIssuer',
      severity: 'medium',
      means: `The subject "${value}" is none that ${issuer} gives a service connection: it lets nobody in who should get in.`,
      remedy: 'Take the subject from the connection itself (aws-wif connection); the two issuers write different ones.',
    },
    narrowStatement(scene, provider),
  );
}

function reportNamed(scene: Scene, value: string): Finding {
  return found(scene, {
    code: 'NameSubject',
    severity: 'low',
    means: `The subject "${value}" is made of names: a rename of organization, project or connection locks the pipeline out, and whoever can make a connection of that name in the project gets the role.`,
    remedy: 'Convert the connection to the Entra issuer, whose subjects hold ids; trust both until then.',
  });
}

import { narrowStatement } from './corrections.ts';
import type { Finding } from './finding.ts';
import { admitsStranger, isPinned } from './guards.ts';
import { allowsWebIdentity, findPositive, found, type NamedProvider, type Scene } from './scene.ts';
import { findWildcards } from './subject-patterns.ts';
import { findLiterals } from './subject-values.ts';

/** Returns what is wrong with who the statement lets in: the conditions on `:sub`, or that there are none. */
export function findSubjectMistakes(scene: Scene): readonly Finding[] {
  if (!allowsWebIdentity(scene)) return [];
  return scene.providers.flatMap(provider => {
    const pinned = isPinned(scene, provider);
    const open = !pinned && admitsStranger(scene, provider);
    const wildcards = pinned ? [] : findWildcards(scene, provider, open);
    // Where a pattern lets strangers in, that is the finding.
    const missing = open && wildcards.length === 0 ? [reportOpen(scene, provider)] : [];
    return [...missing, ...wildcards, ...findLiterals(scene, provider)];
  });
}

function reportOpen(scene: Scene, provider: NamedProvider): Finding {
  const code = nameOpening(scene, provider);
  const means = `${openings[code]}: ${describeAll(provider)} can assume the role.`;
  const remedy = `Add StringEquals on ${provider.arn.url}:sub with the subjects of the connections that may assume it.`;
  return found(scene, { code, severity: 'critical', means, remedy }, narrowStatement(scene, provider));
}

const openings = {
  ConditionMissing: 'The statement has no Condition',
  AudienceOnly: 'The statement looks at the audience only, which every token of the tenant can have',
  SubjectMissing: 'No condition of the statement restricts the subject',
};

function nameOpening(scene: Scene, provider: NamedProvider): keyof typeof openings {
  if (scene.statement.conditions.length === 0) return 'ConditionMissing';
  const audience = [...findPositive(scene, provider, 'aud'), ...findPositive(scene, provider, 'oaud')];
  return provider.meant?.issuer.kind === 'entra' && audience.length > 0 ? 'AudienceOnly' : 'SubjectMissing';
}

function describeAll({ meant, arn }: NamedProvider): string {
  switch (meant?.issuer.kind) {
    case 'azure-devops':
      return `every pipeline of organization ${meant.issuer.organizationId}`;
    case 'entra':
      return `every application and managed identity of tenant ${meant.issuer.tenantId}`;
    case undefined:
      return `everyone with a token of ${arn.url}`;
  }
}

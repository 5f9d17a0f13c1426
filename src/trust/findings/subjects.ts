import { judgeConditions } from '../evaluate.ts';
import { parseClaimKey } from '../web-identity.ts';
import type { Finding } from './finding.ts';
import { allowsWebIdentity, findPositive, found, narrowStatement, type NamedProvider, type Scene } from './scene.ts';
import { findLiterals, findWildcards } from './subject-values.ts';

/** Returns what is wrong with who the statement lets in: the conditions on `:sub`, or that there are none. */
export function findSubjectMistakes(scene: Scene): readonly Finding[] {
  if (!allowsWebIdentity(scene)) return [];
  return scene.providers.flatMap(provider => {
    const open = admitsStranger(scene, provider);
    const wildcards = findWildcards(scene, provider, open);
    // Where a pattern lets strangers in, that is the finding.
    const missing = open && wildcards.length === 0 ? [reportOpen(scene, provider)] : [];
    return [...missing, ...wildcards, ...findLiterals(scene, provider)];
  });
}

/** Nobody's subject: what lets it in lets anyone in. */
const stranger = 'a subject that no issuer gives';

/** Asks the conditions: what admits a stranger, if need be with the right audience, does not look at `:sub`. */
function admitsStranger({ policy, statement }: Scene, { arn }: NamedProvider): boolean {
  const prefix = `${arn.url.toLowerCase()}:`;
  return judgeConditions(statement, key => answerStranger(key.toLowerCase(), prefix), policy.version) !== false;
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

/** The stranger's other keys are unknown, save those that no token of the provider has. */
function answerStranger(key: string, prefix: string): readonly string[] | 'unknown' {
  if (key === `${prefix}sub`) return [stranger];
  if (['aud', 'oaud', 'amr'].some(claim => key === `${prefix}${claim}`)) return 'unknown';
  return parseClaimKey(key) === undefined ? 'unknown' : [];
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

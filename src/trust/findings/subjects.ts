import { nameIssuer, readFormerEntraIssuer } from '../scene/known-issuers.ts';
import { parseClaimKey } from '../web-identity.ts';
import { narrowStatement } from '../corrections/narrow.ts';
import { allowsStranger, isPinned, judgeAnyone } from '../scene/guards.ts';
import { isOperatorMistaken } from './operator-names.ts';
import { findOtherWorkload, isForApplication, isNamedByItsSession } from './other-workloads.ts';
import { propose, type Proposal } from './proposal.ts';
import { allowsWebIdentity, findMeant, isRight, rightUrl, type NamedProvider, type Scene } from '../scene/scene.ts';
import { isStrangerOf } from '../corrections/settle.ts';
import { findWildcards } from './subject-patterns.ts';
import { findLiterals } from './subject-values.ts';

/** Returns what is wrong with who the statement allows: the conditions on `:sub`, or that there are none. */
export function findSubjectMistakes(scene: Scene): readonly Proposal[] {
  if (!allowsWebIdentity(scene)) return [];
  return scene.providers.flatMap(provider => {
    const others = findOtherWorkload(scene, provider);
    const pinned = isPinned(scene, provider);
    const open = !pinned && allowsStranger(scene, provider) && !isOperatorMistaken(scene, provider);
    const wildcards = pinned ? [] : findWildcards(scene, provider, open);
    // Where a pattern allows strangers, that is the finding; where the audience is somebody else's, that is.
    const isTheirs = isForApplication(scene, provider) || isNamedByItsSession(scene, provider);
    const missing = open && wildcards.length === 0 && !isTheirs ? [reportOpen(scene, provider)] : [];
    return [...missing, ...wildcards, ...findLiterals(scene, provider), ...others];
  });
}

function reportOpen(scene: Scene, provider: NamedProvider): Proposal {
  const code = nameOpening(scene, provider);
  const certain = judgeAnyone(scene, provider) === 'allowed';
  const means = `${openings[code]}: ${describeAll(provider)} ${describeAccess(scene, provider, certain)}.`;
  const remedy = `Add StringEquals on ${describeGuard(provider)}. CloudTrail shows who uses the role today (AssumeRoleWithWebIdentity).`;
  return propose(
    scene,
    { code, severity: isOneCompanys(provider) ? 'high' : 'critical', means, remedy },
    {
      provider,
      claim: { allows: 'anyone', issuer: provider.arn.url },
      candidates: [narrowStatement(scene, provider)],
      concerns: caller => isStrangerOf(caller, [provider.arn.url], scene),
    },
  );
}

/** What AWS tells the callers of an issuer apart by. */
function describeGuard(provider: NamedProvider): string {
  const url = rightUrl(provider);
  if (readFormerEntraIssuer(provider.arn.url)?.isMicrosoft === true) {
    return 'sts:RoleSessionName with MicrosoftSentinel_<workspace id>, or what Microsoft documents for the service';
  }
  const audience = nameIssuer(provider.arn.url)?.audience;
  if (audience !== undefined) return `${url}:aud with ${audience} that may assume it`;
  return `${url}:sub with the subjects of ${provider.kind === undefined ? 'the callers' : 'the connections'} that may assume it`;
}

const openings = {
  ConditionMissing: 'The statement has no Condition',
  AudienceOnly: 'The statement checks only the audience, which every token of the tenant can have',
  SubjectMissing: 'No condition of the statement restricts the subject',
};

function nameOpening(scene: Scene, provider: NamedProvider): keyof typeof openings {
  if (scene.statement.conditions.length === 0) return 'ConditionMissing';
  const audience = [...findMeant(scene, provider, 'aud'), ...findMeant(scene, provider, 'oaud')];
  return provider.kind?.startsWith('entra') === true && audience.length > 0 ? 'AudienceOnly' : 'SubjectMissing';
}

/** What the statement asks besides stays to be met; a provider that is mistaken allows nobody yet. */
function describeAccess({ statement, policy }: Scene, provider: NamedProvider, certain: boolean): string {
  if (!isRight(provider)) return 'will be able to assume the role as soon as the provider is named correctly';
  if (certain) return 'can assume the role';
  const claims = ['sub', 'aud', 'oaud'];
  const others = statement.conditions.filter(
    one => !claims.includes(parseClaimKey(one.key)?.claim.toLowerCase() ?? ''),
  );
  const keys = [...new Set(others.map(({ key }) => key))];
  if (keys.length > 0 && policy.unknownElements.length === 0) {
    return `that meets the other conditions (${keys.join(', ')}) can assume the role`;
  }
  return 'may be able to assume the role: only AWS can tell';
}

function describeAll({ meant, arn, kind }: NamedProvider): string {
  if (meant?.kind === 'azure-devops') return `every pipeline of organization ${meant.organizationId}`;
  if (meant?.kind === 'entra') return `every application and managed identity of tenant ${meant.tenantId}`;
  const former = readFormerEntraIssuer(arn.url);
  if (former?.isMicrosoft === true) {
    return "every customer's Microsoft Sentinel or Defender for Cloud, since the tenant is Microsoft's,";
  }
  if (former !== undefined) return `every application and managed identity of tenant ${former.tenantId}`;
  if (kind === 'azure-devops') return 'every pipeline of the organization';
  if (kind === 'entra') return 'every application and managed identity of the tenant';
  return nameIssuer(arn.url)?.callers ?? `everyone with a token from ${arn.url}`;
}

/** Where the issuer is one company's own, strangers have no token of it. */
function isOneCompanys({ arn }: NamedProvider): boolean {
  return nameIssuer(arn.url)?.isShared === false;
}

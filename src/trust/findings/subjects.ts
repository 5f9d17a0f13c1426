import { nameIssuer } from '../scene/known-issuers.ts';
import { parseClaimKey } from '../web-identity.ts';
import { narrowStatement } from '../corrections/narrow.ts';
import { allowsStranger, isPinned, judgeAnyone } from '../scene/guards.ts';
import { findAbsentKeys } from './absent-keys.ts';
import { describeAll, describeGuard } from './opening.ts';
import { isOperatorMistaken } from './operator-names.ts';
import {
  describeApplication,
  findOtherWorkload,
  isForApplication,
  isNamedByItsSession,
  isUnlikely,
} from './other-workloads.ts';
import { propose, type Proposal } from './proposal.ts';
import { allowsWebIdentity, findMeant, isRight, showUrl, type NamedProvider, type Scene } from '../scene/scene.ts';
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
    // If a pattern allows strangers, that is the finding.
    const missing = open && wildcards.length === 0 ? findOpening(scene, provider) : [];
    return [...missing, ...wildcards, ...findLiterals(scene, provider), ...others];
  });
}

/** Of some issuers AWS tells the callers apart by another claim than the subject, or by the session's name. */
function findOpening(scene: Scene, provider: NamedProvider): readonly Proposal[] {
  if (isNamedByItsSession(scene, provider)) return [];
  if (!isForApplication(scene, provider)) return [reportOpen(scene, provider)];
  return nameIssuer(provider.arn.url) === undefined ? [reportApplication(scene, provider)] : [];
}

/**
 * The application's owner decides who gets its tokens, so that it is theirs to narrow.
 *
 * @see https://learn.microsoft.com/entra/identity-platform/howto-restrict-your-app-to-a-set-of-users
 */
function reportApplication(scene: Scene, provider: NamedProvider): Proposal {
  const isCertain = judgeAnyone(scene, provider) === 'allowed' && !isUnlikely(scene, provider);
  const can = describeAccess(scene, provider, isCertain);
  const means = `The statement checks only the audience: everyone who can get a token for ${describeApplication(scene, provider) ?? ''} ${can}. By default that is ${describeAll(provider)}; only the application's setting "Assignment required" limits it.`;
  const remedy = `Ask the application's owner to add StringEquals on ${showUrl(provider)}:sub with the object IDs of the callers that may assume the role. CloudTrail shows who uses it today (AssumeRoleWithWebIdentity).`;
  const claim = { allows: 'anyone', issuer: provider.arn.url } as const;
  return propose(scene, { code: 'AudienceOnly', severity: 'high', means, remedy }, { provider, claim });
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

const openings = {
  ConditionMissing: 'The statement has no Condition',
  AudienceOnly: 'The statement checks only the audience, which every token from the tenant can have',
  SubjectMissing: 'No condition of the statement restricts the subject',
};

function nameOpening(scene: Scene, provider: NamedProvider): keyof typeof openings {
  if (scene.statement.conditions.length === 0) return 'ConditionMissing';
  const audience = [...findMeant(scene, provider, 'aud'), ...findMeant(scene, provider, 'oaud')];
  return provider.kind?.startsWith('entra') === true && audience.length > 0 ? 'AudienceOnly' : 'SubjectMissing';
}

/** What the statement asks besides stays to be met; a provider that is mistaken allows nobody yet. */
function describeAccess(scene: Scene, provider: NamedProvider, certain: boolean): string {
  const { statement, policy } = scene;
  if (!isRight(provider)) return 'will be able to assume the role as soon as the provider is named correctly';
  if (certain) return 'can assume the role';
  const claims = ['sub', 'aud', 'oaud'];
  const others = statement.conditions.filter(
    one => !claims.includes(parseClaimKey(one.key)?.claim.toLowerCase() ?? ''),
  );
  const keys = [...new Set(others.map(({ key }) => key))];
  if (findAbsentKeys(scene).length > 0) {
    return `will be able to assume the role as soon as the conditions that no request meets (${keys.join(', ')}) are removed`;
  }
  if (keys.length > 0 && policy.unknownElements.length === 0) {
    return `that meets the other conditions (${keys.join(', ')}) can assume the role`;
  }
  return 'may be able to assume the role: only AWS knows';
}

/** Where the issuer is one company's own, strangers have no token of it. */
function isOneCompanys({ arn }: NamedProvider): boolean {
  return nameIssuer(arn.url)?.isShared === false;
}

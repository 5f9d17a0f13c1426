import { readIdentity } from '../../identity/audience.ts';
import { listRequests } from '../admission.ts';
import { strangersConnection } from '../callers.ts';
import { evaluateTrust, type Decision } from '../evaluate.ts';
import type { Account } from '../oidc-provider.ts';
import { nameIssuer } from '../scene/known-issuers.ts';
import { nameClaim } from '../web-identity.ts';
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
  const means = `The statement checks only the audience: ${describeApplicationCallers(scene, provider)}; only the application's setting "Assignment required" limits it.`;
  const remedy = `Ask the application's owner to add StringEquals on ${showUrl(provider)}:sub with the subjects of the callers that may assume the role (an application's is its object ID). CloudTrail shows who uses it today (AssumeRoleWithWebIdentity).`;
  const claim = { allows: 'anyone', issuer: provider.arn.url } as const;
  return propose(scene, { code: 'AudienceOnly', severity: 'high', means, remedy }, { provider, claim });
}

/**
 * Users' ID tokens have no `azp`, so that it is their audience that AWS compares. Other tokens of version 2.0 have the caller's
 * own ID as `azp`; those of version 1.0 have none.
 *
 * @see https://learn.microsoft.com/entra/identity-platform/id-token-claims-reference
 * @see https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference
 */
function describeApplicationCallers(scene: Scene, provider: NamedProvider): string {
  const certain = judgeAnyone(scene, provider) === 'allowed' && !isUnlikely(scene, provider);
  const can = describeAccess(scene, provider, certain);
  const application = describeApplication(scene, provider) ?? '';
  if (provider.kind === 'entra' && isRight(provider) && !isUnlikely(scene, provider)) {
    const tenant = provider.meant?.kind === 'entra' ? `tenant ${provider.meant.tenantId}` : 'the tenant';
    return `everyone who signs in to ${application} ${can}, and every application that can get a token for it may: ${azpOrAud}. By default that is every user, application and managed identity of ${tenant}`;
  }
  return `everyone who can get a token for ${application} ${can}. By default that is ${describeAll(provider)}`;
}

const azpOrAud = "AWS appears to compare a token's azp (an application's own ID) if it has one, else its aud";

function reportOpen(scene: Scene, provider: NamedProvider): Proposal {
  const code = nameOpening(scene, provider);
  const means = `${openings[code]}: ${describeCallers(scene, provider, code)}.`;
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

/**
 * Of an Entra issuer's audiences only connections' tokens surely have what AWS compares: those of applications have their own
 * ID as `azp`.
 */
function describeCallers(scene: Scene, provider: NamedProvider, code: keyof typeof openings): string {
  const can = describeAccess(scene, provider, judgeAnyone(scene, provider) === 'allowed');
  if (code !== 'AudienceOnly' || provider.kind !== 'entra' || !isRight(provider)) {
    return `${describeAll(provider)} ${can}`;
  }
  const connections = judgeConnections(scene, provider);
  const others = `${describeAll(provider)} may be able to assume the role: ${azpOrAud}`;
  if (connections === 'denied') return others;
  const all = `every service connection of every Azure DevOps organization in the tenant ${describeAccess(scene, provider, connections === 'allowed')}`;
  return `${all}, and ${others}`;
}

/** What a service connection gets that nobody means, by both readings of its tokens. */
function judgeConnections({ policy, statement, known }: Scene, provider: NamedProvider): Decision {
  const identity = readIdentity({ iss: `https://${provider.arn.url}`, sub: strangersConnection });
  const { partition, accountId } = provider.arn;
  const denies = policy.statements.filter(({ effect }) => effect === 'Deny');
  const account = known.account ?? { partition: partition as Account['partition'], accountId };
  if (identity === undefined) return 'denied';
  const decisions = listRequests(identity, account).map(
    request => evaluateTrust({ ...policy, statements: [statement, ...denies] }, request).decision,
  );
  const [first = 'denied'] = decisions;
  return decisions.every(one => one === first) ? first : 'unknown';
}

const openings = {
  ConditionMissing: 'The statement has no Condition',
  AudienceOnly: 'The statement checks only the audience',
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
  const others = statement.conditions.filter(one => !claims.includes(nameClaim(one.key) ?? ''));
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

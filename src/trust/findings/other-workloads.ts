import { isGuid } from '../../identity/issuer.ts';
import { nameIssuer, readFormerEntraIssuer } from '../scene/known-issuers.ts';
import { isHard, readValuePatterns } from '../conditions.ts';
import { showPattern } from '../pattern-overlap.ts';
import { isFormOfOurs } from '../scene/subject-forms.ts';
import { isOtherAudience } from '../corrections/meant.ts';
import { propose, type Proposal } from './proposal.ts';
import { findMeant, type NamedProvider, type Scene } from '../scene/scene.ts';

/**
 * Returns whose a statement is if it is not for service connections: another issuer's callers, a managed identity, an
 * application, a service of Microsoft's. It is theirs to change, so that nothing is corrected.
 */
export function findOtherWorkload(scene: Scene, provider: NamedProvider): readonly Proposal[] {
  const whose = provider.urlFaults.length === 0 ? describeOthers(scene, provider) : undefined;
  if (whose === undefined || isForOurs(scene, provider)) return [];
  const essentials = { code: 'OtherWorkload', severity: 'low' } as const;
  // Where the keys of both are in it, another finding shows it split.
  if (scene.providers.some(other => other !== provider && isOurs(other))) {
    const means = `The statement also trusts ${whose}.${describeVersion(scene, provider)}`;
    return [propose(scene, { ...essentials, means, remedy: split }, { provider })];
  }
  if (listExact(scene, provider, 'sub').some(isFormOfOurs)) {
    const means = `The statement also trusts ${whose}.`;
    return [propose(scene, { ...essentials, means, remedy: separate }, { provider })];
  }
  const means = `The statement is for ${whose}: no service connection has such a token.${describeVersion(scene, provider)}`;
  const remedy = `Leave it unchanged for its owner. ${ownStatement}`;
  return [propose(scene, { ...essentials, means, remedy }, { provider })];
}

function isOurs({ kind }: NamedProvider): boolean {
  return kind === 'azure-devops' || kind === 'entra';
}

const split =
  'Split it first: one statement for each provider, with only its own keys. Then change the one for the service connections, and leave the other for its owner.';
const separate = 'Give the service connections their own statement, and leave this one for its owner.';

/** Returns whether all subjects of another issuer's statement are of the forms that service connections have. */
export function isForOurs(scene: Scene, provider: NamedProvider): boolean {
  const values = findMeant(scene, provider, 'sub').flatMap(({ condition }) => condition.values);
  return provider.kind === undefined && values.length > 0 && values.every(isFormOfOurs);
}

const ownStatement = 'A service connection needs its own statement.';

/** Returns the proposals with no advice to leave a statement unchanged that has other findings. */
export function askOwners(proposals: readonly Proposal[]): readonly Proposal[] {
  return proposals.map(proposal => {
    if ([split, separate].includes(proposal.remedy)) return proposal;
    const isAlone = proposals.every(one => one === proposal || one.statement?.index !== proposal.statement?.index);
    if (proposal.code !== 'OtherWorkload' || isAlone) return proposal;
    const remedy = `Only its owner should change it: pass the other findings for this statement on to them. ${ownStatement}`;
    return { ...proposal, remedy };
  });
}

/**
 * Returns whether a statement asks only for audiences that tokens of its issuer probably never have.
 *
 * Tokens of version 2.0 have an application's client id as audience, those of version 1.0 may have its URI.
 *
 * @see https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference
 */
export function isUnlikely(scene: Scene, provider: NamedProvider): boolean {
  const audiences = listExact(scene, provider, 'aud');
  return provider.kind === 'entra' && audiences.length > 0 && audiences.every(one => one.startsWith('api://'));
}

function describeVersion(scene: Scene, provider: NamedProvider): string {
  if (!isUnlikely(scene, provider)) return '';
  const audiences = listExact(scene, provider, 'aud');
  return ` According to Microsoft's documentation, tokens from this issuer have an application's client ID as aud, so ${audiences.join(', ')} may never match.`;
}

function describeOthers(scene: Scene, provider: NamedProvider): string | undefined {
  if (provider.kind === 'entra') return describeObjects(scene, provider) ?? describeCallers(scene, provider);
  const former = readFormerEntraIssuer(provider.arn.url);
  if (former?.isMicrosoft === true) return "Microsoft's own services (Microsoft Sentinel, Defender for Cloud)";
  if (former !== undefined) {
    return (
      describeObjects(scene, provider) ??
      describeCallers(scene, provider) ??
      `applications and managed identities of tenant ${former.tenantId}, with tokens of version 1.0`
    );
  }
  if (provider.kind !== undefined) return undefined;
  const known = nameIssuer(provider.arn.url);
  return known === undefined ? `another issuer, ${provider.arn.url}` : `${known.name} (${provider.arn.url})`;
}

/** A managed identity's or an application's subject is its object id. */
function describeObjects(scene: Scene, provider: NamedProvider): string | undefined {
  const objects = listExact(scene, provider, 'sub').filter(isGuid);
  if (objects.length === 0) return undefined;
  return `a managed identity or an application of the tenant (object ID ${objects.join(', ')})`;
}

function describeCallers(scene: Scene, provider: NamedProvider): string | undefined {
  const application = describeApplication(scene, provider);
  return application === undefined ? undefined : `callers of ${application}`;
}

/** Returns which application's audience a statement asks for; undefined if it asks for none that is another application's. */
export function describeApplication(scene: Scene, provider: NamedProvider): string | undefined {
  if (!isForApplication(scene, provider)) return undefined;
  const shown = findMeant(scene, provider, 'aud').flatMap(({ condition }) => condition.values);
  return `the application ${[...new Set(shown)].join(', ')}`;
}

function listExact(scene: Scene, provider: NamedProvider, claim: string): readonly string[] {
  const { version } = scene.policy;
  return findMeant(scene, provider, claim).flatMap(({ condition }) =>
    readValuePatterns(condition, version)
      .filter(one => one.isExact)
      .map(showPattern),
  );
}

/** Returns whether a statement asks for an application's audience, which tokens of service connections never have. */
export function isForApplication(scene: Scene, provider: NamedProvider): boolean {
  const { version } = scene.policy;
  const conditions = findMeant(scene, provider, 'aud')
    .map(({ condition }) => condition)
    .filter(isHard);
  if (nameIssuer(provider.arn.url)?.audience !== undefined) {
    return conditions.some(one => readValuePatterns(one, version).every(({ isExact }) => isExact));
  }
  if (readFormerEntraIssuer(provider.arn.url)?.isMicrosoft === true) return false;
  if (provider.kind?.startsWith('entra') !== true) return false;
  return conditions.some(
    one => isOtherAudience(one, version) && readValuePatterns(one, version).every(({ isExact }) => isExact),
  );
}

/**
 * Returns whether a statement is for a service of Microsoft's that the session's name tells customers apart by.
 *
 * @see https://learn.microsoft.com/azure/sentinel/connect-aws-configure-environment
 */
export function isNamedByItsSession({ statement }: Scene, { arn }: NamedProvider): boolean {
  if (readFormerEntraIssuer(arn.url)?.isMicrosoft !== true) return false;
  const session = /^Microsoft(?:Sentinel|DefenderForClouds?)_[0-9a-f-]{36}$/i;
  return statement.conditions.some(
    one =>
      one.key.toLowerCase() === 'sts:rolesessionname' && isHard(one) && one.values.every(value => session.test(value)),
  );
}

import { readOperator, isPositive, readValuePatterns } from '../conditions.ts';
import { hasWildcards } from '../pattern-overlap.ts';
import { allowsStranger, isPinned } from '../scene/guards.ts';
import { nameIssuer, readFormerEntraIssuer } from '../scene/known-issuers.ts';
import {
  allowsWebIdentity,
  findMeant,
  isMeantFor,
  isRight,
  showUrl,
  type NamedProvider,
  type Scene,
} from '../scene/scene.ts';
import { isFormOfOther } from '../scene/subject-forms.ts';
import type { Condition } from '../trust-policy.ts';
import type { FindingCode } from './finding.ts';
import type { Proposal } from './proposal.ts';
import { isNamedByItsSession } from './other-workloads.ts';
import { isTemplate } from './subject-patterns.ts';

/** Findings of a statement that allows nobody because of a mistake: without the mistake, all its other conditions decide. */
const reviving: readonly FindingCode[] = [
  'PrincipalNotProvider',
  'PrincipalWildcard',
  'ActionWrong',
  'OperatorUnknown',
  'ElementUnknown',
  'KeyNotInRequest',
  'NetworkCondition',
  'WildcardInStringEquals',
  'OriginalAudienceWrong',
  'ClaimNotExposed',
  'KeyPrefixMistaken',
  'KeyOfOtherProvider',
  'KeysOfSeveralProviders',
  'ProviderUrlMistaken',
  'ProviderOfOtherAccount',
  'ProviderOfOtherPartition',
];

/**
 * Returns a proposal whose remedy, followed alone, opens no role: if the statement would then allow anyone of an issuer, or
 * all connections that a pattern matches, the remedy begins with what protects it.
 */
export function protectFirst(proposal: Proposal): Proposal {
  const { scene, code, severity, remedy } = proposal;
  if (scene === undefined || severity === 'low' || !reviving.includes(code) || !isForTokens(scene)) return proposal;
  const providers = (proposal.provider === undefined ? scene.providers : [proposal.provider]).filter(
    one => code === 'KeyNotInRequest' || !isRight(one) || !allowsStranger(scene, one),
  );
  const first = [...protectOpen(scene, providers), ...narrowPatterns(scene, providers)].join(' ');
  if (first === '') return proposal;
  return { ...proposal, remedy: `${first} Then ${remedy.charAt(0).toLowerCase()}${remedy.slice(1)}` };
}

/** Of an Allow with a wrong action the remedy is the right one. */
function isForTokens(scene: Scene): boolean {
  return allowsWebIdentity(scene) || (scene.statement.effect === 'Allow' && scene.providers.length > 0);
}

function protectOpen(scene: Scene, providers: readonly NamedProvider[]): readonly string[] {
  const open = providers.filter(
    one => !isPinned(scene, one) && listSubjects(scene, one).length === 0 && !isToldApartOtherwise(scene, one),
  );
  if (open.length === 0) return [];
  const [guards, callers] = [open.map(describeGuard), open.map(describeAll)];
  return [
    `First add StringEquals on ${guards.join(' and ')}: without it, this change allows ${callers.join(' and ')}.`,
  ];
}

function narrowPatterns(scene: Scene, providers: readonly NamedProvider[]): readonly string[] {
  const open = providers.filter(one => {
    const subjects = listSubjects(scene, one);
    const isOpen = subjects.every(subject => subject.values.some(value => isPattern(subject, value, scene, one)));
    return one.kind !== undefined && subjects.length > 0 && isOpen && !isPinned(scene, one);
  });
  if (open.length === 0) return [];
  const keys = open.map(one => `${showUrl(one)}:sub`).join(' and ');
  return [
    `First replace the pattern on ${keys} with the subjects of the connections that may assume the role: otherwise this change allows every connection that it matches.`,
  ];
}

/** Conditions that are meant to say whose a token is, those with an operator that IAM does not have among them. */
function listSubjects({ keys }: Scene, provider: NamedProvider): readonly Condition[] {
  return keys
    .filter(key => key.claim.toLowerCase() === 'sub' && isMeantFor(key, provider))
    .map(({ condition }) => condition)
    .filter(one => isPositive(one) || (readOperator(one.operator) === undefined && !one.operator.includes('Not')));
}

function isPattern(
  { operator }: Condition,
  value: string,
  { policy: { version } }: Scene,
  provider: NamedProvider,
): boolean {
  if (readOperator(operator) === undefined) return hasWildcards(value, version);
  const patterns = readValuePatterns({ operator, key: '', values: [value] }, version);
  return patterns.some(one => !one.isExact && !isTemplate(one) && !isFormOfOther(one, provider));
}

function isToldApartOtherwise(scene: Scene, provider: NamedProvider): boolean {
  if (isNamedByItsSession(scene, provider)) return true;
  return nameIssuer(provider.arn.url)?.audience !== undefined && findMeant(scene, provider, 'aud').length > 0;
}

/** Returns what AWS tells the callers of an issuer apart by: the key to add, and its values. */
export function describeGuard(provider: NamedProvider): string {
  const url = showUrl(provider);
  if (readFormerEntraIssuer(provider.arn.url)?.isMicrosoft === true) {
    return 'sts:RoleSessionName with MicrosoftSentinel_<workspace id>, or what Microsoft documents for the service';
  }
  const audience = nameIssuer(provider.arn.url)?.audience;
  if (audience !== undefined) return `${url}:aud with ${audience} that may assume it`;
  return `${url}:sub with the subjects of ${provider.kind === undefined ? 'the callers' : 'the connections'} that may assume it`;
}

/** Returns who has tokens from a provider's issuer. */
export function describeAll({ meant, arn, kind }: NamedProvider): string {
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

import { isGuid } from '../../identity/guid.ts';
import { formatIssuer, type KnownIssuer } from '../../identity/issuer.ts';
import { parseSubject } from '../../identity/subject.ts';
import { formatProviderArn, isGithub, recogniseIssuer, stripScheme, type UrlMistake } from '../oidc-provider.ts';
import { changeProvider } from './corrections.ts';
import type { Finding } from './finding.ts';
import { reportGithub } from './key-prefixes.ts';
import { findPositive, found, type NamedProvider, type Scene } from './scene.ts';

/** Returns where a statement names a provider otherwise than AWS and the issuers do. */
export function findProviderMistakes(scene: Scene): readonly Finding[] {
  return scene.providers.flatMap(provider => [...findAccount(scene, provider), ...findUrl(scene, provider)]);
}

const mistakes: Readonly<Record<UrlMistake, string>> = {
  'scheme-included': 'it begins with https://',
  'letter-case': 'it has capital letters',
  'trailing-slash': 'it ends with a slash',
  'version-missing': 'it lacks /v2.0 at its end',
};

function findAccount(scene: Scene, provider: NamedProvider): readonly Finding[] {
  const { account } = scene.known;
  if (account === undefined) return [];
  const { arn } = provider;
  const corrected = changeProvider(scene, provider.text, formatProviderArn(arn.url, account));
  const findings: Finding[] = [];
  if (arn.accountId !== account.accountId) {
    const means = `The provider is of account ${arn.accountId}, the role of ${account.accountId}: AWS looks for it in the role's account only.`;
    const remedy = `Make the provider in account ${account.accountId} and name that one.`;
    findings.push(found(scene, { code: 'ProviderOfOtherAccount', severity: 'medium', means, remedy }, corrected));
  }
  if (arn.partition !== account.partition) {
    const means = `The provider is of partition ${arn.partition}, the role of ${account.partition}: AWS does not find it.`;
    const remedy = `Write arn:${account.partition}: in front.`;
    findings.push(found(scene, { code: 'ProviderOfOtherPartition', severity: 'medium', means, remedy }, corrected));
  }
  return findings;
}

/** @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc.html */
function findUrl(scene: Scene, provider: NamedProvider): readonly Finding[] {
  const { arn, meant } = provider;
  if (isGithub(arn.url)) {
    const forOurs = scene.keys.some(({ prefix }) => recogniseIssuer(prefix) !== undefined);
    return forOurs ? [reportGithub(scene, arn.url)] : [];
  }
  const former = findFormer(scene, provider);
  if (former !== undefined) return [reportUrl(scene, provider, former, 'it is that of tokens of version 1.0')];
  if (meant === undefined || meant.mistakes.length === 0) return [];
  return [reportUrl(scene, provider, meant.issuer, meant.mistakes.map(one => mistakes[one]).join(', '))];
}

function reportUrl(scene: Scene, provider: NamedProvider, meant: KnownIssuer, mistake: string): Finding {
  const { text, arn } = provider;
  const issuer = formatIssuer(meant);
  const right = text.slice(0, -arn.url.length) + stripScheme(issuer);
  return found(
    scene,
    {
      code: 'ProviderUrlMistaken',
      severity: 'medium',
      means: `The provider's URL "${arn.url}" is not the issuer's: ${mistake}. AWS compares every letter, so no token matches.`,
      remedy: `Make the provider for ${issuer} and name it here: ${right}.`,
    },
    changeProvider(scene, text, right),
  );
}

/**
 * Returns the issuer that a tenant's issuer of version 1.0 was meant for; undefined for other providers, and where the
 * statement's subjects are no service connections': managed identities do have such tokens.
 *
 * @see https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference
 */
function findFormer(scene: Scene, provider: NamedProvider): KnownIssuer | undefined {
  const tenantId = /^sts\.windows\.net\/([^/]+)\/?$/i.exec(provider.arn.url)?.[1];
  const subjects = findPositive(scene, provider, 'sub').flatMap(({ condition }) => condition.values);
  const isForOthers = subjects.length > 0 && subjects.every(one => parseSubject(one).kind === 'unknown');
  if (tenantId === undefined || !isGuid(tenantId) || isForOthers) return undefined;
  return { kind: 'entra', tenantId };
}

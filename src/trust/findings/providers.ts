import { formatIssuer } from '../../identity/issuer.ts';
import { formatProviderArn, isGithub, recogniseIssuer, stripScheme, type UrlMistake } from '../oidc-provider.ts';
import type { PolicyDocument } from '../trust-policy.ts';
import type { Finding } from './finding.ts';
import { reportGithub } from './key-prefixes.ts';
import { changeStatement, found, type NamedProvider, type Scene } from './scene.ts';

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
  const corrected = correctPrincipal(scene, provider, formatProviderArn(arn.url, account));
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
  if (meant === undefined || meant.mistakes.length === 0) return [];
  const issuer = formatIssuer(meant.issuer);
  const right = provider.text.slice(0, -arn.url.length) + stripScheme(issuer);
  return [
    found(
      scene,
      {
        code: 'ProviderUrlMistaken',
        severity: 'medium',
        means: `The provider's URL "${arn.url}" is not the issuer's: ${meant.mistakes.map(one => mistakes[one]).join(', ')}. AWS compares every letter, so no token matches.`,
        remedy: `Make the provider for ${issuer} and name it here: ${right}.`,
      },
      correctPrincipal(scene, provider, right),
    ),
  ];
}

function correctPrincipal(scene: Scene, { text }: NamedProvider, right: string): PolicyDocument {
  const listed = scene.statement.principals.listed.map(one => (one.value === text ? { ...one, value: right } : one));
  const types = [...new Set(listed.map(({ type }) => type))];
  const entries = types.map(type => {
    const [first = '', ...rest] = listed.filter(one => one.type === type).map(({ value }) => value);
    return [type, rest.length === 0 ? first : [first, ...rest]] as const;
  });
  return changeStatement(scene, element => ({ ...element, Principal: Object.fromEntries(entries) }));
}

import { formatIssuer } from '../../identity/issuer.ts';
import { formatProviderArn, stripScheme } from '../oidc-provider.ts';
import { narrowConditions } from '../corrections/narrow.ts';
import { rightProvider } from '../corrections/candidates.ts';
import { claimNobody, propose, type Proposal } from './proposal.ts';
import { readKey, showUrl, type NamedProvider, type Scene } from '../scene/scene.ts';

/** Returns where a statement names a provider otherwise than AWS and the issuers do. */
export function findProviderMistakes(scene: Scene): readonly Proposal[] {
  return scene.providers.flatMap(provider => [...findAccount(scene, provider), ...findUrl(scene, provider)]);
}

function findAccount(scene: Scene, provider: NamedProvider): readonly Proposal[] {
  const { account } = scene.known;
  const { arn, fault } = provider;
  // What is no provider's ARN is said once, and what IAM accepts by name is of no account.
  if (account === undefined || fault !== undefined || arn.accountId === '') return [];
  if (arn.accountId === account.accountId && arn.partition === account.partition) return [];
  const optional = { provider, claim: claimNobody(scene, provider), candidates: [rightProvider(scene, provider)] };
  const proposals: Proposal[] = [];
  if (arn.accountId !== account.accountId) {
    const means = `The provider belongs to account ${arn.accountId}, but the role to ${account.accountId}: AWS looks for the provider only in the role's account.`;
    const right = formatProviderArn(showUrl(provider), account);
    const remedy =
      removeTwin(scene, right) ?? `Create the provider in account ${account.accountId} and name it here: ${right}.`;
    proposals.push(propose(scene, { code: 'ProviderOfOtherAccount', severity: 'medium', means, remedy }, optional));
  }
  if (arn.partition !== account.partition) {
    const means = `The provider is in partition ${arn.partition}, but the role is in ${account.partition}: AWS cannot find it.`;
    const right = formatProviderArn(showUrl(provider), account);
    const remedy = removeTwin(scene, right) ?? `Start the ARN with arn:${account.partition}: instead.`;
    proposals.push(propose(scene, { code: 'ProviderOfOtherPartition', severity: 'medium', means, remedy }, optional));
  }
  return proposals;
}

/** Where the statement names the right provider, too, the wrong one is superfluous. */
function removeTwin({ providers }: Scene, right: string | undefined): string | undefined {
  return providers.some(({ text }) => text === right) ? `Remove it: the statement also names ${right}.` : undefined;
}

/** @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc.html */
function findUrl(scene: Scene, provider: NamedProvider): readonly Proposal[] {
  const { known } = scene;
  const { arn, meant, urlFaults, kind } = provider;
  if (urlFaults.length === 0) return [];
  const means = `The provider's URL "${arn.url}" is not the issuer's: ${urlFaults.join(', ')}. AWS compares every character, so no token matches.`;
  const isIdMissing = meant === undefined && kind === 'azure-devops';
  const slash = kind === 'entra-v1' ? ', including the trailing slash' : '';
  const hint = isIdMissing ? ' (aws-wif organization-id finds the ID)' : slash;
  const right = known.account === undefined ? undefined : formatProviderArn(showUrl(provider), known.account);
  const hasKeys = scene.keys.some(({ prefix }) => prefix.toLowerCase() === arn.url.toLowerCase());
  const remedy =
    (hasKeys ? undefined : removeTwin(scene, right)) ??
    `Create the provider for https://${showUrl(provider)}${hint}, and name it here and in every condition key.`;
  const renamed = rightProvider(scene, provider);
  // Right, it may allow more than is meant: then it is narrowed to what is known, too.
  const conditions = narrowConditions(asIfRight(scene, provider), provider);
  const narrowed = conditions === undefined ? undefined : rightProvider(scene, provider, conditions);
  return [
    propose(
      scene,
      { code: 'ProviderUrlMistaken', severity: 'medium', means, remedy },
      { provider, claim: claimNobody(scene, provider), candidates: [renamed, narrowed] },
    ),
  ];
}

/** The statement as it would be with the right provider in it, and its keys. */
function asIfRight(scene: Scene, { arn, meant }: NamedProvider): Scene {
  const { statement, known } = scene;
  if (meant === undefined || known.account === undefined) return scene;
  const value = formatProviderArn(formatIssuer(meant), known.account);
  const prefix = `${arn.url.toLowerCase()}:`;
  const conditions = statement.conditions.map(one => {
    if (!one.key.toLowerCase().startsWith(prefix)) return one;
    return { ...one, key: `${stripScheme(formatIssuer(meant))}:${one.key.slice(prefix.length)}` };
  });
  const principals = { negated: false, listed: [{ type: 'Federated', value }] };
  return { ...scene, statement: { ...statement, principals, conditions }, keys: conditions.flatMap(readKey) };
}

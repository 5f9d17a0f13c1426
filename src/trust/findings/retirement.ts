import { azureDevOpsIssuerRetires, isPublicCloud } from '../../identity/issuer.ts';
import { judgePolicy, judgeStatementFor } from '../admission.ts';
import { addStatements } from '../corrections/candidates.ts';
import { describeDeniedTwins } from '../corrections/denied-twins.ts';
import { isShutOut } from './key-prefixes.ts';
import { findCounterpart } from '../corrections/meant.ts';
import type { Proposal } from './proposal.ts';
import { allowsWebIdentity, findMeant, type Scene } from '../scene/scene.ts';

/** Returns a finding where all of a policy rests on the issuer that is being retired. */
export function findRetiringIssuer(scenes: readonly Scene[]): readonly Proposal[] {
  const [scene] = scenes;
  const providers = scenes
    .filter(allowsWebIdentity)
    .flatMap(one => one.providers.filter(provider => !isShutOut(one, provider)));
  const kinds = new Set(providers.map(({ kind }) => kind));
  if (scene === undefined || !isPublicCloud(scene.known.environment)) return [];
  if (!kinds.has('azure-devops') || kinds.has('entra')) return [];
  return [
    {
      code: 'RetiringIssuerOnly',
      severity: 'medium',
      statement: undefined,
      scene: undefined,
      provider: undefined,
      claim: undefined,
      means: `The policy trusts Azure DevOps only through the Azure DevOps issuer, which retires on ${azureDevOpsIssuerRetires} (multitenant applications are exempt).`,
      remedy: describeRemedy(scenes),
      candidates: [addStatements(scene, listTwins(scene))],
      concerns: () => false,
    },
  ];
}

/** A pipeline's own subject (`p://`) has no counterpart: the Entra issuer names service connections only. */
function describeRemedy(scenes: readonly Scene[]): string {
  const values = scenes
    .filter(allowsWebIdentity)
    .flatMap(scene => scene.providers.flatMap(provider => findMeant(scene, provider, 'sub')))
    .flatMap(({ condition }) => condition.values);
  const pipelines = values.filter(value => /^p:\/\//i.test(value));
  const isForPipelines = values.length > 0 && pipelines.length === values.length;
  return [
    ...(isForPipelines ? [] : [...describeDeniedTwins(scenes), convert]),
    ...(pipelines.length === 0 ? [] : [replacePipelines]),
  ].join(' ');
}

const convert =
  'Add a statement with the Microsoft Entra subjects of the same connections, convert the connections, then remove the old statement (aws-wif migrate).';
const replacePipelines =
  'The Microsoft Entra issuer has no subjects for pipelines (p://): create a service connection for each of these pipelines, and trust its Microsoft Entra subject instead.';

/**
 * The Entra identities of connections that the policy allows today: of others nobody said that they should be allowed. Those
 * that a Deny denies would get nothing by a statement.
 */
function listTwins({ policy, known: { account, identities } }: Scene) {
  if (account === undefined) return [];
  return identities.filter(identity => {
    const old = identity.issuer.kind === 'entra' ? findCounterpart(identity, identities) : undefined;
    if (old === undefined || judgePolicy(policy, old, account).decision !== 'allowed') return false;
    const denies = policy.statements.filter(({ effect }) => effect === 'Deny');
    return denies.every(deny => judgeStatementFor(policy, deny, identity, account) !== true);
  });
}

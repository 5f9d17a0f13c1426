import { azureDevOpsIssuerRetires, isPublicCloud } from '../../identity/issuer.ts';
import { judgePolicy } from '../admission.ts';
import { addStatements } from '../corrections/candidates.ts';
import { isShutOut } from './key-prefixes.ts';
import { findCounterpart } from '../corrections/meant.ts';
import type { Proposal } from './proposal.ts';
import { allowsWebIdentity, type Scene } from '../scene/scene.ts';

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
      means: `The policy trusts only the Azure DevOps issuer, which retires on ${azureDevOpsIssuerRetires} (multitenant applications are exempt).`,
      remedy:
        'Trust the Microsoft Entra issuer as well, convert the connection, then remove the old statement (aws-wif migrate).',
      candidates: [addStatements(scene, listTwins(scene))],
      concerns: () => false,
    },
  ];
}

/** The Entra identities of connections that the policy allows today: of others nobody said that they should be allowed. */
function listTwins({ policy, known: { account, identities } }: Scene) {
  if (account === undefined) return [];
  return identities.filter(identity => {
    const old = identity.issuer.kind === 'entra' ? findCounterpart(identity, identities) : undefined;
    return old !== undefined && judgePolicy(policy, old, account).decision === 'allowed';
  });
}

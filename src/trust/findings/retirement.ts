import { azureDevOpsIssuerRetires } from '../../identity/issuer.ts';
import { buildForIdentities } from '../build.ts';
import type { PolicyDocument } from '../trust-policy.ts';
import type { Finding } from './finding.ts';
import { allowsWebIdentity, type Scene } from './scene.ts';

/** Returns a finding where all of a policy rests on the issuer that is being retired. */
export function findRetiringIssuer(scenes: readonly Scene[]): readonly Finding[] {
  const [scene] = scenes;
  const providers = scenes.filter(allowsWebIdentity).flatMap(one => one.providers);
  const kinds = new Set(providers.map(({ meant }) => meant?.issuer.kind));
  const environment = scene?.known.environment ?? 'AzureCloud';
  if (scene === undefined || environment !== 'AzureCloud' || !kinds.has('azure-devops') || kinds.has('entra'))
    return [];
  return [
    {
      code: 'RetiringIssuerOnly',
      severity: 'medium',
      statement: undefined,
      means: `The policy trusts the Azure DevOps issuer only, which is retired on ${azureDevOpsIssuerRetires} (multitenant applications are exempt).`,
      remedy:
        'Trust the Entra issuer besides, convert the connection, then remove the old statement (aws-wif migrate).',
      corrected: addEntra(scene),
    },
  ];
}

function addEntra({ policy: { document }, known }: Scene): PolicyDocument | undefined {
  const identities = known.identities?.filter(({ issuer }) => issuer.kind === 'entra') ?? [];
  if (known.account === undefined || identities.length === 0) return undefined;
  const added = buildForIdentities(identities, known.account).document.Statement;
  return { ...document, Statement: [document.Statement, added].flat() };
}

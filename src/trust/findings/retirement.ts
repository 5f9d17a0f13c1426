import { azureDevOpsIssuerRetires, isPublicCloud } from '../../identity/issuer.ts';
import { addStatements } from './corrections.ts';
import type { Finding } from './finding.ts';
import { isShutOut } from './key-prefixes.ts';
import { allowsWebIdentity, type Scene } from './scene.ts';

/** Returns a finding where all of a policy rests on the issuer that is being retired. */
export function findRetiringIssuer(scenes: readonly Scene[]): readonly Finding[] {
  const [scene] = scenes;
  const providers = scenes
    .filter(allowsWebIdentity)
    .flatMap(one => one.providers.filter(provider => !isShutOut(one, provider)));
  const kinds = new Set(providers.map(({ meant }) => meant?.issuer.kind));
  if (scene === undefined || !isPublicCloud(scene.known.environment)) return [];
  if (!kinds.has('azure-devops') || kinds.has('entra')) return [];
  return [
    {
      code: 'RetiringIssuerOnly',
      severity: 'medium',
      statement: undefined,
      means: `The policy trusts the Azure DevOps issuer only, which is retired on ${azureDevOpsIssuerRetires} (multitenant applications are exempt).`,
      remedy:
        'Trust the Entra issuer besides, convert the connection, then remove the old statement (aws-wif migrate).',
      corrected: addStatements(scene, ({ issuer }) => issuer.kind === 'entra'),
    },
  ];
}

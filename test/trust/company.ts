import { deriveIdentity, type ConnectionFacts } from '../../src/identity/audience.ts';
import type { Account } from '../../src/trust/oidc-provider.ts';
import type { FederatedClaims } from '../../src/trust/web-identity.ts';

export const organizationId = '0ca3ddd9-f0b0-4635-a98c-5866526961b6';
export const tenantId = 'ff882432-09b0-437b-bd22-ca13c0037ded';
export const account: Account = { partition: 'aws', accountId: '111111111111' };

/** A service connection of a made-up company, and what its tokens say on either issuer. */
export const connection: Required<Omit<ConnectionFacts, 'environment'>> = {
  organizationId,
  organization: 'contoso',
  project: 'Payments',
  connection: 'aws',
  tenantId,
  connectionId: '64171687-7a59-4fce-b2c8-823278dcf176',
};
export const byName = deriveIdentity('azure-devops', connection);
export const byId = deriveIdentity('entra', connection);

export const oldUrl = `vstoken.dev.azure.com/${organizationId}`;
export const entraUrl = `login.microsoftonline.com/${tenantId}/v2.0`;
export const oldProvider = `arn:aws:iam::111111111111:oidc-provider/${oldUrl}`;
export const entraProvider = `arn:aws:iam::111111111111:oidc-provider/${entraUrl}`;
export const githubUrl = 'token.actions.githubusercontent.com';

export const oldAudience = 'api://AzureADTokenExchange';
export const azp = '499b84ac-1321-427f-aa17-267ca6975798';
export const entraAudience = 'fb60f99c-7a34-4190-8149-302f77469936';

export const oldClaims: FederatedClaims = {
  iss: byName.issuerUrl,
  sub: byName.subject,
  aud: [oldAudience],
  azp: undefined,
};
export const entraClaims: FederatedClaims = { iss: byId.issuerUrl, sub: byId.subject, aud: [entraAudience], azp };

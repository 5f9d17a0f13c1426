import { randomBytes, randomUUID } from 'node:crypto';
import type { Issuer } from './signing-keys.ts';

export type Claims = Readonly<Record<string, unknown>>;

/** All that a service connection's token speaks of. */
export interface ConnectionIdentity {
  readonly issuer: Issuer;
  readonly organization: { readonly name: string; readonly id: string };
  readonly projectName: string;
  readonly connection: { readonly id: string; readonly name: string; readonly tenantId: string };
}

export interface PipelineIdentity {
  readonly organization: { readonly name: string; readonly id: string };
  readonly project: { readonly name: string; readonly id: string };
  readonly pipelineName: string;
}

/** The application "Azure DevOps" in every tenant. */
const azureDevOpsApplication = '499b84ac-1321-427f-aa17-267ca6975798';
/** The application behind `api://AzureADTokenExchange`. */
const tokenExchangeApplication = 'fb60f99c-7a34-4190-8149-302f77469936';

/**
 * Returns the claims of a connection's token, as recorded at
 * https://github.com/gravitational/teleport/blob/master/rfd/0211-azure-devops-joining.md.
 */
export function describeConnection(identity: ConnectionIdentity, issuedAt: number): Claims {
  return identity.issuer === 'entra' ? describeEntra(identity, issuedAt) : describeAzureDevOps(identity, issuedAt);
}

/** What the endpoint gives when no connection is named: another identity altogether. */
export function describePipeline(identity: PipelineIdentity, issuedAt: number): Claims {
  const { organization, project, pipelineName } = identity;
  return {
    jti: randomUUID(),
    sub: `p://${organization.name}/${project.name}/${pipelineName}`,
    aud: 'api://AzureADTokenExchange',
    org_id: organization.id,
    prj_id: project.id,
    def_id: '1',
    rpo_id: randomUUID(),
    rpo_uri: `https://dev.azure.com/${organization.name}/${project.name}/_git/${project.name}`,
    rpo_ver: randomBytes(20).toString('hex'),
    rpo_ref: 'refs/heads/main',
    run_id: '5',
    iss: nameAzureDevOpsIssuer(organization.id),
    ...limitAzureDevOps(issuedAt),
  };
}

export function nameAzureDevOpsIssuer(organizationId: string): string {
  return `https://vstoken.dev.azure.com/${organizationId}`;
}

export function nameEntraIssuer(tenantId: string): string {
  return `https://login.microsoftonline.com/${tenantId}/v2.0`;
}

/** A GUID as .NET's Guid.ToByteArray orders its bytes, base64url: the form it has in an Entra subject. */
export function encodeGuid(guid: string): string {
  const bytes = Buffer.from(guid.replaceAll('-', ''), 'hex');
  const ordered = [3, 2, 1, 0, 5, 4, 7, 6].map(index => bytes[index] ?? 0);
  return Buffer.concat([Buffer.from(ordered), bytes.subarray(8)]).toString('base64url');
}

function describeAzureDevOps({ organization, projectName, connection }: ConnectionIdentity, issuedAt: number): Claims {
  return {
    jti: randomUUID(),
    sub: `sc://${organization.name}/${projectName}/${connection.name}`,
    aud: 'api://AzureADTokenExchange',
    iss: nameAzureDevOpsIssuer(organization.id),
    ...limitAzureDevOps(issuedAt),
  };
}

function limitAzureDevOps(issuedAt: number): Claims {
  return { nbf: issuedAt - 600, exp: issuedAt + 300, iat: issuedAt };
}

function describeEntra({ organization, connection }: ConnectionIdentity, issuedAt: number): Claims {
  const tenant = encodeGuid(connection.tenantId);
  const application = encodeGuid(azureDevOpsApplication);
  return {
    aud: tokenExchangeApplication,
    iss: nameEntraIssuer(connection.tenantId),
    iat: issuedAt,
    nbf: issuedAt,
    exp: issuedAt + 86_700,
    aio: randomBytes(39).toString('base64'),
    azp: azureDevOpsApplication,
    azpacr: '2',
    idtyp: 'app',
    oid: randomUUID(),
    rh: `1.${randomBytes(40).toString('base64url')}.`,
    sub: `/eid1/c/pub/t/${tenant}/a/${application}/sc/${organization.id}/${connection.id}`,
    tid: connection.tenantId,
    uti: randomBytes(16).toString('base64url'),
    ver: '2.0',
    xms_ficinfo: 'CAAQARgAIAA',
    xms_idrel: '7 30',
  };
}

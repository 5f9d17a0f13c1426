import type { IamAccount } from '../test/fakes/iam.ts';
import type { StoredConnection } from '../test/fakes/rest-api.ts';

// A made-up organization on the retiring issuer, and accounts whose roles trust its connections.

export interface FleetSize {
  readonly connections: number;
  /** Of each account. */
  readonly roles: number;
  readonly accounts: number;
}

export const organization = { name: 'contoso', id: '0ca3ddd9-f0b0-4635-a98c-5866526961b6' };
export const tenantId = 'ff882432-09b0-437b-bd22-ca13c0037ded';
export const hub: IamAccount = { accessKeyId: 'AKIAHUB', accountId: '999999999999', roles: [], providers: [] };

const url = `vstoken.dev.azure.com/${organization.id}`;
const perProject = 50;

const nameProject = (index: number): string => `project-${Math.floor(index / perProject)}`;
const nameSubject = (index: number): string => `sc://${organization.name}/${nameProject(index)}/aws-${index}`;
const numberId = (index: number): string => `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`;

/** Returns the connections, fifty to a project, all of them on the retiring issuer. */
export function makeConnections({ connections }: FleetSize) {
  const all = Array.from({ length: connections }, (_, index): StoredConnection => ({
    id: numberId(index),
    name: `aws-${index}`,
    projectId: numberId(900_000 + Math.floor(index / perProject)),
    parameters: {
      tenantid: tenantId,
      workloadIdentityFederationIssuer: `https://${url}`,
      workloadIdentityFederationSubject: nameSubject(index),
    },
    usedBy: ['deploy'],
  }));
  const projects = Array.from({ length: Math.ceil(connections / perProject) }, (_, index) => ({
    id: numberId(900_000 + index),
    name: `project-${index}`,
  }));
  return { projects, connections: all };
}

/** Returns the accounts. A role names five connections; every tenth one trusts a whole project. */
export function makeAccounts({ connections, roles, accounts }: FleetSize): readonly IamAccount[] {
  return Array.from({ length: accounts }, (_, index) => {
    const accountId = String(100_000_000_000 + index);
    return {
      accessKeyId: `AKIA${accountId}`,
      accountId,
      roles: [
        { name: 'admin', trustPolicy: { Version: '2012-10-17', Statement: [] } },
        ...Array.from({ length: roles }, (__, role) => ({
          name: `deploy-${role}`,
          trustPolicy: writePolicy(accountId, (index * roles + role) * 5, role, connections),
        })),
      ],
      providers: [{ url, clientIds: ['api://AzureADTokenExchange'] }],
    };
  });
}

function writePolicy(accountId: string, first: number, role: number, connections: number): unknown {
  const named = Array.from({ length: 5 }, (_, index) => nameSubject((first + index) % connections));
  const isWhole = role % 10 === 9;
  return {
    Version: '2012-10-17',
    Statement: {
      Effect: 'Allow',
      Principal: { Federated: `arn:aws:iam::${accountId}:oidc-provider/${url}` },
      Action: 'sts:AssumeRoleWithWebIdentity',
      Condition: {
        StringEquals: { [`${url}:aud`]: 'api://AzureADTokenExchange', ...(isWhole ? {} : { [`${url}:sub`]: named }) },
        ...(isWhole
          ? { StringLike: { [`${url}:sub`]: `sc://${organization.name}/${nameProject(first % connections)}/*` } }
          : {}),
      },
    },
  };
}

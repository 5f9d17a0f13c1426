import type { Clock } from './clock.ts';
import { toSeconds } from './clock.ts';
import { bendClaims, signToken } from './id-tokens.ts';
import type { TokenBend } from './id-tokens.ts';
import type { Issuer } from './signing-keys.ts';
import { describeConnection, describePipeline } from './token-claims.ts';
import type { Claims } from './token-claims.ts';
import type { Project } from './token-endpoint.ts';

export interface ServiceConnection {
  readonly id: string;
  readonly name: string;
  readonly projectId: string;
  readonly issuer: Issuer;
  readonly tenantId: string;
  readonly clientId: string;
  /** Ids of further projects that may use it. */
  readonly sharedWith?: readonly string[];
  readonly disabled?: boolean;
  /** No task of the current stage has the connection as an input. */
  readonly notReferenced?: boolean;
}

export interface TokenMintOptions {
  readonly organization: { readonly name: string; readonly id: string };
  readonly projects: readonly Project[];
  readonly pipelineName: string;
  readonly clock: Clock;
}

export interface TokenMint {
  /** Every token that was minted, oldest first. */
  readonly issued: readonly string[];
  mintForConnection(connection: ServiceConnection, bend: TokenBend): Promise<string>;
  mintForPipeline(project: Project, bend: TokenBend): Promise<string>;
}

export function createTokenMint({ organization, projects, pipelineName, clock }: TokenMintOptions): TokenMint {
  const issued: string[] = [];
  const mint = async (issuer: Issuer, bend: TokenBend, describe: (issuedAt: number) => Claims) => {
    const token = await signToken(bendClaims(describe(dateToken(clock, issuer, bend)), bend), issuer, bend);
    issued.push(token);
    return token;
  };
  return {
    issued,
    mintForConnection: (connection, bend) => {
      const projectName = projects.find(project => project.id === connection.projectId)?.name ?? '';
      const identity = { issuer: connection.issuer, organization, projectName, connection };
      return mint(connection.issuer, bend, issuedAt => describeConnection(identity, issuedAt));
    },
    mintForPipeline: (project, bend) =>
      mint('azure-devops', bend, issuedAt => describePipeline({ organization, project, pipelineName }, issuedAt)),
  };
}

// Entra dates its app tokens five minutes back, Azure DevOps does not.
function dateToken(clock: Clock, issuer: Issuer, bend: TokenBend): number {
  return toSeconds(clock()) - (bend.ageSeconds ?? 0) - (issuer === 'entra' ? 300 : 0);
}

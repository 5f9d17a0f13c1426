import { WifError } from '../errors.ts';
import { formatIssuer, parseIssuer, deriveEntraSubject, formatNameSubject, type KnownIssuer } from './issuer.ts';

/** The application behind `api://AzureADTokenExchange`: the `aud` of tokens of the Entra issuer. */
export const tokenExchangeApplicationId = 'fb60f99c-7a34-4190-8149-302f77469936';
/** The application Azure DevOps: the `azp` of tokens of the Entra issuer. */
export const azureDevOpsApplicationId = '499b84ac-1321-427f-aa17-267ca6975798';
/** The `aud` of tokens of the Azure DevOps issuer, which have no `azp`. */
export const tokenExchangeAudience = 'api://AzureADTokenExchange';

/** What AWS decides by: who signed, for whom, and what the token may be used for. */
export interface Identity {
  readonly issuer: KnownIssuer;
  /** The `iss` claim. */
  readonly issuerUrl: string;
  /** The `sub` claim. */
  readonly subject: string;
  /** The client IDs to register with AWS, and the values to allow for `:aud`; sorted. */
  readonly audiences: readonly string[];
}

/** What is known of a service connection, for finding its identities without asking Azure DevOps. */
export interface ConnectionFacts {
  readonly organizationId: string;
  /** The organization's, the project's and the connection's name: for the Azure DevOps issuer. */
  readonly organization?: string | undefined;
  readonly project?: string | undefined;
  readonly connection?: string | undefined;
  /** For the Entra issuer. */
  readonly tenantId?: string | undefined;
  readonly connectionId?: string | undefined;
  readonly environment?: string | undefined;
}

/**
 * Returns the audiences of an issuer's tokens that AWS may compare: for Entra both `azp` and `aud`, since AWS documents
 * `azp` before `aud` for Google alone and only issue reports say that it holds for others.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-wif
 * @see https://github.com/aws/aws-sdk-net/issues/3071
 */
export function listAudiences(kind: KnownIssuer['kind']): readonly string[] {
  return kind === 'entra' ? [azureDevOpsApplicationId, tokenExchangeApplicationId] : [tokenExchangeAudience];
}

/** The audience claims of a token. */
export interface TokenAudience {
  readonly aud: readonly string[];
  readonly azp: string | undefined;
}

/** What AWS makes of them: the values of the condition keys `<provider>:aud` and `<provider>:oaud`. */
export interface ExposedAudience {
  readonly aud: readonly string[];
  readonly oaud: readonly string[];
}

/**
 * Returns what STS compares with the provider's client IDs and gives policies as `:aud`: `azp` where the token has one,
 * else `aud`; `:oaud` is `aud` in either case. AWS documents this for Google; for other providers it rests on reports
 * (see `listAudiences`) and was not seen on live STS with tokens of Azure DevOps.
 */
export function exposeAudience({ aud, azp }: TokenAudience): ExposedAudience {
  return { aud: azp === undefined ? aud : [azp], oaud: aud };
}

/** Returns the identity that a token's claims speak of; undefined if its issuer is none of Azure DevOps' two. */
export function readIdentity({ iss, sub }: { readonly iss: string; readonly sub: string }): Identity | undefined {
  const issuer = parseIssuer(iss);
  if (issuer.kind === 'unknown') return undefined;
  return { issuer, issuerUrl: iss, subject: sub, audiences: listAudiences(issuer.kind) };
}

/**
 * Returns a service connection's identity on one of the issuers, derived from what is known of it. Throws
 * `IdentityNotDerivable`, naming what is missing or wrong.
 */
export function deriveIdentity(kind: KnownIssuer['kind'], facts: ConnectionFacts): Identity {
  return kind === 'entra' ? deriveById(facts) : deriveByName(facts);
}

function deriveByName({ organizationId, organization, project, connection }: ConnectionFacts): Identity {
  const issuer = { kind: 'azure-devops', organizationId: organizationId.toLowerCase() } as const;
  return {
    issuer,
    issuerUrl: formatIssuer(issuer),
    subject: formatNameSubject({
      organization: requireFact("the organization's name", organization),
      project: requireFact("the project's name", project),
      connection: requireFact("the service connection's name", connection),
    }),
    audiences: listAudiences('azure-devops'),
  };
}

function deriveById({ organizationId, tenantId, connectionId, environment }: ConnectionFacts): Identity {
  const tenant = requireFact("the tenant's ID", tenantId);
  const connection = requireFact("the connection's ID", connectionId);
  const subject = deriveEntraSubject({ tenantId: tenant, organizationId, connectionId: connection, environment });
  const issuer = { kind: 'entra', tenantId: tenant.toLowerCase() } as const;
  return { issuer, issuerUrl: formatIssuer(issuer), subject, audiences: listAudiences('entra') };
}

function requireFact(what: string, value: string | undefined): string {
  if (value !== undefined && value !== '') return value;
  throw new WifError({
    code: 'IdentityNotDerivable',
    found: `Some values are missing: ${what}.`,
    expected:
      'for the Azure DevOps issuer, the names of organization, project and connection, and the organization ID; ' +
      'for the Entra issuer, the IDs of organization, tenant and connection.',
    remedy: `Provide ${what}, or omit that issuer.`,
  });
}

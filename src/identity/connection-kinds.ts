import type { KnownIssuer } from './issuer.ts';

/** What is known of a type of service connection with regard to ID tokens. */
export interface ConnectionKind {
  /** The name of the kind in JSON documents. */
  readonly name: 'azure-rm' | 'azure-devops' | 'aws-toolkit' | 'federated' | 'other' | 'without-tokens';
  /** In words, for people. */
  readonly title: string;
  /** The issuers that its tokens may be of. */
  readonly issuers: readonly KnownIssuer['kind'][];
  /** Whether its settings show the issuer and the subject of its tokens. */
  readonly showsIdentity: boolean;
  /** Whether Azure DevOps converts one that is on the retiring issuer. */
  readonly isConvertible: boolean;
  /** Whether its tasks obtain tokens: `unknown` for types of other extensions. */
  readonly obtainsTokens: boolean | 'unknown';
}

/** What Azure DevOps shows of a connection. Letter case of type and scheme does not count. */
export interface ShownKind {
  readonly type: string;
  readonly scheme: string;
  /** The setting `useOIDC` of the AWS Toolkit's type; undefined if it is not shown. */
  readonly useOidc?: string | undefined;
  /** Whether keys are stored in it, whatever they are. */
  readonly hasKeys?: boolean | undefined;
}

const both = ['azure-devops', 'entra'] as const;

const kinds = {
  azureRm: {
    name: 'azure-rm',
    title: 'Azure Resource Manager, workload identity federation',
    issuers: both,
    showsIdentity: true,
    isConvertible: true,
    obtainsTokens: true,
  },
  azureDevOps: {
    name: 'azure-devops',
    title: 'Azure DevOps, workload identity federation',
    issuers: ['entra'],
    showsIdentity: true,
    isConvertible: true,
    obtainsTokens: true,
  },
  awsToolkit: {
    name: 'aws-toolkit',
    title: 'AWS (AWS Toolkit), Use OIDC',
    issuers: ['azure-devops'],
    showsIdentity: false,
    isConvertible: false,
    obtainsTokens: true,
  },
  federated: {
    name: 'federated',
    title: 'workload identity federation of another type',
    issuers: both,
    showsIdentity: true,
    isConvertible: true,
    obtainsTokens: true,
  },
  other: {
    name: 'other',
    title: "another extension's type",
    issuers: ['azure-devops'],
    showsIdentity: false,
    isConvertible: false,
    obtainsTokens: 'unknown',
  },
  withoutTokens: {
    name: 'without-tokens',
    title: 'a type that obtains no ID tokens',
    issuers: [],
    showsIdentity: false,
    isConvertible: false,
    obtainsTokens: false,
  },
} as const satisfies Readonly<Record<string, ConnectionKind>>;

const federatedTypes: Readonly<Record<string, ConnectionKind>> = {
  azurerm: kinds.azureRm,
  workloadidentityuser: kinds.azureDevOps,
};

/**
 * Types that Azure DevOps brings along. With other schemes than workload identity federation their tasks sign in with what
 * is stored in them.
 *
 * @see https://learn.microsoft.com/azure/devops/pipelines/library/service-endpoints#service-connection-types
 */
const builtIn: readonly string[] = [
  'azure',
  'azurerm',
  'azureservicebus',
  'bitbucket',
  'chef',
  'dockerhost',
  'dockerregistry',
  'externalcargoregistry',
  'externalgit',
  'externalmavenrepository',
  'externalnpmregistry',
  'externalnugetfeed',
  'externalpythondownloadfeed',
  'externalpythonuploadfeed',
  'externaltfs',
  'generic',
  'git',
  'github',
  'githubenterprise',
  'incomingwebhook',
  'jenkins',
  'kubernetes',
  'servicefabric',
  'ssh',
  'subversion',
  'visualstudioappcenter',
  'vsmobilecenter',
  'workloadidentityuser',
];

/**
 * Returns the kind of a connection. Azure DevOps issues ID tokens for connections of any type, those of other extensions
 * included, so that a type that is not known here counts as one whose tasks may obtain them. The AWS Toolkit obtains one if
 * "Use OIDC" is ticked; a connection that shows neither this setting nor keys counts as one that does.
 *
 * @see https://github.com/aws/aws-toolkit-azure-devops/issues/614
 */
export function classifyConnection({ type, scheme, useOidc, hasKeys }: ShownKind): ConnectionKind {
  const lower = type.toLowerCase();
  if (scheme.toLowerCase() === 'workloadidentityfederation') return federatedTypes[lower] ?? kinds.federated;
  if (lower === 'aws') return usesOidc(useOidc, hasKeys) ? kinds.awsToolkit : kinds.withoutTokens;
  return builtIn.includes(lower) ? kinds.withoutTokens : kinds.other;
}

function usesOidc(setting: string | undefined, hasKeys = false): boolean {
  return setting === undefined || setting === '' ? !hasKeys : setting.toLowerCase() !== 'false';
}

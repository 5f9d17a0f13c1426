import { isGuid } from '../../identity/issuer.ts';
import { recall, type Memory } from '../policy-json.ts';

/** An issuer that is not Azure DevOps', but well known: whose tokens it gives, and how widely it is shared. */
export interface KnownIssuerName {
  readonly name: string;
  /** Who has tokens of it. */
  readonly callers: string;
  /** Whether customers of several companies share the URL; else it belongs to one of them. */
  readonly isShared: boolean;
  /** What the audience is by which AWS tells customers apart; undefined if the subject does. */
  readonly audience?: string;
  /** The audience that its callers usually ask for at AWS; undefined if each has another one, or if that is not known. */
  readonly usualAudience?: string;
  /** A subject as a customer whom nobody means has it; undefined if the issuer is one company's own. */
  readonly stranger?: string;
  /** Where its subjects name the customer; undefined if they do not, or where the issuer is one company's own. */
  readonly owner?: SubjectOwner;
}

/** What comes before the customer's name in a subject, and what ends it. */
export interface SubjectOwner {
  readonly starts: string;
  readonly ends: RegExp;
}

type Row = readonly [pattern: RegExp, issuer: KnownIssuerName];

const shared = (name: string, callers: string, stranger?: string): KnownIssuerName => ({
  name,
  callers,
  isShared: true,
  ...(stranger === undefined ? {} : { stranger }),
});
const own = (name: string, callers: string): KnownIssuerName => ({ name, callers, isShared: false });
const byAudience = (name: string, audience: string, callers: string): KnownIssuerName => ({
  name,
  callers,
  isShared: true,
  audience,
});
const namedBy = (starts: string, ends: RegExp, issuer: KnownIssuerName): KnownIssuerName => ({
  ...issuer,
  owner: { starts, ends },
});
const usually = (usualAudience: string, issuer: KnownIssuerName): KnownIssuerName => ({ ...issuer, usualAudience });
const signIn = 'everyone who signs in to any application';

/**
 * The first that matches counts. Hosts are compared without regard to letter case: this only says whose an issuer is.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-wif
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_oidc_secure-by-default.html (which claim AWS
 * demands of shared issuers)
 * @see https://docs.github.com/actions/security-for-github-actions/security-hardening-your-deployments/about-security-hardening-with-openid-connect
 * @see https://docs.gitlab.com/ci/cloud_services/aws/
 * @see https://support.atlassian.com/bitbucket-cloud/docs/deploy-on-aws-using-bitbucket-pipelines-openid-connect/
 * @see https://circleci.com/docs/openid-connect-tokens/
 * @see https://developer.hashicorp.com/terraform/cloud-docs/workspaces/dynamic-provider-credentials/aws-configuration
 * @see https://docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html
 * @see https://learn.microsoft.com/azure/aks/use-oidc-issuer
 */
const issuers: readonly Row[] = [
  [
    /^token\.actions\.githubusercontent\.com\/[^/]+/,
    usually('sts.amazonaws.com', namedBy('repo:', /[/@]/, own('GitHub Actions', 'every workflow of the enterprise'))),
  ],
  [
    /^token\.actions\.githubusercontent\.com/,
    usually('sts.amazonaws.com', namedBy('repo:', /[/@]/, shared('GitHub Actions', 'every workflow on GitHub'))),
  ],
  [
    /^oidc-configuration\.audit-log\.githubusercontent\.com$/,
    shared('GitHub audit log streaming', 'every enterprise on GitHub', 'https://github.com/stranger'),
  ],
  [
    /^gitlab\.com$/,
    namedBy(
      'project_path:',
      /\//,
      shared('GitLab', 'every pipeline on gitlab.com', 'project_path:stranger/stranger:ref_type:branch:ref:main'),
    ),
  ],
  [/^api\.bitbucket\.org\/2\.0\/workspaces\//, own('Bitbucket Pipelines', 'every pipeline of the workspace')],
  [/^oidc\.circleci\.com\/org\//, own('CircleCI', 'every job of the organization')],
  [
    /^app\.terraform\.io$/,
    usually(
      'aws.workload.identity',
      namedBy(
        'organization:',
        /:/,
        shared(
          'HCP Terraform',
          'every workspace of every organization',
          'organization:stranger:project:stranger:workspace:stranger:run_phase:apply',
        ),
      ),
    ),
  ],
  [
    /^(?:[\w-]+\.)?scalr\.io$/,
    namedBy(
      'account:',
      /:/,
      shared('Scalr', 'every workspace of every account', 'account:stranger:environment:stranger:workspace:stranger'),
    ),
  ],
  [
    /^oidc\.eks\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?\/id\//,
    usually('sts.amazonaws.com', own('Amazon EKS', 'every service account of the cluster')),
  ],
  [
    /^[a-z0-9-]+\.oic\.[a-z0-9-]+\.azure\.com\//,
    own('Azure Kubernetes Service', 'every service account of the cluster'),
  ],
  [/^container\.googleapis\.com\//, own('Google Kubernetes Engine', 'every service account of the cluster')],
  [
    /^agent\.buildkite\.com$/,
    namedBy(
      'organization:',
      /:/,
      shared(
        'Buildkite',
        'every pipeline on Buildkite',
        'organization:stranger:pipeline:stranger:ref:refs/heads/main:commit:0:step:stranger',
      ),
    ),
  ],
  [/^proidc\.upbound\.io$/, shared('Upbound', 'every control plane on Upbound')],
  [
    /^oidc\.codefresh\.io$/,
    namedBy('account:', /:/, shared('Codefresh', 'every pipeline on Codefresh', 'account:stranger:pipeline:stranger')),
  ],
  [/^oidc\.vercel\.com\/[^/]+$/, own('Vercel', 'every deployment of the team')],
  [/^oidc\.vercel\.com$/, byAudience('Vercel', "the team's URL", 'every deployment on Vercel')],
  [
    /^api\.pulumi\.com\/oidc$/,
    byAudience('Pulumi Cloud', "the organization's name", 'every organization on Pulumi Cloud'),
  ],
  [/^[a-z0-9-]+\.app\.spacelift\.io$/, own('Spacelift', 'every stack of the account')],
  [
    /^cognito-identity\.amazonaws\.com$/,
    byAudience('Amazon Cognito', 'the ID of the identity pool', 'everyone with an identity of any pool'),
  ],
  [/^accounts\.google\.com$/, byAudience('Google', 'the ID of the application', signIn)],
  [/^www\.amazon\.com$/, byAudience('Login with Amazon', 'the ID of the application', signIn)],
  [/^graph\.facebook\.com$/, byAudience('Facebook', 'the ID of the application', signIn)],
  [/^login\.microsoftonline\.us\//, own('Microsoft Entra for US Government', 'every application of the tenant')],
  [/^login\.partner\.microsoftonline\.cn\//, own('Microsoft Entra in China', 'every application of the tenant')],
];

/** Returns whose issuer a URL (without `https://`) is; undefined if that is not known here. */
export function nameIssuer(url: string): KnownIssuerName | undefined {
  return recall(named, url, findIssuer);
}

const named: Memory<KnownIssuerName | undefined> = new Map();

function findIssuer(url: string): KnownIssuerName | undefined {
  return issuers.find(([pattern]) => pattern.test(url.toLowerCase()))?.[1];
}

/** Federated principals that IAM accepts by name, without a provider in the account. */
const namedPrincipals = [
  'cognito-identity.amazonaws.com',
  'accounts.google.com',
  'www.amazon.com',
  'graph.facebook.com',
];

/**
 * Returns whether IAM accepts a text as a federated principal although it is not a provider's ARN.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
 */
export function isNamedPrincipal(text: string): boolean {
  return namedPrincipals.includes(text);
}

/** The tenants of Microsoft whose applications call customers' roles: the public cloud's, and that of US Government. */
const microsoftTenants = ['33e01921-4d64-4f8c-a055-5bdaffd5e33d', 'cab8a31a-1906-4287-a0d8-4eef66b95f6e'];

/** A tenant's issuer of version 1.0: managed identities and many applications have its tokens, service connections none. */
export interface FormerEntraIssuer {
  readonly tenantId: string;
  /** Whether Microsoft's own services call by it: Microsoft Sentinel and Defender for Cloud. */
  readonly isMicrosoft: boolean;
}

/**
 * Returns which tenant a URL of version 1.0 is of; undefined for all others. Its tokens' `iss` ends with a slash.
 *
 * @see https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference
 * @see https://learn.microsoft.com/azure/sentinel/connect-aws-configure-environment
 */
export function readFormerEntraIssuer(url: string): FormerEntraIssuer | undefined {
  const tenantId = /^sts\.windows\.net\/([^/]+)\/?$/i.exec(url)?.[1];
  if (tenantId === undefined || !isGuid(tenantId)) return undefined;
  return { tenantId, isMicrosoft: microsoftTenants.includes(tenantId.toLowerCase()) };
}

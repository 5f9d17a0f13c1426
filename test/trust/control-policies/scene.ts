import { judgeControlPolicy, type ControlledCall } from '../../../src/trust/control-policies/judge-control.ts';
import { readControlPolicy } from '../../../src/trust/control-policies/read-control-policy.ts';
import type { RequestContext } from '../../../src/trust/conditions.ts';
import { anyHolds, type Truth } from '../../../src/trust/pattern.ts';
import { findDeny, type Call, type ControlDocument } from '../../fakes/control-policy.ts';
import { azp, entraAudience, entraUrl, githubUrl, oldAudience, oldUrl, organizationId } from '../company.ts';

export const otherOrganization = '11111111-2222-4333-8444-555555555555';
export const otherTenant = '99999999-8888-4777-8666-555555555555';
export const roleArn = 'arn:aws:iam::111111111111:role/pipelines/deploy';

/** Somebody who asks for a role, as a request: keys that it does not have are missing. */
export interface Asker {
  readonly name: string;
  readonly action: string;
  readonly resource: string;
  readonly keys: Readonly<Record<string, readonly string[]>>;
  readonly isMember: boolean;
}

const ours = `/eid1/c/pub/t/MiSI_7AJe0O9IsoTwAN97Q/a/rISbSSETf0KqFyZ8ppdXmA/sc/${organizationId}/f0cda5b5-1aff-46ac-a80b-054d5c4f9b8a`;
const eksUrl = 'oidc.eks.eu-west-1.amazonaws.com/id/ABCDEF0123456789ABCDEF0123456789';
const otherTenantUrl = `login.microsoftonline.com/${otherTenant}/v2.0`;

function fromToken(name: string, url: string, sub: string, aud: readonly string[] = ['sts.amazonaws.com']): Asker {
  const keys = { [`${url}:sub`]: [sub], [`${url}:aud`]: aud };
  return { name, action: 'sts:AssumeRoleWithWebIdentity', resource: roleArn, keys, isMember: false };
}

function onEntra(name: string, sub: string): Asker {
  const asker = fromToken(name, entraUrl, sub, [azp]);
  return { ...asker, keys: { ...asker.keys, [`${entraUrl}:oaud`]: [entraAudience] } };
}

/** Everybody that a guardrail is tried with. */
export const askers = {
  connection: onEntra('our connection on the Entra issuer', ours),
  otherConnection: onEntra(
    'a connection of another organization of the tenant',
    ours.replace(organizationId, otherOrganization),
  ),
  lookalike: onEntra(
    'a connection of another application',
    ours.replace('rISbSSETf0KqFyZ8ppdXmA', 'AAAAAAAAAAAAAAAAAAAAAA'),
  ),
  managedIdentity: onEntra('a managed identity of the tenant', '5ca1ab1e-0000-4000-8000-00000000beef'),
  otherTenant: fromToken('a connection of another tenant', otherTenantUrl, ours, [azp]),
  oldConnection: fromToken('our connection on the retiring issuer', oldUrl, 'sc://contoso/Payments/aws', [oldAudience]),
  pipeline: fromToken('a pipeline of ours without a connection', oldUrl, 'p://contoso/Payments/build', [oldAudience]),
  otherOld: fromToken(
    'another organization on its own retiring issuer',
    `vstoken.dev.azure.com/${otherOrganization}`,
    'sc://fabrikam/A/b',
  ),
  github: fromToken('GitHub', githubUrl, 'repo:octo/app:ref:refs/heads/main'),
  eks: fromToken('a pod of an EKS cluster', eksUrl, 'system:serviceaccount:default:app'),
  cognito: fromToken('a user of a Cognito pool', 'cognito-identity.amazonaws.com', 'eu-west-1:1'),
  facebook: {
    ...fromToken('a user of Facebook', 'graph.facebook.com', ''),
    keys: { 'graph.facebook.com:id': ['1'], 'graph.facebook.com:app_id': ['2'] },
  },
  saml: {
    ...fromToken('a person by SAML or IAM Identity Center', '', ''),
    action: 'sts:AssumeRoleWithSAML',
    keys: { 'saml:aud': ['https://signin.aws.amazon.com/saml'], 'saml:sub': ['somebody'] },
  },
  service: {
    ...fromToken('a service with its service role', '', ''),
    action: 'sts:AssumeRole',
    keys: { 'aws:principalisawsservice': ['true'], 'aws:sourceaccount': ['111111111111'] },
  },
  chained: {
    ...fromToken('the next hop of a role chain', '', ''),
    action: 'sts:AssumeRole',
    isMember: true,
    keys: { 'aws:principalarn': ['arn:aws:iam::222222222222:role/hub'], 'aws:principalorgid': ['o-abcd123456'] },
  },
} satisfies Readonly<Record<string, Asker>>;

export const urls = { entraUrl, oldUrl, githubUrl, eksUrl, otherTenantUrl };

/** Returns the same for a role with tags. */
export function taggedWith(tags: Readonly<Record<string, string>>, asker: Asker): Asker {
  const keys = Object.entries(tags).map(([key, value]) => [`aws:resourcetag/${key.toLowerCase()}`, [value]] as const);
  return {
    ...asker,
    name: `${asker.name}, for a role with ${JSON.stringify(tags)}`,
    keys: { ...asker.keys, ...Object.fromEntries(keys) },
  };
}

/** What the evaluator says of documents. */
export function judge(documents: readonly unknown[], asker: Asker): Truth {
  const verdicts = documents.map(one =>
    judgeControlPolicy(readControlPolicy(JSON.stringify(one), 'test'), asCall(asker)),
  );
  return anyHolds(verdicts.map(({ denies }) => denies));
}

function asCall({ action, resource, keys, isMember }: Asker): ControlledCall {
  const known = new Map(Object.entries(keys).map(([key, values]) => [key.toLowerCase(), values]));
  const context: RequestContext = key => known.get(key.toLowerCase()) ?? [];
  return { action, resource, isOwnPrincipal: isMember, readings: [context] };
}

/** What the other reading, which shares no code with it, says of the same. */
export function askStandIn(documents: readonly unknown[], { action, resource, keys, isMember }: Asker): boolean {
  const context = new Map(Object.entries(keys).map(([key, values]) => [key.toLowerCase(), values]));
  const call: Call = { action, resource, context, isMember };
  return findDeny(documents as readonly ControlDocument[], call) !== undefined;
}

import { oneOrMany, type DenyStatement, type ExemptionTag, type Guardrail } from './control-policy.ts';

export interface ChangesRequest {
  /** Patterns of the ARNs of the roles and users that may make changes; `*` does not reach over a colon. */
  readonly administrators: readonly string[];
  /** Patterns of the ARNs of the roles whose trust is guarded; the administrators' own always are. */
  readonly roles: readonly string[];
  readonly exemption: ExemptionTag | undefined;
}

const providerActions = [
  'iam:AddClientIDToOpenIDConnectProvider',
  'iam:CreateOpenIDConnectProvider',
  'iam:DeleteOpenIDConnectProvider',
  'iam:RemoveClientIDFromOpenIDConnectProvider',
  'iam:TagOpenIDConnectProvider',
  'iam:UntagOpenIDConnectProvider',
  'iam:UpdateOpenIDConnectProviderThumbprint',
];

/** What writes a trust policy: there is no other call that does. */
const trustActions = ['iam:CreateRole', 'iam:UpdateAssumeRolePolicy'];

/** What gives a role a tag, or takes it away. */
const tagActions = ['iam:CreateRole', 'iam:TagRole', 'iam:UntagRole'];

/**
 * Returns the guardrail that leaves OIDC providers, trust policies and the exemption tag to administrators, whatever the
 * permissions of others are. It is a service control policy, which cannot deny the federated call itself: that one's caller
 * is no principal of the organization.
 *
 * An administrator's role is guarded, too: whoever could create one of its name would be an administrator.
 *
 * @see https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
 */
export function guardChanges({ administrators, roles, exemption }: ChangesRequest): Guardrail {
  const others = { ArnNotLike: { 'aws:PrincipalArn': oneOrMany(administrators) } };
  const guarded = roles.includes('*') ? ['*'] : [...roles, ...administrators.filter(arn => arn.includes(':role/'))];
  return {
    guardrail: 'changes',
    type: 'SERVICE_CONTROL_POLICY',
    statements: [
      deny('OidcProviders', providerActions, '*', others),
      ...(guarded.length === 0 ? [] : [deny('TrustPolicies', trustActions, oneOrMany(guarded), others)]),
      ...(exemption === undefined
        ? []
        : [deny('ExemptionTag', tagActions, '*', { ...namesTag(exemption), ...others })]),
    ],
    howToSplit: 'Use fewer --admin-role and --role options, with patterns that cover several roles.',
  };
}

function deny(
  Sid: string,
  Action: readonly string[],
  Resource: DenyStatement['Resource'],
  Condition: DenyStatement['Condition'],
): DenyStatement {
  return { Sid, Effect: 'Deny', Action, Resource, Condition };
}

/**
 * A role's tag keys, and the key `aws:ResourceTag/...`, have no letter case, but texts that `aws:TagKeys` holds are compared
 * as they are: without IgnoreCase whoever writes the tag in capitals would exempt a role.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html#id_tags_rules
 */
function namesTag({ key }: ExemptionTag): DenyStatement['Condition'] {
  return { 'ForAnyValue:StringEqualsIgnoreCase': { 'aws:TagKeys': key } };
}

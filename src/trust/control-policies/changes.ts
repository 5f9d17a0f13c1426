import { oneOrMany } from '../policy-document.ts';
import type { DenyStatement, ExemptionTag, Guardrail } from './control-policy.ts';

export interface ChangesRequest {
  /** Patterns of the ARNs of the roles and users that may make changes; `*` does not reach over a colon. */
  readonly administrators: readonly string[];
  /** Patterns of the ARNs of the roles whose trust is guarded, `*` for all; the administrators always are. */
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

/** What makes a principal of a name, or gives somebody the keys or the password of a user that is there. */
const principalActions = [
  ...trustActions,
  'iam:CreateAccessKey',
  'iam:CreateLoginProfile',
  'iam:CreateUser',
  'iam:UpdateLoginProfile',
  'iam:UpdateUser',
];

/** What gives a role a tag, or takes it away. */
const tagActions = ['iam:CreateRole', 'iam:TagRole', 'iam:UntagRole'];

/**
 * Returns the guardrail that leaves OIDC providers, trust policies and the exemption tag to administrators, whatever the
 * permissions of others are. It is a service control policy, which cannot deny the federated call itself: that one's caller
 * is no principal of the organization.
 *
 * The administrators are guarded, too: whoever could create a role or user of such a name, or sign in as that user, would be
 * an administrator. With an exemption so is the trust policy of every exempt role: whoever could change it would need no tag.
 *
 * @see https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
 */
export function guardChanges({ administrators, roles, exemption }: ChangesRequest): Guardrail {
  const others = { ArnNotLike: { 'aws:PrincipalArn': oneOrMany(administrators) } };
  return {
    guardrail: 'changes',
    type: 'SERVICE_CONTROL_POLICY',
    statements: [
      deny('OidcProviders', providerActions, '*', others),
      deny('Administrators', principalActions, oneOrMany(administrators), others),
      ...(roles.length === 0 ? [] : [deny('TrustPolicies', trustActions, oneOrMany(roles), others)]),
      ...(exemption === undefined ? [] : guardExemption(exemption, others)),
    ],
    howToSplit: 'Use fewer --admin-role and --role options, with patterns that cover several roles.',
  };
}

function guardExemption(exemption: ExemptionTag, others: DenyStatement['Condition']): readonly DenyStatement[] {
  const { key, value } = exemption;
  const isExempt = { StringEquals: { [`aws:ResourceTag/${key}`]: value } };
  return [
    deny('ExemptionTag', tagActions, '*', {
      'ForAnyValue:StringEqualsIgnoreCase': { 'aws:TagKeys': exemption.key },
      ...others,
    }),
    deny('ExemptRoles', ['iam:UpdateAssumeRolePolicy'], '*', { ...isExempt, ...others }),
  ];
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

import { paginateGetAccountAuthorizationDetails, type IAMClient, type RoleDetail } from '@aws-sdk/client-iam';
import type { ListedRole, RolePolicies } from '../account/iam.ts';
import { call } from './iam-error.ts';
import { describeListed, requireList } from './iam-reader.ts';

/** A role with the names of its policies. */
export interface RoleDetails {
  readonly role: ListedRole;
  /** Undefined if the answer does not list them. */
  readonly policies: RolePolicies | undefined;
}

/**
 * Returns all roles of an account with the names of their policies, in a few calls. IAM sends the inline policies, too; nothing
 * of their contents is kept. Rejects with IamError.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html
 */
export function listRoleDetails(client: IAMClient): Promise<readonly RoleDetails[]> {
  return call('iam:GetAccountAuthorizationDetails', async () => {
    const roles: RoleDetails[] = [];
    const pages = paginateGetAccountAuthorizationDetails({ client, pageSize: 1000 }, { Filter: ['Role'] });
    for await (const page of pages) roles.push(...requireList(page.RoleDetailList, page).map(describeDetail));
    return roles;
  });
}

function describeDetail(detail: RoleDetail): RoleDetails {
  const { AttachedManagedPolicies: attached, RolePolicyList: inline } = detail;
  const role = describeListed(detail);
  if (attached === undefined || inline === undefined) return { role, policies: undefined };
  const attachedArns = attached.flatMap(({ PolicyArn: arn }) => arn ?? []);
  return { role, policies: { attachedArns, inlineNames: inline.flatMap(({ PolicyName: name }) => name ?? []) } };
}

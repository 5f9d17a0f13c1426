import type { ListedRole, RolePolicies, RoleReader } from '../../account/iam.ts';
import type { IamAccess } from '../../aws/account.ts';
import { IamError } from '../../aws/iam-error.ts';

/** Reads the roles of an account, and the names of a role's policies. */
export type RoleLister = Pick<RoleReader, 'listRoles' | 'listPolicies'>;

/**
 * Returns what reads all roles with the names of their policies in a few calls. Where the credentials may not do that, it
 * calls `onDenied` and lists the roles, and the policies of each: whoever reads the report gets the same, only later. Where
 * they may do neither, it is the denied call for details that is thrown.
 */
export function readByDetails(iam: IamAccess, onDenied: () => void): RoleLister {
  let known: ReadonlyMap<string, RolePolicies> = new Map();
  const readDetails = async (): Promise<readonly ListedRole[]> => {
    const details = await iam.listRoleDetails();
    known = new Map(details.flatMap(({ role, policies }) => (policies === undefined ? [] : [[role.name, policies]])));
    return details.map(({ role }) => role);
  };
  const listInstead = async (denied: unknown): Promise<readonly ListedRole[]> => {
    if (!isForbidden(denied)) throw denied;
    const roles = await iam.listRoles().catch((thrown: unknown) => {
      throw isForbidden(thrown) ? denied : thrown;
    });
    onDenied();
    return roles;
  };
  return {
    listRoles: () => readDetails().catch(listInstead),
    listPolicies: name => {
      const policies = known.get(name);
      return policies === undefined ? iam.listPolicies(name) : Promise.resolve(policies);
    },
  };
}

function isForbidden(thrown: unknown): boolean {
  return thrown instanceof IamError && thrown.refusal === 'forbidden';
}

import { IamRefusal, type Xml } from './iam-answers.ts';
import { invalid, type Parameters } from './iam-parameters.ts';
import { checkTrustPolicy } from './iam-policy.ts';
import { awsPolicies, formatRoleArn, keepRole, type IamState, type KeptRole } from './iam-state.ts';

/** How many entries a page of a list has at most. */
export interface Paging {
  readonly pageSize: number;
}

export type Operation = (parameters: Parameters, state: IamState, paging: Paging) => Xml;

/** What IAM does with roles: https://docs.aws.amazon.com/IAM/latest/APIReference/API_Operations.html. */
export const roleOperations: Readonly<Record<string, Operation>> = {
  GetRole: (parameters, state) => ({ Role: describe(findRole(parameters, state), state) }),
  ListRoles: (parameters, state, paging) =>
    list(
      'Roles',
      state.roles.map(role => describeBriefly(role, state)),
      parameters,
      paging,
    ),
  ListAttachedRolePolicies: (parameters, state, paging) =>
    list('AttachedPolicies', describeAttached(findRole(parameters, state)), parameters, paging),
  ListRolePolicies: (parameters, state, paging) =>
    list('PolicyNames', findRole(parameters, state).inlineNames, parameters, paging),
  GetAccountAuthorizationDetails: (parameters, state, paging) => {
    const filters = parameters.list('Filter');
    if (filters.some(one => !detailFilters.includes(one)))
      throw invalid(`Value '${filters.join()}' at 'filter' failed`);
    const details = filters.length === 0 || filters.includes('Role') ? state.roles : [];
    const empty = { UserDetailList: [], GroupDetailList: [], Policies: [] };
    return {
      ...empty,
      ...list(
        'RoleDetailList',
        details.map(role => describeDetail(role, state)),
        parameters,
        paging,
      ),
    };
  },
  GetPolicy: (parameters, state) => {
    const arn = parameters.read('PolicyArn');
    if (!exists(arn, state)) throw new IamRefusal(404, 'NoSuchEntity', `Policy ${arn} was not found.`);
    return { Policy: { PolicyName: arn.replace(/^.*\//, ''), Arn: arn, IsAttachable: 'true' } };
  },
  CreateRole: createRole,
  UpdateAssumeRolePolicy: (parameters, state) => {
    const text = parameters.read('PolicyDocument');
    const role = findRole(parameters, state);
    const [code, message = ''] = state.refusals[role.name] ?? [];
    if (code !== undefined) throw new IamRefusal(code === 'AccessDenied' ? 403 : 400, code, message);
    checkTrustPolicy(text, state.trustPolicyLength);
    role.trustPolicy = text;
    return {};
  },
  UpdateRole: (parameters, state) => {
    const role = findRole(parameters, state);
    role.maxSessionSeconds = parameters.readNumber('MaxSessionDuration', 3600, 43_200) ?? role.maxSessionSeconds;
    role.description = parameters.find('Description') ?? role.description;
    return {};
  },
  PutRolePermissionsBoundary: (parameters, state) => {
    const arn = parameters.read('PermissionsBoundary');
    requirePolicy(arn, state);
    findRole(parameters, state).boundaryArn = arn;
    return {};
  },
  AttachRolePolicy: (parameters, state) => {
    const arn = parameters.read('PolicyArn');
    const role = findRole(parameters, state);
    requirePolicy(arn, state);
    if (role.attachedArns.includes(arn)) return {};
    if (role.attachedArns.length >= 10)
      throw new IamRefusal(409, 'LimitExceeded', 'Cannot exceed quota for PoliciesPerRole: 10');
    role.attachedArns.push(arn);
    return {};
  },
  TagRole: (parameters, state) => {
    const role = findRole(parameters, state);
    const added = parameters.readTags();
    // The keys of roles are not case-sensitive: a tag replaces one whose key differs only in that.
    const replaced = Object.keys(added).map(key => key.toLowerCase());
    const kept = Object.entries(role.tags).filter(([key]) => !replaced.includes(key.toLowerCase()));
    role.tags = { ...Object.fromEntries(kept), ...added };
    return {};
  },
};

function createRole(parameters: Parameters, state: IamState): Xml {
  const name = parameters.read('RoleName');
  const path = parameters.find('Path') ?? '/';
  const trustPolicy = parameters.read('AssumeRolePolicyDocument');
  const boundaryArn = parameters.find('PermissionsBoundary');
  if (!/^[\w+=,.@-]{1,64}$/.test(name)) throw invalid('The specified value for roleName is invalid.');
  if (!/^\/(?:[\u0021-\u007E]+\/)?$/.test(path)) throw invalid('The specified value for path is invalid.');
  if (state.roles.some(role => role.name.toLowerCase() === name.toLowerCase()))
    throw new IamRefusal(409, 'EntityAlreadyExists', `Role with name ${name} already exists.`);
  checkTrustPolicy(trustPolicy, state.trustPolicyLength);
  if (boundaryArn !== undefined) requirePolicy(boundaryArn, state);
  const role: KeptRole = {
    ...keepRole({ name, path, trustPolicy, tags: parameters.readTags() }),
    description: parameters.find('Description'),
    maxSessionSeconds: parameters.readNumber('MaxSessionDuration', 3600, 43_200) ?? 3600,
    boundaryArn,
  };
  state.roles.push(role);
  return { Role: describe(role, state) };
}

function findRole(parameters: Parameters, { roles }: IamState): KeptRole {
  const name = parameters.read('RoleName');
  const role = roles.find(one => one.name.toLowerCase() === name.toLowerCase());
  if (role !== undefined) return role;
  throw new IamRefusal(404, 'NoSuchEntity', `The role with name ${name} cannot be found.`);
}

function exists(arn: string, { policyArns, partition }: IamState): boolean {
  return policyArns.includes(arn) || awsPolicies.some(name => arn === `arn:${partition}:iam::aws:policy/${name}`);
}

function requirePolicy(arn: string, state: IamState): void {
  if (arn.includes(':policy/aws-service-role/'))
    throw new IamRefusal(400, 'PolicyNotAttachable', 'Cannot attach a Service Role Policy to a Customer Role.');
  if (exists(arn, state)) return;
  throw new IamRefusal(404, 'NoSuchEntity', `Policy ${arn} does not exist or is not attachable.`);
}

/** ListRoles leaves tags and boundary out. */
function describeBriefly(role: KeptRole, state: IamState): Readonly<Record<string, Xml>> {
  return {
    Path: role.path,
    RoleName: role.name,
    RoleId: 'AROAEXAMPLE',
    Arn: formatRoleArn(state, role),
    CreateDate: '2026-01-01T00:00:00Z',
    AssumeRolePolicyDocument: encodeURIComponent(role.trustPolicy),
    Description: role.description,
    MaxSessionDuration: role.maxSessionSeconds,
  };
}

function describe(role: KeptRole, state: IamState): Xml {
  return {
    ...describeBriefly(role, state),
    PermissionsBoundary: describeBoundary(role),
    Tags: describeTags(role.tags),
  };
}

function describeBoundary({ boundaryArn }: KeptRole): Xml {
  return boundaryArn === undefined
    ? undefined
    : { PermissionsBoundaryType: 'Policy', PermissionsBoundaryArn: boundaryArn };
}

function describeAttached({ attachedArns }: KeptRole): readonly Xml[] {
  return attachedArns.map(arn => ({ PolicyName: arn.replace(/^.*\//, ''), PolicyArn: arn }));
}

/** Who of an account's details are asked for: https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html */
const detailFilters = ['User', 'Role', 'Group', 'LocalManagedPolicy', 'AWSManagedPolicy'];

/** Stands in every inline policy: what a program prints of it, it should not have kept. */
export const inlineContent = 'inline-policy-content-canary';

/** As GetAccountAuthorizationDetails has a role: without description and session length, but with its policies. */
function describeDetail(role: KeptRole, state: IamState): Xml {
  const { Description: _, MaxSessionDuration: __, ...brief } = describeBriefly(role, state);
  const document = { Version: '2012-10-17', Statement: { Effect: 'Allow', Action: 's3:*', Resource: inlineContent } };
  return {
    ...brief,
    InstanceProfileList: [],
    RolePolicyList: role.inlineNames.map(name => ({
      PolicyName: name,
      PolicyDocument: encodeURIComponent(JSON.stringify(document)),
    })),
    AttachedManagedPolicies: describeAttached(role),
    PermissionsBoundary: describeBoundary(role),
    Tags: describeTags(role.tags),
    RoleLastUsed: {},
  };
}

export function describeTags(tags: Readonly<Record<string, string>>): Xml {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

function list(
  name: string,
  entries: readonly Xml[],
  parameters: Parameters,
  { pageSize }: Paging,
): Readonly<Record<string, Xml>> {
  const start = Number(parameters.find('Marker') ?? 0);
  if (!Number.isInteger(start)) throw invalid('Invalid Marker.');
  const most = Math.min(parameters.readNumber('MaxItems', 1, 1000) ?? 100, pageSize);
  const end = start + most;
  const more = end < entries.length;
  return { [name]: entries.slice(start, end), IsTruncated: String(more), Marker: more ? String(end) : undefined };
}

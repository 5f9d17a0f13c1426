import { buildForIdentities } from '../trust/build.ts';
import { writeBounds } from '../trust/network/bounds.ts';
import {
  addOwnTag,
  findOtherRoleTags,
  findRoleTag,
  isOwn,
  ownTag,
  readRoleTag,
  type IamChange,
  type RoleState,
  findOtherTags,
  type ProviderState,
} from '../account/iam.ts';
import { judgeSize, planTrust } from './plan-trust.ts';
import type { Problem } from '../problem.ts';
import { defaultSessionSeconds, roleDescription, type SetupRequest, type Standing } from './request.ts';
import { describeProvider, type OidcProvider } from '../trust/oidc-provider.ts';

/** What is lacking, and why it may not be changed. */
interface ChangePlan {
  readonly changes: readonly IamChange[];
  readonly refusals: readonly Problem[];
}

/**
 * Returns what a role lacks for a setup. The trust comes last, so that nobody is allowed before the role is as it should be.
 * Throws as the builder of trust policies does.
 */
export function planRole(request: SetupRequest, standing: Pick<Standing, 'role' | 'policies'>): ChangePlan {
  const { role } = standing;
  return role === undefined ? planNew(request) : planExisting(request, role, standing.policies.attachedArns);
}

function planNew({ account, identities, role, network, raisedQuota }: SetupRequest): ChangePlan {
  const { name, path = '/', policyArns, maxSessionSeconds = defaultSessionSeconds, boundaryArn, tags } = role;
  const { text, characters } = buildForIdentities(identities, {
    ...account,
    network: network && writeBounds(network),
  });
  const create = {
    kind: 'create-role',
    arn: `arn:${account.partition}:iam::${account.accountId}:role${path}${name}`,
    name,
    path,
    trustPolicy: text,
    maxSessionSeconds,
    boundaryArn,
    description: roleDescription,
    tags: addOwnTag(tags),
  } as const;
  const attach = policyArns.map(policyArn => ({ kind: 'attach-policy', roleName: name, policyArn }) as const);
  return { changes: [create, ...attach], refusals: judgeSize(characters, raisedQuota) };
}

function planExisting(request: SetupRequest, found: RoleState, attachedArns: readonly string[]): ChangePlan {
  const { role } = request;
  const { name, policyArns, maxSessionSeconds, boundaryArn } = role;
  const trust = planTrust(found.trustPolicy, request);
  const tags = findOtherRoleTags(role.tags, found.tags);
  const missing = policyArns.filter(arn => !attachedArns.includes(arn));
  const changes: IamChange[] = missing.map(policyArn => ({ kind: 'attach-policy', roleName: name, policyArn }));
  if (boundaryArn !== undefined && boundaryArn !== found.boundaryArn)
    changes.unshift({ kind: 'set-boundary', roleName: name, boundaryArn });
  if (maxSessionSeconds !== undefined && maxSessionSeconds !== found.maxSessionSeconds)
    changes.push({ kind: 'set-session-length', roleName: name, maxSessionSeconds });
  if (Object.keys(tags).length > 0) changes.push({ kind: 'tag-role', roleName: name, tags });
  if (trust.trustPolicy !== undefined)
    changes.push({ kind: 'set-trust-policy', roleName: name, trustPolicy: trust.trustPolicy });
  return {
    changes,
    refusals: [...trust.refusals, ...refuseRole(request, found, changes)],
  };
}

function refuseRole({ role, existingRole }: SetupRequest, found: RoleState, changes: readonly IamChange[]): Problem[] {
  const refusals: Problem[] = [];
  const own = isOwn(found.tags);
  if (found.name !== role.name) refusals.push(otherName(role.name, found));
  if (role.path !== undefined && role.path !== found.path) refusals.push(otherPath(role.path, found));
  if (!own && !existingRole && changes.length > 0) refusals.push(notOurs(found));
  if (!own && role.boundaryArn !== undefined && ![undefined, role.boundaryArn].includes(found.boundaryArn))
    refusals.push(otherBoundary(role.boundaryArn, found));
  const others = Object.keys(role.tags).filter(
    key => ![undefined, role.tags[key]].includes(readRoleTag(found.tags, key)),
  );
  if (!own) refusals.push(...others.map(key => otherTag(key, found)));
  return refusals;
}

function otherName(name: string, { arn }: RoleState): Problem {
  return {
    code: 'RoleNameDiffers',
    found: `The account has ${arn}, which differs from ${name} in its letter case.`,
    expected: "the existing role's letter case; IAM does not allow two roles whose names differ only in letter case.",
    remedy: "Give the role's exact name with --role-name, in the same letter case.",
  };
}

function otherPath(path: string, { arn }: RoleState): Problem {
  return {
    code: 'RolePathDiffers',
    found: `The role already exists as ${arn}, not with the path ${path}.`,
    expected: "the role's own path; IAM does not allow changing it.",
    remedy: 'Omit --path, or choose another role with --role-name.',
  };
}

function notOurs({ arn }: RoleState): Problem {
  return {
    code: 'RoleNotOurs',
    found: `The role ${arn} already exists, and aws-wif did not create it (it lacks the tag ${ownTag.key}=${ownTag.value}).`,
    expected:
      'a new role, or your confirmation that this one may be changed: whoever uses the connection gets all its permissions.',
    remedy: 'Review the policies in the plan, then give --existing-role; or choose another role with --role-name.',
  };
}

function otherBoundary(boundaryArn: string, { arn, boundaryArn: standing = '' }: RoleState): Problem {
  return {
    code: 'BoundaryDiffers',
    found: `The role ${arn} has the permissions boundary ${standing}, not ${boundaryArn}.`,
    expected: 'the existing boundary, which aws-wif does not replace.',
    remedy: 'Omit --permissions-boundary, or choose another role with --role-name.',
  };
}

function otherTag(key: string, { arn, tags }: RoleState): Problem {
  return {
    code: 'TagDiffers',
    found: `The role ${arn} has the tag ${findRoleTag(tags, key) ?? key} with the value "${readRoleTag(tags, key) ?? ''}".`,
    expected: 'the existing tag, which aws-wif does not replace.',
    remedy: `Omit --tag ${key}=..., or choose another role with --role-name.`,
  };
}

/** Returns the ARNs of the managed policies that a role is to have, as policy or boundary, and has not yet. */
export function listNewPolicies(
  { role: { policyArns, boundaryArn } }: SetupRequest,
  { role, policies }: Pick<Standing, 'role' | 'policies'>,
): readonly string[] {
  const missing = policyArns.filter(arn => !policies.attachedArns.includes(arn));
  const boundary = boundaryArn === undefined || boundaryArn === role?.boundaryArn ? [] : [boundaryArn];
  return [...new Set([...missing, ...boundary])];
}

/** Returns why policies cannot be attached, so that nothing is made before IAM refuses them. */
export function refusePolicies({ newPolicies }: Standing): readonly Problem[] {
  return [...newPolicies].flatMap(([arn, state]) => {
    if (state === 'absent') return [notFound(arn)];
    return state === 'not-attachable' || isOfServiceRole(arn) ? [notAttachable(arn)] : [];
  });
}

/** Returns a warning for policies that could not be looked at. */
export function warnOfUnread({ newPolicies }: Standing): readonly string[] {
  const unread = [...newPolicies].filter(([, state]) => state === 'unknown').map(([arn]) => arn);
  if (unread.length === 0) return [];
  return [`Could not check whether ${unread.join(', ')} exists: the credentials are not allowed iam:GetPolicy.`];
}

/**
 * IAM lists policies of service-linked roles as attachable, and refuses to attach them.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_AttachRolePolicy.html#API_AttachRolePolicy_Errors
 */
function isOfServiceRole(arn: string): boolean {
  return /^arn:[^:]+:iam::aws:policy\/aws-service-role\//.test(arn);
}

function notFound(arn: string): Problem {
  return {
    code: 'PolicyNotFound',
    found: `The managed policy ${arn} does not exist.`,
    expected: 'policies that exist, in --policy-arn and --permissions-boundary.',
    remedy: 'Correct the ARN, including its path and letter case (aws iam list-policies), or create the policy first.',
  };
}

function notAttachable(arn: string): Problem {
  return {
    code: 'PolicyNotAttachable',
    found: `The managed policy ${arn} cannot be attached to this role.`,
    expected: 'policies that can be attached; those for service-linked roles are only for these roles.',
    remedy: 'Choose another policy.',
  };
}

/** @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
const maxClientIds = 100;

/**
 * Returns what the OIDC providers lack for a setup: providers that do not exist, and client ids. Nothing is taken away,
 * and thumbprints are neither given nor compared: IAM has its own, and looks at none if the authority is public.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateOpenIDConnectProvider.html
 */
export function planProviders(request: SetupRequest, standing: readonly ProviderState[]): ChangePlan {
  const plans = listWanted(request).map(wanted => {
    const found = standing.find(({ arn }) => arn === wanted.arn);
    return found === undefined ? create(wanted, request) : complete(wanted, found, request);
  });
  return {
    changes: plans.flatMap(({ changes }) => changes),
    refusals: plans.flatMap(({ refusals }) => refusals),
  };
}

/** One for each issuer, in the order of the identities. */
function listWanted({ account, identities }: SetupRequest): readonly OidcProvider[] {
  const all = identities.map(identity => describeProvider(identity, account));
  return all.filter(({ arn }, place) => all.findIndex(other => other.arn === arn) === place);
}

function create({ arn, issuerUrl, clientIds }: OidcProvider, { role: { tags } }: SetupRequest): ChangePlan {
  return { changes: [{ kind: 'create-provider', arn, issuerUrl, clientIds, tags: addOwnTag(tags) }], refusals: [] };
}

function complete({ arn, clientIds }: OidcProvider, found: ProviderState, { role }: SetupRequest): ChangePlan {
  const missing = clientIds.filter(id => !found.clientIds.includes(id));
  if (found.clientIds.length + missing.length > maxClientIds)
    return { changes: [], refusals: [full(found, missing.length)] };
  const tags = isOwn(found.tags) ? findOtherTags(role.tags, found.tags) : {};
  return {
    changes: [
      ...missing.map(clientId => ({ kind: 'add-client-id', arn, clientId }) as const),
      ...(Object.keys(tags).length === 0 ? [] : [{ kind: 'tag-provider', arn, tags } as const]),
    ],
    refusals: [],
  };
}

function full({ arn, clientIds }: ProviderState, more: number): Problem {
  return {
    code: 'ClientIdsFull',
    found: `The OIDC provider ${arn} has ${clientIds.length} client IDs and needs ${more} more, but IAM allows ${maxClientIds}.`,
    expected: 'room for the audiences of Azure DevOps tokens.',
    remedy: 'Remove client IDs that nobody needs; an account can have only one provider for each URL.',
  };
}

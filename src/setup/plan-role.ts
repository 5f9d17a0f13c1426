import { buildForIdentities } from '../trust/build.ts';
import { writeBounds } from '../trust/network/bounds.ts';
import type { IamChange, RoleState } from '../account/iam.ts';
import { judgeSize, planTrust } from './plan-trust.ts';
import type { Problem } from '../problem.ts';
import type { SetupRequest } from './request.ts';
import { addOwnTag, findOtherRoleTags, findRoleTag, isOwn, ownTag, readRoleTag } from '../account/tags.ts';
import type { Standing } from './standing.ts';

export interface RolePlan {
  readonly changes: readonly IamChange[];
  readonly refusals: readonly Problem[];
}

/**
 * Returns what a role lacks for a setup. The trust comes last, so that nobody is allowed before the role is as it should be.
 * Throws as the builder of trust policies does.
 */
export function planRole(request: SetupRequest, standing: Pick<Standing, 'role' | 'policies'>): RolePlan {
  const { role } = standing;
  return role === undefined ? planNew(request) : planExisting(request, role, standing.policies.attachedArns);
}

const defaultSeconds = 3600;

function planNew({ account, identities, role, network, raisedQuota }: SetupRequest): RolePlan {
  const { name, path = '/', policyArns, maxSessionSeconds = defaultSeconds, boundaryArn, tags } = role;
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
    description: 'Azure Pipelines, by workload identity federation.',
    tags: addOwnTag(tags),
  } as const;
  const attach = policyArns.map(policyArn => ({ kind: 'attach-policy', roleName: name, policyArn }) as const);
  return { changes: [create, ...attach], refusals: judgeSize(characters, raisedQuota) };
}

function planExisting(request: SetupRequest, found: RoleState, attachedArns: readonly string[]): RolePlan {
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

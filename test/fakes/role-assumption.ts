import type { Clock } from './clock.ts';
import { mayAct } from './iam-accounts.ts';
import type { Iam, KnownRole } from './iam-accounts.ts';
import type { Session, SessionStore } from './sessions.ts';
import { regionDisabled, stsErrors, StsRefusal, unauthorized } from './sts-errors.ts';
import { readRoleParameters } from './sts-parameters.ts';
import type { RoleParameters } from './sts-parameters.ts';
import { measurePacked } from './session-content.ts';
import type { StsCall } from './sts-calls.ts';
import type { RequestContext } from './trust-conditions.ts';
import { askTrust } from './trust-policy.ts';
import { verifyWebIdentity } from './web-identity.ts';
import type { WebIdentity, WebIdentityRules } from './web-identity.ts';

export interface Assumption {
  readonly session: Session;
  readonly packedPercent: number | undefined;
}

export interface AssumptionRules extends WebIdentityRules {
  readonly iam: Iam;
  readonly sessions: SessionStore;
  readonly clock: Clock;
  readonly packedPolicyLimitBytes: number;
}

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html. */
export async function assumeRoleWithWebIdentity(
  call: StsCall,
  region: string,
  rules: AssumptionRules,
): Promise<Assumption & { readonly identity: WebIdentity }> {
  const asked = readRoleParameters(call);
  checkRegion(asked, region, rules.iam);
  const identity = await verifyWebIdentity(call.parameters['WebIdentityToken'] ?? '', asked.role, rules);
  const known = rules.iam.findRole(asked.roleArn);
  if (!known || !admitsIdentity(known, identity, asked, region)) throw new StsRefusal(stsErrors.accessDenied);
  checkDuration(asked, known);
  // Tags come only inside the token here; those of the form are ignored.
  return { ...issue({ ...asked, tags: new Map(), transitiveTagKeys: [] }, rules), identity };
}

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html; the caller is a role's session, so it chains. */
export function assumeRole(call: StsCall, region: string, caller: Session, rules: AssumptionRules): Assumption {
  const asked = inheritTags(readRoleParameters(call), caller);
  checkRegion(asked, region, rules.iam);
  const known = rules.iam.findRole(asked.roleArn);
  const actions = asked.tags.size > 0 ? ['sts:AssumeRole', 'sts:TagSession'] : ['sts:AssumeRole'];
  for (const action of actions) {
    if (!known || !admitsCaller(known, action, caller, describeCall(call, asked, caller, region), rules.iam)) {
      throw new StsRefusal(unauthorized(caller.assumedRoleArn, action, asked.roleArn));
    }
  }
  if (asked.durationSeconds > 3600) throw new StsRefusal(stsErrors.durationOverChain);
  if (known) checkDuration(asked, known);
  return issue(asked, rules);
}

function checkRegion({ role }: RoleParameters, region: string, iam: Iam): void {
  if (iam.isRegionDisabled(role.accountId, region)) throw new StsRefusal(regionDisabled(role.accountId));
}

function checkDuration({ durationSeconds }: RoleParameters, role: KnownRole): void {
  if (durationSeconds > role.maxSessionDurationSeconds) throw new StsRefusal(stsErrors.durationOverRole);
}

/** The keys of https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-wif. */
function admitsIdentity(role: KnownRole, identity: WebIdentity, asked: RoleParameters, region: string): boolean {
  const prefix = identity.provider.url;
  const context = createContext({
    [`${prefix}:sub`]: [identity.subject],
    [`${prefix}:aud`]: identity.audiences,
    [`${prefix}:oaud`]: identity.originalAudiences,
    [`${prefix}:amr`]: identity.methods,
    'aws:FederatedProvider': [identity.providerArn],
    'aws:RequestedRegion': [region],
    'sts:RoleSessionName': [asked.sessionName],
    'sts:DurationSeconds': [String(asked.durationSeconds)],
  });
  const caller = { kind: 'federated', providerArn: identity.providerArn } as const;
  return askTrust(role.trustPolicy, { action: 'sts:AssumeRoleWithWebIdentity', caller, context }) !== 'refused';
}

/**
 * Trust that names the role or its session is enough inside an account; trust in an account, or across accounts, also
 * needs the caller's own policies: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html.
 */
function admitsCaller(role: KnownRole, action: string, caller: Session, context: RequestContext, iam: Iam): boolean {
  const { roleArn, assumedRoleArn: sessionArn, accountId } = caller;
  const trust = askTrust(role.trustPolicy, {
    action,
    caller: { kind: 'session', roleArn, sessionArn, accountId },
    context,
  });
  if (trust === 'refused') return false;
  const sameAccount = role.arn.split(':')[4] === accountId;
  return (trust === 'allowed' && sameAccount) || mayAct(iam.findRole(roleArn), role.arn);
}

function describeCall(call: StsCall, asked: RoleParameters, caller: Session, region: string): RequestContext {
  const { ExternalId } = call.parameters;
  return createContext({
    'sts:ExternalId': ExternalId === undefined ? [] : [ExternalId],
    'sts:RoleSessionName': [asked.sessionName],
    'sts:DurationSeconds': [String(asked.durationSeconds)],
    'sts:TransitiveTagKeys': asked.transitiveTagKeys,
    'aws:TagKeys': [...asked.tags.keys()],
    'aws:PrincipalArn': [caller.roleArn],
    'aws:PrincipalAccount': [caller.accountId],
    'aws:userid': [caller.assumedRoleId],
    'aws:RequestedRegion': [region],
    ...prefixTags('aws:RequestTag/', asked.tags),
    ...prefixTags('aws:PrincipalTag/', caller.tags),
  });
}

function prefixTags(prefix: string, tags: ReadonlyMap<string, string>): Record<string, readonly string[]> {
  return Object.fromEntries([...tags].map(([key, value]) => [prefix + key, [value]]));
}

function createContext(keys: Readonly<Record<string, readonly string[]>>): RequestContext {
  return new Map(Object.entries(keys).map(([key, values]) => [key.toLowerCase(), values]));
}

/** Transitive tags go on to the next session: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html. */
function inheritTags(asked: RoleParameters, caller: Session): RoleParameters {
  const inherited = [...caller.tags].filter(([key]) => caller.transitiveTagKeys.includes(key));
  if (inherited.length === 0) return asked;
  return {
    ...asked,
    tags: new Map([...asked.tags, ...inherited]),
    transitiveTagKeys: [...asked.transitiveTagKeys, ...inherited.map(([key]) => key)],
  };
}

function issue(asked: RoleParameters, rules: AssumptionRules): Assumption {
  const packedPercent = measurePacked(asked, rules.packedPolicyLimitBytes);
  return { session: rules.sessions.issue(asked), packedPercent };
}

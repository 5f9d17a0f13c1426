import { nameStatement, type TrustPolicy } from '../../trust/trust-policy.ts';
import type { ErrorCode } from '../../errors.ts';
import { diagnose } from '../../diagnosis/diagnose.ts';
import { describeVerdict } from '../../diagnosis/known-trust.ts';
import { judgeClaims } from '../../trust/admission.ts';
import { evaluateTrust, type Decision, type Reason, type Verdict } from '../../trust/evaluate.ts';
import { describeFederatedCall } from '../../trust/control-policies/federated-call.ts';
import { judgeControlPolicy } from '../../trust/control-policies/judge-control.ts';
import type { KnownControlPolicy } from '../../trust/control-policies/read-control-policy.ts';
import { describeWebIdentity, type TrustRequest, type RequestNetwork } from '../../trust/web-identity.ts';
import type { Caller } from '../connections/callers.ts';
import type { Trust } from './read-trust.ts';
import type { Command } from 'commander';
import { describeOrigin, type Origin } from '../../trust/network/origin.ts';
import { findPath } from '../../trust/network/bounds.ts';
import type { Partition } from '../../trust/oidc-provider.ts';
import { readEndpointId, readSourceIp, readVpc } from '../accounts/role-options.ts';
import { readAll } from '../terminal/failure.ts';

/** Whether a caller is allowed, by what, and what to do. */
export interface Judgement {
  readonly caller: Caller;
  readonly decision: Decision;
  /** The statement that decides, or came closest. */
  readonly statement: { readonly index: number; readonly sid: string | undefined } | undefined;
  /** What AWS would say no with. */
  readonly code: ErrorCode | undefined;
  /** The control policy that denies the call, or may; undefined if none of them does. */
  readonly controlPolicy: DecidingPolicy | undefined;
  /** What the statement asks that decided. */
  readonly conditions: readonly Reason[];
  readonly reasons: readonly string[];
  readonly remedy: readonly string[];
  /** The one statement that would let the caller in, as JSON. */
  readonly statementToAdd: string | undefined;
}

/** A control policy that decides about a call, and its statement. */
export interface DecidingPolicy {
  readonly name: string;
  readonly decision: 'denied' | 'unknown';
  readonly statement: { readonly index: number; readonly sid: string | undefined } | undefined;
}

/** Returns whether a caller is allowed by the trust policy and by control policies, by what, and what to do. */
export function judgeCaller(
  caller: Caller,
  trust: Trust,
  {
    origin,
    controlPolicies,
  }: { readonly origin?: KnownOrigin | undefined; readonly controlPolicies: readonly KnownControlPolicy[] },
): Judgement {
  const judgement = judgeByTrust(caller, trust, origin);
  const request = describeWebIdentity({ claims: caller.claims, account: trust.account, network: origin?.network });
  const deciding = findDeciding(request, trust, controlPolicies);
  return deciding === undefined ? judgement : countIn(judgement, deciding);
}

function judgeByTrust(caller: Caller, trust: Trust, origin: KnownOrigin | undefined): Judgement {
  const { claims } = caller;
  const { policy, account, providers, roleArn } = trust;
  const network = origin?.network;
  const verdict = evaluateTrust(policy, describeWebIdentity({ claims, account, network }));
  const { decision, deniedBy } = judgeClaims(policy, claims, { ...trust, network });
  const code = deniedBy && refusals[deniedBy];
  const role = { ...account, arn: roleArn ?? 'the role in the file' };
  const diagnosis = code && diagnose({ code, claims, role, trustPolicy: policy, providers, network });
  return {
    caller,
    decision,
    statement: verdict.statement && { index: verdict.statement.index, sid: verdict.statement.sid },
    code,
    controlPolicy: undefined,
    conditions: verdict.reasons,
    reasons: diagnosis?.likely ?? describeVerdict(verdict),
    remedy:
      diagnosis?.fix ?? (decision === 'unknown' ? [...suggestOrigin(policy, origin), ...explainSession(verdict)] : []),
    statementToAdd: verdict.decision === 'denied' && !verdict.explicit ? diagnosis?.statement : undefined,
  };
}

function findDeciding(
  request: TrustRequest,
  { account, roleArn, tags }: Trust,
  controlPolicies: readonly KnownControlPolicy[],
): DecidingPolicy | undefined {
  const call = describeFederatedCall(request, { arn: roleArn, account, tags });
  const verdicts = controlPolicies.map(policy => judgeControlPolicy(policy, call));
  const found = verdicts.find(one => one.denies === true) ?? verdicts.find(one => one.denies === 'unknown');
  if (found === undefined) return undefined;
  const { policy, denies, statement } = found;
  return {
    name: policy.name,
    decision: denies === true ? 'denied' : 'unknown',
    statement: statement && { index: statement.index, sid: statement.sid },
  };
}

/** A control policy denies whatever a trust policy allows; what may deny leaves no answer but a denial. */
function countIn(judgement: Judgement, controlPolicy: DecidingPolicy): Judgement {
  const { name, decision, statement } = controlPolicy;
  const place = statement === undefined ? '' : `, ${nameStatement(statement)}`;
  const isDenied = decision === 'denied';
  const reason = isDenied
    ? `The control policy ${name} denies the call${place}, whatever the trust policy allows.`
    : `The control policy ${name} may deny the call${place}: only AWS can decide.`;
  const isTrusted = judgement.decision !== 'denied';
  const remedy = "Ask the owner of the organization's control policies: no change to the role can lift their denial.";
  return {
    ...judgement,
    controlPolicy,
    decision: isTrusted ? decision : 'denied',
    code: isTrusted && isDenied ? 'StsAccessDenied' : judgement.code,
    reasons: isTrusted && isDenied ? [reason] : [...judgement.reasons, reason],
    remedy: [...judgement.remedy, remedy],
  };
}

/** What STS answers with. */
const refusals = {
  provider: 'StsProviderMissing',
  'client-ids': 'StsAudienceRefused',
  policy: 'StsAccessDenied',
} as const satisfies Readonly<Record<string, ErrorCode>>;

export interface OriginOptions {
  readonly sourceIp?: string;
  readonly sourceVpce?: string;
  readonly sourceVpc?: string;
}

/** Adds the options that say where the requests of an agent come from. */
export function addOriginOptions(command: Command): Command {
  return command
    .optionsGroup('Network that the agent calls AWS STS from (default: not known):')
    .option('--source-ip <address>', 'over the internet, from this public address')
    .option('--source-vpce <id>', 'through this VPC endpoint')
    .option('--source-vpc <vpc>', 'through an endpoint in this VPC (ARN or ID)');
}

/** Where requests come from, in words and as the keys that they have. */
export interface KnownOrigin {
  readonly network: RequestNetwork;
  readonly text: string;
}

/** Returns where requests come from; undefined if no option says. Throws for what no request is. */
export function readOrigin(options: OriginOptions, partition: Partition): KnownOrigin | undefined {
  const { sourceIp, sourceVpce, sourceVpc } = options;
  const [address, endpointId, vpc] = readAll(
    () => (sourceIp === undefined ? undefined : readSourceIp(sourceIp).text),
    () => (sourceVpce === undefined ? undefined : readEndpointId(sourceVpce)),
    () => (sourceVpc === undefined ? undefined : readVpc(sourceVpc, partition)),
  );
  if (address !== undefined)
    return describe({ path: 'internet', address }, `over the internet, from ${sourceIp ?? ''}`);
  const place = [endpointId, ...(vpc === undefined ? [] : [`in ${vpc}`])].filter(one => one !== undefined).join(' ');
  if (place === '') return undefined;
  const isArn = vpc?.startsWith('arn:') === true;
  return describe(
    {
      path: 'endpoint',
      ...(endpointId === undefined ? {} : { endpointId }),
      ...(vpc === undefined ? {} : isArn ? { vpcArn: vpc } : { vpcId: vpc }),
    },
    `through a VPC endpoint, ${place}`,
  );
}

function describe(origin: Origin, text: string): KnownOrigin {
  return { network: describeOrigin(origin), text };
}

/** The name comes with the request: whoever sends it decides whether the condition holds. */
function explainSession({ reasons }: Verdict): readonly string[] {
  const asks = reasons.some(
    one => one.part === 'condition' && one.holds === 'unknown' && /^sts:RoleSessionName$/i.test(one.key),
  );
  return asks
    ? [
        'Compare the session name with the condition on sts:RoleSessionName: it comes with the request. A step of AWSAssumeRoleWIF@1 sends its input roleSessionName, or <pipeline>-<build or release ID>-<attempt> if that is empty.',
      ]
    : [];
}

/** Returns how to get a verdict on a policy that asks for a network that is not known; nothing if it asks for none. */
export function suggestOrigin({ statements }: TrustPolicy, origin: KnownOrigin | undefined): readonly string[] {
  const asks = statements.some(({ conditions }) => conditions.some(({ key }) => findPath(key) !== undefined));
  if (!asks || origin !== undefined) return [];
  return ['Specify the network that the agent calls AWS STS from: --source-ip, --source-vpce or --source-vpc.'];
}

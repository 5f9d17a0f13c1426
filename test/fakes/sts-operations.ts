import type { Answer, Plan } from './faults.ts';
import { assumeRole, assumeRoleWithWebIdentity } from './role-assumption.ts';
import type { Assumption, AssumptionRules } from './role-assumption.ts';
import type { Session } from './sessions.ts';
import { readSignedRegion, verifyCaller } from './sigv4.ts';
import { changeAnswer, sendResult } from './sts-answers.ts';
import type { AnswerChange, Content } from './sts-answers.ts';
import type { StsCall } from './sts-calls.ts';
import { invalidAction, stsErrors, StsRefusal } from './sts-errors.ts';

export interface OperationRules extends AssumptionRules {
  readonly region: string | undefined;
  readonly maxClockSkewSeconds: number;
  readonly tampering: Plan<AnswerChange>;
}

/** Answers a call, or throws a refusal. */
export async function answerCall(rules: OperationRules, call: StsCall): Promise<Answer> {
  const { action, parameters } = call;
  if (parameters['Version'] !== '2011-06-15') throw new StsRefusal(invalidAction(action, parameters['Version'] ?? ''));
  switch (action) {
    case 'AssumeRoleWithWebIdentity':
      return tamper(rules, call, await answerWebIdentity(rules, call));
    case 'AssumeRole': {
      const assumption = assumeRole(call, findRegion(rules, call), authenticate(rules, call), rules);
      return tamper(rules, call, sendResult(action, describeAssumption(assumption)));
    }
    case 'GetCallerIdentity':
      return sendResult(action, describeCaller(authenticate(rules, call)));
    default:
      throw new StsRefusal(invalidAction(action, parameters['Version']));
  }
}

async function answerWebIdentity(rules: OperationRules, call: StsCall): Promise<Answer> {
  // AWS would let a good signature pass; here whoever signs has used credentials that are not the caller's to use.
  if (call.signed) throw new StsRefusal(stsErrors.signedWebIdentity);
  const assumption = await assumeRoleWithWebIdentity(call, findRegion(rules, call), rules);
  return sendResult(call.action, {
    Audience: assumption.identity.audiences[0],
    Provider: assumption.identity.providerArn,
    SubjectFromWebIdentityToken: assumption.identity.subject,
    ...describeAssumption(assumption),
  });
}

function authenticate(rules: OperationRules, { request }: StsCall): Session {
  const { region, maxClockSkewSeconds } = rules;
  return verifyCaller(request, { findSession: rules.sessions.find, clock: rules.clock, region, maxClockSkewSeconds });
}

/** The host names the region, where a proxy let the caller use the real name; on loopback it is the option or the signature's. */
function findRegion({ region }: OperationRules, { request }: StsCall): string {
  const named = /^sts(?:-fips)?\.([a-z]+(?:-[a-z]+)+-\d+)\./.exec(request.headers.host ?? '')?.[1];
  return named ?? region ?? readSignedRegion(request) ?? 'us-east-1';
}

function tamper(rules: OperationRules, { request }: StsCall, answer: Answer): Answer {
  const change = rules.tampering.take(request);
  return change ? changeAnswer(answer, change) : answer;
}

function describeAssumption({ session, packedPercent }: Assumption): Readonly<Record<string, Content>> {
  return {
    AssumedRoleUser: { AssumedRoleId: session.assumedRoleId, Arn: session.assumedRoleArn },
    Credentials: {
      AccessKeyId: session.accessKeyId,
      SecretAccessKey: session.secretAccessKey,
      SessionToken: session.sessionToken,
      Expiration: session.expiration.toISOString().replace('.000Z', 'Z'),
    },
    PackedPolicySize: packedPercent === undefined ? undefined : String(packedPercent),
    // Since June 2026; the largest size is not documented, so the percentage is only plausible.
    SessionTokenUtilization: String(Math.ceil((session.sessionToken.length * 100) / 4096)),
    SessionTokenSize: String(session.sessionToken.length),
  };
}

function describeCaller({ assumedRoleArn, assumedRoleId, accountId }: Session): Content {
  return { Arn: assumedRoleArn, UserId: assumedRoleId, Account: accountId };
}

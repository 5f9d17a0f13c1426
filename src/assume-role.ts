import {
  describeVariables,
  formatExpiration,
  listSecrets,
  planVariables,
  type Variable,
  type VariableChoice,
} from './handoff/variables.ts';
import { checkIdToken, type ExpectedIdentity } from './identity/check-id-token.ts';
import { readUnverifiedClaims, type Claims } from './identity/claims.ts';
import { describeIssuer, parseIssuer } from './identity/issuer.ts';
import { describeSubject, parseSubject } from './identity/subject.ts';
import type { Secret } from './secret.ts';
import { judgeSession, type Session } from './session/credentials.ts';
import type { RoleArn } from './session/role-arn.ts';
import type { Sts } from './session/sts.ts';

/** One checked request: who asks, for which role, and what later steps get. */
export interface AssumeRoleRequest {
  readonly identity: ExpectedIdentity;
  readonly role: RoleArn;
  readonly roleSessionName: string;
  readonly durationSeconds: number;
  readonly policy: string | undefined;
  readonly policyArns: readonly string[];
  readonly variables: VariableChoice;
}

/** Asks Azure DevOps for one service connection's ID token: one request, or a WifError. */
export interface IdTokens {
  request(connectionId: string): Promise<Secret>;
}

/** The pipeline agent, as far as a run talks to it. `protect` must come before anything can print the value. */
export interface Agent {
  readonly protect: (secrets: readonly Secret[]) => void;
  readonly publish: (variables: readonly Variable[]) => void;
  readonly tell: (line: string) => void;
  readonly warn: (line: string) => void;
}

/** Runs an operation until it succeeds, may not be tried again, or the step's time is over. */
export type Retry = <T>(operation: () => Promise<T>) => Promise<T>;

export interface Ports {
  readonly idTokens: IdTokens;
  readonly sts: Sts;
  readonly agent: Agent;
  readonly retry: Retry;
  /** Milliseconds of a clock that never goes back; the host's own time of day is not relied on. */
  readonly now: () => number;
}

/**
 * Assumes the role for the service connection and hands the credentials to later steps: ID token, claims, session,
 * hand-off. Nothing is published unless all of it succeeded.
 */
export async function assumeRole(request: AssumeRoleRequest, ports: Ports): Promise<Session> {
  const idToken = await fetchIdToken(request.identity, ports);
  ports.agent.tell(describeIdentity(idToken.claims));
  const session = await openSession(request, idToken, ports);
  ports.agent.protect(listSecrets(session));
  ports.agent.tell(describeSession(session));
  handOn(planVariables(session, request.variables), request.variables, ports.agent);
  return session;
}

function handOn(variables: readonly Variable[], choice: VariableChoice, agent: Agent): void {
  const lines = describeVariables(variables, choice);
  // The last thing that can fail: once published, the step has succeeded.
  agent.publish(variables);
  for (const line of lines) agent.tell(line);
}

interface HeldIdToken {
  readonly token: Secret;
  readonly claims: Claims;
  readonly renewAtMs: number;
}

/** An ID token with less left than this is not sent any more. */
const leastLifeMs = 60_000;

async function fetchIdToken(identity: ExpectedIdentity, ports: Ports): Promise<HeldIdToken> {
  const token = await ports.retry(() => ports.idTokens.request(identity.connectionId));
  // Nothing is printed before the token is protected, and only what is a token can be.
  const claims = readUnverifiedClaims(token);
  ports.agent.protect([token]);
  for (const warning of checkIdToken(claims, identity)) ports.agent.warn(warning);
  const lifeMs = (claims.exp - claims.iat) * 1000;
  return { token, claims, renewAtMs: ports.now() + lifeMs - leastLifeMs };
}

async function openSession(request: AssumeRoleRequest, first: HeldIdToken, ports: Ports): Promise<Session> {
  let held = first;
  return ports.retry(async () => {
    if (ports.now() >= held.renewAtMs) held = await fetchIdToken(request.identity, ports);
    const answer = await ports.sts.assumeRoleWithWebIdentity({
      roleArn: request.role.text,
      roleSessionName: request.roleSessionName,
      webIdentityToken: held.token,
      durationSeconds: request.durationSeconds,
      policy: request.policy,
      policyArns: request.policyArns,
    });
    return judgeSession(answer, request.role, request.roleSessionName);
  });
}

function describeIdentity(claims: Claims): string {
  return `ID token of the ${describeIssuer(parseIssuer(claims.iss))}, for ${describeSubject(parseSubject(claims.sub))}.`;
}

function describeSession({ assumedRoleArn, credentials }: Session): string {
  return `Assumed ${assumedRoleArn}, valid until ${formatExpiration(credentials.expiration)}.`;
}

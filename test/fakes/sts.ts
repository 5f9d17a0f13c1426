import type { Clock } from './clock.ts';
import { createPlan } from './faults.ts';
import type { Answer, Fault, Matching, RecordedRequest } from './faults.ts';
import { createIam } from './iam-accounts.ts';
import type { Account, Iam } from './iam-accounts.ts';
import { createIssuerKeys } from './issuer-keys.ts';
import { startRecordedServer } from './recorded-server.ts';
import type { RecordedServer, ServerOptions } from './recorded-server.ts';
import { createSessionStore } from './sessions.ts';
import type { Session, SessionRequest } from './sessions.ts';
import { sendError } from './sts-answers.ts';
import type { AnswerChange } from './sts-answers.ts';
import { StsRefusal } from './sts-errors.ts';
import type { StsError } from './sts-errors.ts';
import { readCall } from './sts-calls.ts';
import type { StsCall } from './sts-calls.ts';
import { answerCall } from './sts-operations.ts';
import type { OperationRules } from './sts-operations.ts';
import { findViolations } from './sts-violations.ts';

export interface StsOptions {
  readonly accounts: readonly Account[];
  /** Issuer to the URL of its discovery document: `azureDevOps.discovery`, or several merged. */
  readonly discovery: ReadonlyMap<string, string>;
  /** PEM of the authority of discovery documents on https. */
  readonly discoveryAuthority?: string;
  /** The endpoint's region. If given, signatures must be scoped to it; else any region is taken. */
  readonly region?: string;
  readonly clock?: Clock;
  /** How long signing keys of issuers are kept; 0, the default, fetches them for every token. */
  readonly keyCacheSeconds?: number;
  /** How old a signature may be: 300 by default; Infinity where callers do not run by this clock. */
  readonly maxClockSkewSeconds?: number;
  /** Room for policies and tags after packing; 1200 by default, AWS does not tell. */
  readonly packedPolicyLimitBytes?: number;
  readonly server?: Omit<ServerOptions, 'clock'>;
}

/** An STS that runs; what its IAM holds may be changed at any time. */
export interface Sts extends Pick<Iam, 'addRole' | 'setTrustPolicy' | 'addProvider' | 'removeProvider'> {
  readonly url: string;
  readonly server: RecordedServer;
  /** Every call that came, also those that a planned fault answered. */
  readonly calls: readonly StsCall[];
  readonly sessions: readonly Session[];
  /** What a well-behaved caller never does, such as a signed AssumeRoleWithWebIdentity. */
  readonly violations: readonly string[];
  /** Plans a fault of the wire, or an error of STS, for the next `times` requests that match. */
  failNext(fault: Fault | StsError, times?: number, matching?: Matching): void;
  /** Spoils the next good answers that hold credentials. */
  tamperNext(change: AnswerChange, times?: number): void;
  /** Every later session lives this long whatever was asked for; undefined ends it. */
  setSessionLife(seconds: number | undefined): void;
  /** A session without any call, for instance the one of an administrator. */
  issueSession(request: SessionRequest): Session;
  expireSession(accessKeyId: string): void;
  close(): Promise<void>;
}

/** Starts an AWS Security Token Service that knows the given accounts. */
export async function startSts(options: StsOptions): Promise<Sts> {
  const rules = createRules(options);
  const server = await startRecordedServer(request => answerRequest(rules, request), {
    ...options.server,
    clock: rules.clock,
  });
  const { addRole, setTrustPolicy, addProvider, removeProvider } = rules.iam;
  return {
    url: server.url,
    server,
    get calls() {
      return server.requests.map(readCall);
    },
    get sessions() {
      return rules.sessions.all;
    },
    get violations() {
      return server.requests.map(readCall).flatMap(findViolations);
    },
    failNext: (fault, times, matching) => {
      server.failNext('kind' in fault ? fault : { kind: 'answer', ...sendError(fault) }, times, matching);
    },
    tamperNext: (change, times) => {
      rules.tampering.add(change, times);
    },
    setSessionLife: rules.sessions.setLife,
    issueSession: rules.sessions.issue,
    expireSession: rules.sessions.expire,
    addRole,
    setTrustPolicy,
    addProvider,
    removeProvider,
    close: () => server.close(),
  };
}

/** Fits requests of an action, for `failNext`. */
export function callsAction(action: string): Matching {
  return request => readCall(request).action === action;
}

/** Fits requests for a role, for `failNext`. */
export function callsRole(roleArn: string): Matching {
  return request => readCall(request).parameters['RoleArn'] === roleArn;
}

function createRules(options: StsOptions): OperationRules {
  const clock = options.clock ?? Date.now;
  return {
    region: options.region,
    maxClockSkewSeconds: options.maxClockSkewSeconds ?? 300,
    clock,
    iam: createIam(options.accounts),
    sessions: createSessionStore(clock),
    keys: createIssuerKeys({
      discovery: options.discovery,
      authority: options.discoveryAuthority,
      cacheSeconds: options.keyCacheSeconds ?? 0,
      clock,
    }),
    packedPolicyLimitBytes: options.packedPolicyLimitBytes ?? 1200,
    tampering: createPlan(),
  };
}

async function answerRequest(rules: OperationRules, request: RecordedRequest): Promise<Answer> {
  const call = readCall(request);
  if (call.action === '') return { status: 302, headers: { location: 'https://aws.amazon.com/iam' } };
  try {
    return await answerCall(rules, call);
  } catch (error) {
    if (error instanceof StsRefusal) return sendError(error.error);
    throw error;
  }
}

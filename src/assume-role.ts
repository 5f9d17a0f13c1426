import { planFiles, type FileChoice, type FileText, type OpenedGoal } from './handoff/files.ts';
import type { ReplacedProfile } from './handoff/profile-text.ts';
import { formatSessions, renderSummary } from './handoff/summary.ts';
import {
  describeMissingOutputs,
  describeVariables,
  listSecrets,
  planVariables,
  type Variable,
  type VariableChoice,
} from './handoff/variables.ts';
import { asWifError } from './errors.ts';
import type { ExpectedIdentity } from './identity/check-id-token.ts';
import type { Claims } from './identity/claims.ts';
import { describeIssuer, parseIssuer, describeSubject, parseSubject } from './identity/issuer.ts';
import { keepIdToken, type IdTokens, type KeptIdToken, type Retry } from './identity/keep-id-token.ts';
import { describeRetirement, findRetirement, type ConnectionSettings, type Retirement } from './identity/retirement.ts';
import { watchSts, type RefusedRun, type StsWatch } from './refused-run.ts';
import type { Secret } from './secret.ts';
import { warnOfSkew } from './session/clock-skew.ts';
import type { Session } from './session/credentials.ts';
import type { Goal, SessionTerms } from './session/goal.ts';
import { openSessions, type SessionPorts } from './session/open-session.ts';
import type { Warn } from './warning.ts';

/** One checked request: who asks, for which roles, and what later steps get. */
export interface AssumeRoleRequest {
  readonly identity: ExpectedIdentity;
  /** What the service connection's settings say of its issuer's retirement. */
  readonly connection?: Omit<ConnectionSettings, 'connectionId'>;
  readonly goals: readonly [Goal, ...Goal[]];
  /** Whether the first goal is the step's main role, whose session the variables are about. */
  readonly hasMainRole: boolean;
  readonly terms: SessionTerms;
  readonly variables: VariableChoice;
  /** Undefined if no profile files are wanted. */
  readonly files: FileChoice | undefined;
}

/** The pipeline agent, as far as a run talks to it. `protect` must come before anything can print the value. */
export interface Agent {
  readonly protect: (secrets: readonly Secret[]) => void;
  readonly publish: (variables: readonly Variable[]) => void;
  readonly tell: (line: string) => void;
  /** Shown with System.Debug alone. */
  readonly debug: (line: string) => void;
  readonly warn: Warn;
  /** Adds Markdown to the run's Extensions tab. */
  readonly summarize: (markdown: string) => void;
}

export interface Ports extends Omit<SessionPorts, 'protect'> {
  readonly idTokens: IdTokens;
  readonly agent: Agent;
  readonly retry: Retry;
  /** Writes files of the job's folder, in order, all or none. */
  readonly writeFiles: (files: readonly FileText[]) => void;
  /** Milliseconds of a clock that never goes back; the host's own time of day is not relied on. */
  readonly now: () => number;
  /** Told of a run that failed once its ID token was known, before the error is thrown. */
  readonly explain?: (refused: RefusedRun) => void;
}

/**
 * Assumes the roles for the service connection and hands the credentials to later steps: ID token, claims, sessions,
 * hand-off. Nothing is published unless all of it succeeded.
 */
export async function assumeRoles(request: AssumeRoleRequest, ports: Ports): Promise<void> {
  const { protect, tell, warn } = ports.agent;
  const idToken = await keepIdToken(request.identity, { ...ports, protect, warn });
  tell(describeIdentity(idToken.claims));
  const retirement = findRetirement(idToken.claims, { ...request.identity, ...request.connection });
  if (retirement !== undefined) warn('IssuerRetiring', describeRetirement(retirement));
  const sts = watchSts(ports.openSts, request.goals);
  try {
    await openAndHandOn({ ...idToken, retirement }, request, { ...ports, openSts: sts.openSts });
  } catch (thrown) {
    explain(thrown, { ...idToken, retirement, goals: request.goals }, sts, ports);
    throw thrown;
  }
}

interface KnownToken extends KeptIdToken {
  readonly retirement: Retirement | undefined;
}

async function openAndHandOn(idToken: KnownToken, request: AssumeRoleRequest, ports: Ports): Promise<void> {
  const { protect, tell, debug, warn, summarize } = ports.agent;
  const sessions = await openSessions(request.goals, request.terms, idToken.current, { ...ports, protect });
  protect(sessions.flatMap(listSecrets));
  const opened = pair(request.goals, sessions);
  const rows = opened.map(one => toSummaryRow(one, request));
  formatSessions(rows).forEach(tell);
  for (const { session } of opened) debug(`Assumed ${session.assumedRoleArn}.`);
  for (const warning of warnOfSkew(sessions)) warn('ClockSkew', warning);
  handOn(opened, request, ports);
  summarize(renderSummary(rows, idToken.claims, idToken.retirement));
}

/** What explains a failure must not become one. */
function explain(
  thrown: unknown,
  { claims, retirement, goals }: KnownToken & Pick<RefusedRun, 'goals'>,
  sts: StsWatch,
  ports: Ports,
): void {
  try {
    const error = asWifError(thrown);
    ports.explain?.({ error, claims, retirement, goals, refused: sts.listRefused(error) });
  } catch {
    // The failure itself says what to do, too.
  }
}

/**
 * Files first, variables last: nothing points at a file that does not exist, and nothing after the first variable
 * fails.
 */
function handOn(opened: readonly OpenedGoal[], request: AssumeRoleRequest, { agent, writeFiles }: Ports): void {
  const [first] = opened;
  const main =
    request.hasMainRole && first !== undefined ? { session: first.session, region: first.goal.region } : undefined;
  const variables = planVariables(main, request.variables);
  const files = request.files === undefined ? { files: [], replaced: [] } : planFiles(opened, request.files);
  const replaced = files.replaced.map(describeReplaced);
  const names = describeVariables(variables);
  writeFiles(files.files);
  agent.publish(variables);
  replaced.forEach(agent.tell);
  const missing = main === undefined ? undefined : describeMissingOutputs(request.variables);
  if (missing !== undefined) agent.tell(missing);
  names.forEach(agent.debug);
}

function pair(goals: readonly Goal[], sessions: readonly Session[]): readonly OpenedGoal[] {
  return sessions.flatMap((session, place) => {
    const goal = goals[place];
    return goal === undefined ? [] : [{ goal, session }];
  });
}

function toSummaryRow({ goal: { profile, region }, session }: OpenedGoal, { variables }: AssumeRoleRequest) {
  const isDefault = profile !== undefined && profile === variables.profiles?.defaultProfile;
  return { profile, session, region, isDefault };
}

function describeIdentity(claims: Claims): string {
  return `Got an ID token from the ${describeIssuer(parseIssuer(claims.iss))}, for ${describeSubject(parseSubject(claims.sub))}.`;
}

function describeReplaced({ name, before, after }: ReplacedProfile): string {
  return `Profile ${name} used ${before}; it now uses ${after}.`;
}

import type { Agent } from '../../../src/assume-role.ts';
import type { StepAgent } from '../../../src/azure-devops/agent.ts';
import type { WifError } from '../../../src/errors.ts';
import { renderFailure, type ExplainedFailure } from '../../../src/handoff/summary.ts';
import type { RefusedHop, RefusedRun } from '../../../src/refused-run.ts';
import type { Diagnoses } from '../../../src/diagnosis/diagnose.ts';
import type { Diagnosis, RefusedCall } from '../../../src/diagnosis/refused-call.ts';

/** Keeps what a run says of its own failure until the error is shown. */
export interface RefusalCollector {
  readonly explain: (refused: RefusedRun) => void;
  readonly find: () => RefusedRun | undefined;
}

/** Returns an empty collector. */
export function collectRefusal(): RefusalCollector {
  let kept: RefusedRun | undefined;
  return {
    explain: refused => {
      kept = refused;
    },
    find: () => kept,
  };
}

/** Writes the diagnosis into the log, behind the error, and all of it into the run summary. It never fails. */
export async function reportFailure(agent: StepAgent, error: WifError, refused: RefusedRun | undefined): Promise<void> {
  const explained = refused === undefined ? undefined : await tryTo(() => explainRun(refused, agent), agent);
  agent.summarize(renderFailure(error.faults, explained));
}

async function tryTo<T>(work: () => Promise<T>, agent: StepAgent): Promise<T | undefined> {
  try {
    return await work();
  } catch (thrown) {
    agent.debug(`No diagnosis: ${String(thrown)}`);
    return undefined;
  }
}

async function explainRun(run: RefusedRun, agent: Agent): Promise<ExplainedFailure> {
  const { shown, more } = await diagnoseRun(run);
  for (const diagnosis of shown) listLines(diagnosis).forEach(agent.tell);
  if (more > 0) agent.tell(`… and ${more} more causes.`);
  return { claims: run.claims, retirement: run.retirement, explanations: shown, more };
}

/** What diagnoses is loaded only then: most steps need it never, and every one would start later for it. */
async function diagnoseRun({ error, claims, refused }: RefusedRun): Promise<Diagnoses> {
  const { diagnoseEach, diagnoseRenewal } = await import('../../../src/diagnosis/diagnose.ts');
  const { shown, more } = diagnoseEach(refused.map(hop => toCall(hop, claims)));
  if (shown.length > 0) return { shown, more };
  const renewal = diagnoseRenewal(error.code, claims);
  return { shown: renewal === undefined ? [] : [renewal], more: 0 };
}

function toCall({ hop, caller, error }: RefusedHop, claims: RefusedRun['claims']): RefusedCall {
  const { text: arn, partition, accountId } = hop.role;
  return {
    code: error.code,
    claims,
    role: { arn, partition, accountId },
    caller: caller?.text,
    durationSeconds: hop.durationSeconds,
  };
}

/** One statement at most, never a whole policy: what a log offers is copied without much thought. */
function listLines({ code, sent, likely, fix, statement }: Diagnosis): readonly string[] {
  return [
    `Diagnosis of ${code}`,
    '  Sent:',
    ...sent.map(indent),
    '  Most likely:',
    ...likely.map(indent),
    '  What to do:',
    ...fix.map(indent),
    ...(statement === undefined ? [] : ['  The statement:', ...statement.split('\n').map(line => `    ${line}`)]),
    `  The agent hides issuer and subject as a whole; the run summary (tab Extensions) has them${statement === undefined ? '' : ', and the statement to copy'}.`,
  ];
}

function indent(line: string): string {
  return `    - ${line}`;
}

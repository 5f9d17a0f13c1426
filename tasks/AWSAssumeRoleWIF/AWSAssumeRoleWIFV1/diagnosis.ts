import type { StepAgent } from '../../../src/azure-devops/agent.ts';
import type { WifError } from '../../../src/errors.ts';
import { renderExplained, renderFailure } from '../../../src/handoff/failure-summary.ts';
import { listFailedGoals, type FailedGoal, type RefusedHop, type RefusedRun } from '../../../src/refused-run.ts';
import { finalRole } from '../../../src/session/goal.ts';
import type { Diagnosis, FailedRole, RefusedCall, SharedCause } from '../../../src/diagnosis/refused-call.ts';

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

/**
 * Shows a failure: what AWS or Azure DevOps said, what to do, the diagnosis if there is one, and all of it in the run
 * summary. It never fails; whatever goes wrong with the explanation, the failure itself is shown.
 */
export async function reportFailure(
  agent: StepAgent,
  error: WifError,
  refused: RefusedRun | undefined,
  isMicrosoftHosted: boolean,
): Promise<void> {
  if (error.code === 'Canceled') {
    agent.fail(error);
    return;
  }
  const explained =
    refused === undefined ? undefined : await tryTo(() => explainRun(refused, agent, isMicrosoftHosted), agent);
  if (explained === undefined) {
    agent.fail(error);
    agent.summarize(renderFailure(error.faults));
    return;
  }
  const isShown = agent.summarize(explained.summary);
  const { errors, lines } = explained.describe(isShown);
  agent.fail(error, errors);
  lines.forEach(agent.tell);
}

async function tryTo<T>(work: () => Promise<T>, agent: StepAgent): Promise<T | undefined> {
  try {
    return await work();
  } catch (thrown) {
    agent.debug(`No diagnosis: ${String(thrown)}`);
    return undefined;
  }
}

/** What diagnoses is loaded only then: most steps need it never, and every one would start later for it. */
async function explainRun(run: RefusedRun, agent: StepAgent, isMicrosoftHosted: boolean) {
  const { describeFailure, diagnoseEach, diagnoseRenewal, writeHeadline } =
    await import('../../../src/diagnosis/diagnose.ts');
  const { error, claims, retirement, goals } = run;
  const failed = listFailedGoals(run).map(one => toFailedRole(one, claims, isMicrosoftHosted));
  const isOfRoles = failed.length > 0;
  const causes = isOfRoles
    ? diagnoseEach(failed, agent.hides)
    : toLoneCause(error, diagnoseRenewal(error.code, claims));
  if (causes.length === 0) return undefined;
  const asked = isOfRoles ? goals.length : 1;
  return {
    summary: renderExplained({ headline: writeHeadline({ causes, asked }), claims, retirement, causes }),
    describe: (isSummaryShown: boolean) => describeFailure({ causes, asked }, isSummaryShown),
  };
}

/** A failure that is about no role, with its diagnosis; none without one. */
function toLoneCause({ faults: [fault] }: WifError, diagnosis: Diagnosis | undefined): readonly SharedCause[] {
  return fault && diagnosis ? [{ fault, roles: [], diagnosis, commands: [] }] : [];
}

function toFailedRole(
  { goal, fault, refused }: FailedGoal,
  claims: RefusedRun['claims'],
  isMicrosoftHosted: boolean,
): FailedRole {
  const { text: arn, partition, accountId } = (refused?.hop ?? { role: finalRole(goal) }).role;
  const call =
    refused === undefined
      ? undefined
      : {
          ...toCall(refused, claims),
          route: { host: goal.endpoint.hostname, isMicrosoftHosted },
        };
  return { arn, partition, accountId, profile: goal.profile, fault, call };
}

function toCall({ hop, caller, error }: RefusedHop, claims: RefusedRun['claims']): RefusedCall {
  const { text: arn, partition, accountId } = hop.role;
  return {
    code: error.code,
    claims,
    role: { arn, partition, accountId },
    caller: caller?.text,
    durationSeconds: hop.durationSeconds,
    said: error.faults[0]?.found,
  };
}

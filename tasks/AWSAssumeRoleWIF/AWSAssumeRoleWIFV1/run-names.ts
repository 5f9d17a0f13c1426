import { listNames, type JobEnvironment, type VariableName } from '../../../src/azure-devops/job-environment.ts';
import { cutText } from '../../../src/secret.ts';
import type { RunNames } from '../../../src/session/session-name.ts';

type Find = JobEnvironment['find'];

/** What a session is named after, with what speaks against it. */
export interface JudgedRun {
  readonly run: RunNames;
  /** What makes the name somebody's choice: a sentence, undefined if nothing does. */
  readonly conflict: string | undefined;
  /** A variable that Azure Pipelines sets and that disagrees with another one of the same run. */
  readonly warnings: readonly string[];
}

/** A name and the other variables of Azure Pipelines that say the same. */
interface Part {
  readonly name: VariableName;
  readonly witnesses: readonly VariableName[];
  /** Counted apart from its witnesses, and never further than all of them: a job's attempt, beside its stage's. */
  readonly isCount?: boolean;
}

const build = {
  definition: { name: 'Build.DefinitionName', witnesses: ['System.DefinitionName'] },
  runId: { name: 'Build.BuildId', witnesses: ['Build.BuildUri'] },
  attempt: { name: 'System.JobAttempt', witnesses: ['System.PhaseAttempt', 'System.StageAttempt'], isCount: true },
} as const satisfies Record<keyof RunNames, Part>;

const release = {
  definition: { name: 'Release.DefinitionName', witnesses: [] },
  runId: { name: 'Release.ReleaseId', witnesses: ['Release.ReleaseUri'] },
  attempt: { name: 'Release.AttemptNumber', witnesses: [], isCount: true },
} as const satisfies Record<keyof RunNames, Part>;

/**
 * Returns what the session is named after. In a build anybody may set a variable Release.ReleaseId, and the other way
 * round: the host type decides.
 *
 * Two variables that become one environment variable leave one value, and nobody can say whose. Where another variable
 * of the run says the same value it is the run's; else it is a conflict.
 */
export function judgeRun(find: Find): JudgedRun {
  const isBuild = find('System.HostType')?.value.toLowerCase() === 'build';
  const parts: Readonly<Record<keyof RunNames, Part>> = isBuild ? build : release;
  const judged = [judgeHost(isBuild, find), ...Object.values(parts).map(part => judgePart(part, find))];
  const conflicts = judged.flatMap(({ names }) => (names === undefined ? [] : [names]));
  return {
    run: {
      definition: find(parts.definition.name)?.value,
      runId: find(parts.runId.name)?.value,
      attempt: find(parts.attempt.name)?.value,
    },
    conflict: conflicts.length === 0 ? undefined : describeConflicts(conflicts),
    warnings: judged.flatMap(({ warning }) => warning ?? []),
  };
}

/** The address of the job's token names the hub that runs the job; what a classic release's says is not documented. */
function judgeHost(isBuild: boolean, find: Find): JudgedPart {
  const hub = readHub(find);
  const names = find('System.HostType')?.names ?? [];
  if (names.length > 1) return hub !== undefined && isBuild === (hub === 'build') ? {} : { names };
  if (isBuild || hub !== 'build' || find('Build.BuildUri') === undefined) return {};
  return {
    warning:
      'System.HostType says that this is not a build, but the rest of the job says it is: a step has set it. The session is named after the release that the variables describe; set roleSessionName to choose another name.',
  };
}

function readHub(find: Find): string | undefined {
  const uri = find('System.OidcRequestUri');
  if (uri === undefined || uri.names.length > 1) return undefined;
  return /\/hubs\/([a-z]{1,30})\/plans\//i.exec(uri.value.slice(0, 2000))?.[1]?.toLowerCase();
}

interface JudgedPart {
  readonly names?: readonly string[];
  readonly warning?: string;
}

function judgePart({ name, witnesses, isCount = false }: Part, find: Find): JudgedPart {
  const stated = find(name);
  if (stated === undefined) return {};
  const heard = witnesses.flatMap(witness => {
    const value = find(witness);
    return value === undefined || value.names.length > 1 ? [] : [{ witness, value: readWitness(witness, value.value) }];
  });
  if (heard.some(({ value }) => value === stated.value)) return {};
  if (stated.names.length > 1) return { names: stated.names };
  if (isCount)
    return judgeCount(
      name,
      stated.value,
      heard.map(({ value }) => Number(value)),
    );
  const [other] = heard;
  if (other === undefined) return {};
  return {
    warning: `${name} is ${quote(stated.value)}, but ${other.witness} says ${quote(other.value)}: a step has set one of them. The session is named after ${name}; set roleSessionName to choose another name.`,
  };
}

/** A job is retried with its stage, so that it is not further than both. */
function judgeCount(name: VariableName, value: string, others: readonly number[]): JudgedPart {
  const isNumber = /^[1-9]\d{0,5}$/.test(value);
  if (isNumber && (others.length === 0 || others.some(other => Number(value) <= other))) return {};
  return {
    warning: `${name} is ${quote(value)}, which contradicts this run's other attempts: a step has set it. The session is named after it; set roleSessionName to choose another name.`,
  };
}

/** A value that is a whole text of its own would leave no room for what is wrong with it. */
function quote(value: string): string {
  return `"${cutText(value, 100)}"`;
}

/** vstfs:///Build/Build/4711 and vstfs:///ReleaseManagement/Release/118 end in the id. */
function readWitness(name: VariableName, value: string): string {
  return name.endsWith('Uri') ? (value.split('/').at(-1) ?? '') : value;
}

function describeConflicts(conflicts: readonly (readonly string[])[]): string {
  const pairs = conflicts.map(listNames).join(', ');
  return `Input roleSessionName is empty, and the run's own name is ambiguous: the variables ${pairs} become the same environment variable.`;
}

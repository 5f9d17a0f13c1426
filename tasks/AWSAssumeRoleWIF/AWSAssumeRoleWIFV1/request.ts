import { join } from 'node:path';
import type { AssumeRoleRequest } from '../../../src/assume-role.ts';
import type { FileChoice } from '../../../src/handoff/files.ts';
import { chooseSwitches } from '../../../src/handoff/client-switches.ts';
import {
  chooseProfileVariables,
  chooseJobRegion,
  type Environment,
  type ProfilePlace,
} from '../../../src/handoff/job-profiles.ts';
import { parseProfiles, refuseTakenNames, type ProfileFileKind } from '../../../src/handoff/profile-text.ts';
import type { ProfileVariables } from '../../../src/handoff/variables.ts';
import type { Goal } from '../../../src/session/goal.ts';
import type { CheckedInputs } from './inputs.ts';

/** What the job says about the step, besides its inputs. */
export interface StepFacts {
  readonly organizationId: string | undefined;
  readonly hasReferenceName: boolean;
  readonly environment: Environment;
  /** Whether an environment variable is a variable of the job, and not of the agent's machine. */
  readonly isJobVariable: (name: string) => boolean;
}

/** Where and how a step writes its profiles. */
export interface StepFiles {
  readonly place: ProfilePlace;
  readonly choice: FileChoice;
}

/**
 * Returns the job's profile files in their folder. Throws if somebody has changed our profiles in them, or has one
 * under a name that this step is to write.
 */
export function locateProfiles(folder: string, goals: readonly Goal[], choice: FileChoice): StepFiles {
  const names = goals.flatMap(({ profile }) => (profile === undefined ? [] : [profile]));
  const parse = (kind: ProfileFileKind) => {
    const file = parseProfiles(choice.read(kind) ?? '', kind);
    refuseTakenNames(file, names, kind);
    return file.sections;
  };
  // Both are looked at before anything is asked for, although only one has roles in it.
  parse('config');
  const place = {
    configFile: join(folder, 'config'),
    credentialsFile: join(folder, 'credentials'),
    standing: parse('credentials'),
  };
  return { place, choice };
}

/** Returns the request that a step's inputs stand for. */
export function buildRequest(inputs: CheckedInputs, facts: StepFacts, files: StepFiles | undefined): AssumeRoleRequest {
  return {
    identity: {
      connectionId: inputs.connection.id,
      organizationId: facts.organizationId,
      subject: inputs.connection.subject,
      kind: inputs.connection.kind,
      tenantId: inputs.connection.tenantId,
    },
    goals: inputs.goals,
    hasMainRole: inputs.hasMainRole,
    terms: inputs.terms,
    files: files?.choice,
    variables: {
      prefix: inputs.variablePrefix,
      setVariables: inputs.setVariables,
      outputCredentials: inputs.outputCredentials,
      hasReferenceName: facts.hasReferenceName,
      sharedRegion: chooseJobRegion(inputs, facts.environment),
      profiles: files === undefined ? undefined : describeProfileVariables(inputs, facts, files),
      switches: files === undefined ? {} : chooseSwitches(facts.environment, facts.isJobVariable).variables,
    },
  };
}

function describeProfileVariables(inputs: CheckedInputs, facts: StepFacts, { place }: StepFiles): ProfileVariables {
  const main = inputs.hasMainRole ? inputs.goals[0] : undefined;
  return chooseProfileVariables(place, main, inputs.variablePrefix, facts.environment);
}

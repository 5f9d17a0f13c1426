import type { VariableChoice } from '../../src/handoff/variables.ts';

/** The variables of a step that sets all it can, without profile files. */
export const choice: VariableChoice = {
  prefix: '',
  setVariables: true,
  outputCredentials: true,
  hasReferenceName: true,
  sharedRegion: 'eu-west-1',
  profiles: undefined,
  switches: {},
};

/** What is around a later step besides the task's hand-off. */
export interface Surroundings {
  readonly name: string;
  /** An instance role answers. */
  readonly instance?: boolean;
  /** Variables of container credentials appear in the step. */
  readonly container?: boolean;
  /** Another role's keys are in the step's environment. */
  readonly keys?: boolean;
  /** The agent's user has a default profile of another role in `~/.aws`. */
  readonly agent?: boolean;
  /** How far the clock of the host is off, for the task, its helper and the client alike. */
  readonly clockSeconds?: number;
}

export const plain: Surroundings = { name: 'plain' };
export const instance: Surroundings = { name: 'an instance role answers', instance: true };
export const container: Surroundings = { name: 'container credentials appear', container: true };
export const keys: Surroundings = { name: "another role's keys in the step", keys: true };
export const agent: Surroundings = { name: "the agent's own ~/.aws", agent: true };

/** Everything at once that is not the step's own wish. */
export const worst: Surroundings = {
  name: 'instance role, container credentials and ~/.aws at once',
  instance: true,
  container: true,
  agent: true,
};

export const surroundings: readonly Surroundings[] = [
  plain,
  instance,
  container,
  keys,
  agent,
  { name: 'clock two hours behind', clockSeconds: -7200 },
  { name: 'clock two hours ahead', clockSeconds: 7200 },
  worst,
];

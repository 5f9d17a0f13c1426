/** What became of the profile when the client runs. */
export interface State {
  readonly name: string;
  readonly kind: 'static' | 'refreshing';
  /** The first session ends right after the step, so that the helper has to renew it. */
  readonly short?: boolean;
  /** Azure DevOps refuses the job token afterwards. */
  readonly deadToken?: boolean;
  /** AWS STS no longer accepts the session. */
  readonly ended?: boolean;
  /** The job is over, and its files are gone. */
  readonly removed?: boolean;
  /** The profile that the step names, default: the job's. */
  readonly profile?: string;
  /** The step maps the three keys by `env:`, as tools that read no profile need it. */
  readonly mapsKeys?: boolean;
  /** The only right end is the role, for a client that reads such profiles. */
  readonly works: boolean;
}

export const helperFailing: State = {
  name: 'helper failing',
  kind: 'refreshing',
  short: true,
  deadToken: true,
  works: false,
};

export const states: readonly State[] = [
  { name: 'static', kind: 'static', works: true },
  { name: 'refreshing', kind: 'refreshing', works: true },
  { name: 'refreshed once', kind: 'refreshing', short: true, works: true },
  helperFailing,
  { name: 'session over', kind: 'static', ended: true, works: false },
  { name: 'files removed', kind: 'static', removed: true, works: false },
  { name: 'another profile', kind: 'refreshing', profile: 'network', works: true },
  { name: 'keys mapped', kind: 'static', mapsKeys: true, works: true },
  { name: 'a missing profile', kind: 'refreshing', profile: 'nobody', works: false },
];

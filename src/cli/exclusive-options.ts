/** Options that exclude each other, and why if that is not plain. */
interface Exclusive {
  readonly option: string;
  readonly others: readonly string[];
  readonly expected?: string;
}

/** All of them; a command has some of these options. */
const all: readonly Exclusive[] = [
  { option: '--yes', others: ['--dry-run'] },
  { option: '--json', others: ['--format'] },
  { option: '--tag', others: ['--provider-arn'] },
  { option: '--role', others: ['--all-roles'] },
  { option: '--any-network', others: ['--source-ip', '--source-vpc', '--source-vpce'] },
  {
    option: '--account',
    others: ['--accounts-file'],
    expected: 'only one of them; the file lists all accounts.',
  },
  {
    option: '--file',
    others: ['--accounts-file', '--profile', '--assume-role', '--account-details'],
    expected: 'either files, or accounts to read.',
  },
  {
    option: '--trust-policy-file',
    others: ['--profile', '--assume-role'],
    expected: 'either a file, or a role to read from IAM.',
  },
  {
    option: '--file',
    others: ['--exempt-tag'],
    expected: 'accounts to read: files do not contain the tags of roles.',
  },
  {
    option: '--plan',
    others: ['--role', '--expand', '--include-converted'],
    expected: 'only --plan; the file contains the options that it was created with.',
  },
  {
    option: '--organization-url',
    others: ['--organization', '--organization-id', '--connection-id'],
    expected:
      'either --organization-url with --project and --connection, which finds the rest, or no --organization-url.',
  },
  {
    option: '--source-ip',
    others: ['--source-vpc', '--source-vpce'],
    expected:
      'only one of them. A request through a VPC endpoint has no aws:SourceIp, and a request over the internet has no aws:SourceVpc or aws:SourceVpce. For both networks, use two roles.',
  },
];

/** Options that have no effect without another one. */
interface Dependent {
  readonly options: readonly string[];
  /** One of these is enough. */
  readonly needs: readonly string[];
  /** What these stand for; their names if nothing is said. */
  readonly what?: string;
  /** The commands that this is true of; all if none are named. */
  readonly commands?: readonly string[];
}

const namesConnection = ['--organization-url', '--organization-id', '--connection', '--connection-id'];

const dependent: readonly Dependent[] = [
  { options: ['--overwrite'], needs: ['--out'] },
  { options: ['--sha256'], needs: ['--plan'] },
  { options: ['--management-account'], needs: ['--check'] },
  {
    options: ['--file', '--account', '--accounts-file', '--partition', '--profile', '--assume-role'],
    needs: ['--check'],
    commands: ['subjects', 'retired', 'changes'],
  },
  { options: ['--issuer'], needs: namesConnection, what: 'a service connection', commands: ['diagnose'] },
  { options: ['--tenant-id'], needs: ['--organization-url'], commands: ['rollback'] },
];

/** Options of a line that do not go together: what is wrong, and what to do. */
export interface Conflict {
  readonly found: string;
  readonly expected: string;
  readonly remedy: string;
}

/** Returns which of the options that a command is given exclude each other, and which have no effect. */
export function listConflicts(given: ReadonlySet<string>, command: string): readonly Conflict[] {
  const exclusive = all
    .filter(({ option }) => given.has(option))
    .flatMap(({ option, others, expected = 'only one of them.' }) =>
      others
        .filter(other => given.has(other))
        .map(other => ({
          found: `Both ${option} and ${other} are given.`,
          expected,
          remedy: `Omit ${option} or ${other}.`,
        })),
    );
  const idle = dependent
    .filter(({ needs, commands }) => !needs.some(one => given.has(one)) && commands?.includes(command) !== false)
    .flatMap(({ options, needs, what = needs.join(' or ') }) =>
      options
        .filter(option => given.has(option))
        .map(option => ({
          found: `${option} is given without ${what}.`,
          expected: `${what}; otherwise ${option} has no effect.`,
          remedy: `Add ${what}, or omit ${option}.`,
        })),
    );
  return [...exclusive, ...idle];
}

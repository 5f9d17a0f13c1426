/** Options that exclude each other, and why where that is not plain. */
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

/** Two options of a line that exclude each other. */
export interface Conflict {
  readonly option: string;
  readonly other: string;
  readonly expected: string;
}

/** Returns which of the options that are given exclude each other. */
export function listConflicts(given: ReadonlySet<string>): readonly Conflict[] {
  return all
    .filter(({ option }) => given.has(option))
    .flatMap(({ option, others, expected = 'only one of them.' }) =>
      others.filter(other => given.has(other)).map(other => ({ option, other, expected })),
    );
}

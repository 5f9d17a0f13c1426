/** What a measurement has to reach. */
export interface Target {
  readonly name: string;
  readonly text: string;
  /** `at most` unless it has to be just so. */
  readonly exactly?: true;
  readonly limit: number;
  /** What is wished for, beyond the limit. */
  readonly aim?: number;
  readonly unit: '' | 'kB' | '×';
}

const times = (name: string, text: string, limit: number, aim?: number): Target => ({
  name,
  text,
  limit,
  ...(aim === undefined ? {} : { aim }),
  unit: '×',
});
const exactly = (name: string, text: string, limit: number): Target => ({ name, text, limit, exactly: true, unit: '' });
const atMost = (name: string, text: string, limit: number): Target => ({ name, text, limit, unit: '' });
const kilobytes = (name: string, text: string, limit: number, aim?: number): Target => ({
  ...times(name, text, limit, aim),
  unit: 'kB',
});

/** Every target, in the order in which they are shown. */
export const targets: readonly Target[] = [
  times('task-20-rtt40', 'task against the floor, Node 20, round trip of 40 ms', 0.87, 0.85),
  times('curl-20-rtt40', 'task against curl and sed, Node 20, round trip of 40 ms', 1),
  times('curl-20-rtt20', 'task against curl and sed, Node 20, round trip of 20 ms', 1.12, 1.05),
  times('task-24-rtt40', 'task against the floor, Node 24, round trip of 40 ms', 0.9),
  times('task-20-0', 'task against the floor, Node 20, no delay', 1.5, 1.4),
  times('task-20-50', 'task against the floor, Node 20, answers after 50 ms', 1.12, 1.1),
  times('task-24-0', 'task against the floor, Node 24, no delay', 2),
  times('task-24-50', 'task against the floor, Node 24, answers after 50 ms', 1.15),
  times('extra-20-0', 'task against the floor, Node 20, NODE_EXTRA_CA_CERTS on the machine', 1.5),
  times('extra-24-0', 'task against the floor, Node 24, NODE_EXTRA_CA_CERTS on the machine', 1.5),
  times('cac-20-0', 'task against configure-aws-credentials, Node 20, no delay', 0.65),
  times('cac-20-50', 'task against configure-aws-credentials, Node 20, answers after 50 ms', 0.65),
  times('cac-24-0', 'task against configure-aws-credentials, Node 24, no delay', 0.65),
  times('cac-24-50', 'task against configure-aws-credentials, Node 24, answers after 50 ms', 0.65),
  times('aws-20-0', 'task against curl and the AWS CLI, Node 20, no delay', 0.3),
  times('memory-20', 'peak memory against the floor, Node 20', 1.2),
  times('memory-24', 'peak memory against the floor, Node 24', 1.2),
  exactly('requests-1', 'requests for one role', 2),
  exactly('handshakes-1', 'TLS handshakes for one role', 2),
  exactly('requests-100', 'requests for 100 roles', 101),
  atMost('connections-100', 'connections to AWS STS for 100 roles', 20),
  times('roles-100', '100 roles against one, answers after 100 ms', 3),
  kilobytes('folder', 'task folder, zipped', 148, 130),
  kilobytes('vsix', '.vsix', 1000),
  atMost('files', 'files in the task folder', 12),
  times('cached-20', 'cached credential_process answer against node -e 0, Node 20', 1.4),
  times('cached-24', 'cached credential_process answer against node -e 0, Node 24', 1.4),
  times('refresh-20', 'refresh against the floor, Node 20', 1.3),
  times('refresh-24', 'refresh against the floor, Node 24', 1.3),
  times('help-20', 'aws-wif --help against node -e 0, Node 20', 2),
  times('help-24', 'aws-wif --help against node -e 0, Node 24', 2),
  atMost('accounts', 'seconds of aws-wif setup for 200 accounts, answers after 50 ms', 30),
  atMost('fleet audit', 'processor seconds of migrate audit, 1,000 connections and 200 roles', 5),
  atMost('fleet plan', 'processor seconds of migrate plan, 1,000 connections and 200 roles', 5),
  atMost('fleet apply', 'processor seconds of migrate apply, 1,000 connections and 200 roles', 10),
  atMost('fleet memory', 'MiB at the peak of these three', 500),
  atMost('fleet accounts', 'seconds of migrate audit for 200 accounts of 40 roles, answers after 50 ms', 60),
  atMost('audit files', 'processor seconds of aws-wif audit, files of 40 accounts of 200 roles', 10),
  atMost('audit unique', 'the same, no two roles alike', 10),
  atMost('audit live', 'processor seconds of aws-wif audit --account-details, 40 accounts of 200 roles', 10),
  atMost('audit memory', 'MiB at the peak of aws-wif audit, files and live', 500),
  ...['connections', 'roles', 'accounts'].map(name =>
    times(`fleet ${name}, time`, `time of an audit of the most ${name} against a straight line`, 1.25),
  ),
  ...['roles', 'sound statements', 'wrong statements'].flatMap(name => [
    times(`${name}, time`, `time of the most ${name} against a straight line`, 1.25),
    times(`${name}, memory`, `memory of the most ${name} against a straight line`, 1.25),
  ]),
];

export type Verdict = 'met, and the aim' | 'met' | 'missed' | 'not measured';

export interface Judgement {
  readonly target: Target;
  readonly measured: number | undefined;
  readonly verdict: Verdict;
}

/** Returns a judgement for each target. What was not measured is neither met nor missed. */
export function judge(measured: ReadonlyMap<string, number>, all: readonly Target[] = targets): readonly Judgement[] {
  return all.map(target => {
    const value = measured.get(target.name);
    return { target, measured: value, verdict: value === undefined ? 'not measured' : compare(value, target) };
  });
}

function compare(value: number, { limit, aim, exactly: isExact }: Target): Verdict {
  const met = isExact === true ? value === limit : value <= limit;
  if (!met) return 'missed';
  return aim !== undefined && value <= aim ? 'met, and the aim' : 'met';
}

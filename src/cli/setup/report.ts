import type { Identity } from '../../identity/audience.ts';
import { neutralise } from '../../secret.ts';
import { formatPlans, formatRun, listRole, listRun, sumUp, type AccountRun } from '../accounts/run.ts';
import { issuerTitles, listIdentity, type SettledConnection } from '../connections/identities.ts';
import type { Paint } from '../terminal/layout.ts';
import type { Report } from '../terminal/report.ts';
import type { ConnectionKind } from '../../identity/connection-kinds.ts';
import { firstRegions, isRegion, partitionOf, type Partition } from '../../session/region.ts';
import { quoteYaml } from '../../setup/template/quote.ts';
import type { RolePolicies } from '../../account/iam.ts';
import type { IdentityAdmission } from '../../setup/plan.ts';
import type { SetupRequest } from '../../setup/request.ts';

/** What became of an account so far, and who is allowed. */
export interface SetupRun extends AccountRun {
  readonly request: SetupRequest;
  /** The ARN of the role as it is, or as it will be; undefined if that is not known. */
  readonly roleArn: string | undefined;
  readonly policies?: RolePolicies | undefined;
  readonly warnings: readonly string[];
  readonly admissions: readonly IdentityAdmission[];
}

/** What is known of a run besides its accounts. */
interface SetupFrame {
  readonly dryRun: boolean;
  readonly warnings: readonly string[];
  readonly connections: readonly SettledConnection[];
  /** The Region of the step to paste. */
  readonly region: string;
  /** What to run instead of answering questions; undefined if none was asked. */
  readonly command?: string | undefined;
}

/** Returns the warnings of accounts' plans, each once. */
export function listWarnings(runs: readonly SetupRun[]): readonly string[] {
  return [...new Set(runs.flatMap(({ warnings }) => warnings))];
}

/** Returns what became of all accounts. */
export function reportSetup(runs: readonly SetupRun[], frame: SetupFrame): Report {
  const { dryRun, warnings, connections } = frame;
  const names = nameSubjects(connections);
  return {
    ...sumUp(runs),
    json: { dryRun, accounts: runs.map(listSetup) },
    text: paint =>
      [
        ...(dryRun ? [formatPlans(runs, paint)] : []),
        runs.map(run => formatSetup(run, names, paint)).join('\n'),
        ...listNext(runs, frame),
      ]
        .filter(Boolean)
        .join('\n\n'),
    warnings: [...new Set(warnings.map(neutralise))],
  };
}

function listSetup(run: SetupRun): Readonly<Record<string, unknown>> {
  return {
    ...listRun(run),
    role: run.roleArn === undefined ? null : listRole(run.roleArn),
    admissions: run.admissions.map(({ identity, decision }) => ({ ...listIdentity(identity), decision })),
  };
}

function formatSetup(run: SetupRun, names: ReadonlyMap<string, string>, paint: Paint): string {
  const { roleArn, admissions } = run;
  return formatRun(run, paint, [
    ...(roleArn === undefined ? [] : [`role ${neutralise(roleArn)}`]),
    ...admissions.map(({ identity, decision }) => `${decision}: ${neutralise(nameIdentity(identity, names))}`),
  ]);
}

function nameIdentity({ subject, issuer }: Identity, names: ReadonlyMap<string, string>): string {
  const name = names.get(subject);
  return name === undefined ? subject : `${name}, on ${issuerTitles[issuer.kind]}`;
}

/** What is left to do for whoever ran the command: the step, once a role is there for it, and the same command again. */
function listNext(runs: readonly SetupRun[], { connections, region, command }: SetupFrame): readonly string[] {
  const [run] = runs.filter(({ status, exit }) => exit === 0 && (status === 'done' || status === 'unchanged'));
  const connection = findStepConnection(connections);
  const others = runs.length > 1 || connections.length > 1;
  const title = `Paste this into the pipeline${others ? '. For the other accounts and connections, change the names' : ''}:`;
  const step =
    run?.roleArn === undefined || connection === undefined
      ? []
      : [title, formatStep({ connection, roleArn: run.roleArn, region })];
  return [...step, ...(command === undefined ? [] : ['The same command without questions:', command])];
}

/** What a step names: a connection, the role that it may assume, and the Region that later steps work in. */
interface WantedStep {
  readonly connection: StepConnection;
  readonly roleArn: string;
  readonly region: string;
}

export interface StepConnection {
  /** Undefined where the connection was named by its ids alone. */
  readonly name: string | undefined;
  readonly id: string | undefined;
  /** Undefined where Azure DevOps was not asked. */
  readonly kind: ConnectionKind['name'] | undefined;
}

/** The kinds that the task takes. */
export const taskKinds: readonly ConnectionKind['name'][] = ['azure-rm', 'azure-devops'];

/** Returns the first connection that the task takes; undefined if it takes none. */
function findStepConnection(connections: readonly SettledConnection[]): StepConnection | undefined {
  return connections
    .map(({ described: { facts, shown } }) => ({
      name: facts.connection,
      id: facts.connectionId,
      kind: shown?.kind.name,
    }))
    .find(({ kind }) => kind === undefined || taskKinds.includes(kind));
}

/** Returns the step as YAML to paste into a pipeline, with a script that shows that it works. */
export function formatStep({ connection, roleArn, region }: WantedStep): string {
  const name = quoteYaml(nameConnection(connection));
  const inputs =
    connection.kind === 'azure-devops'
      ? ['connectionType: azureDevOps', `azureDevOpsConnection: ${name}`]
      : [`serviceConnection: ${name}`];
  return [
    'steps:',
    '  - task: AWSAssumeRoleWIF@1',
    '    name: aws',
    '    inputs:',
    ...[...inputs, `roleArn: ${quoteYaml(roleArn)}`, `region: ${region}`].map(line => `      ${line}`),
    '  - script: aws sts get-caller-identity',
  ].join('\n');
}

/** Azure Pipelines would expand an expression in a name; it takes the connection's id as well. */
function nameConnection({ name, id }: StepConnection): string {
  const written = name !== undefined && /\$[([{]/.test(name) ? id : name;
  return written ?? '<name of the service connection>';
}

/** Returns the Region of the environment if it is of the partition, else the partition's first one. */
export function chooseRegion(partition: Partition, env: Readonly<Record<string, string | undefined>>): string {
  const given = [env['AWS_REGION'], env['AWS_DEFAULT_REGION']].find(
    one => one !== undefined && isRegion(one) && partitionOf(one) === partition,
  );
  return given ?? firstRegions[partition];
}

/** Returns what people call the connections, by each of their subjects: `Payments/aws`. Those without names are not in it. */
function nameSubjects(connections: readonly SettledConnection[]): ReadonlyMap<string, string> {
  return new Map(
    connections.flatMap(({ identities, described: { facts } }) =>
      facts.project === undefined || facts.connection === undefined
        ? []
        : identities.map(({ subject }) => [subject, `${facts.project}/${facts.connection}`] as const),
    ),
  );
}

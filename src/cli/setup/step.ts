import type { ConnectionKind } from '../../identity/connection-kinds.ts';
import { isRegion, partitionOf, type Partition } from '../../session/region.ts';
import { quoteYaml } from '../../setup/template/quote.ts';
import type { SettledConnection } from '../connections/trusted-identities.ts';

/** What a step names: a connection, the role that it may assume, and the Region that later steps work in. */
export interface WantedStep {
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
export function findStepConnection(connections: readonly SettledConnection[]): StepConnection | undefined {
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

/** Where nothing else is said. */
const defaultRegions: Readonly<Record<Partition, string>> = {
  aws: 'us-east-1',
  'aws-cn': 'cn-north-1',
  'aws-us-gov': 'us-gov-west-1',
  'aws-eusc': 'eusc-de-east-1',
};

/** Returns the Region of the environment if it is of the partition, else the partition's first one. */
export function chooseRegion(partition: Partition, env: Readonly<Record<string, string | undefined>>): string {
  const given = [env['AWS_REGION'], env['AWS_DEFAULT_REGION']].find(
    one => one !== undefined && isRegion(one) && partitionOf(one) === partition,
  );
  return given ?? defaultRegions[partition];
}

/** Returns what people call the connections, by each of their subjects: `Payments/aws`. Those without names are not in it. */
export function nameSubjects(connections: readonly SettledConnection[]): ReadonlyMap<string, string> {
  return new Map(
    connections.flatMap(({ identities, described: { facts } }) =>
      facts.project === undefined || facts.connection === undefined
        ? []
        : identities.map(({ subject }) => [subject, `${facts.project}/${facts.connection}`] as const),
    ),
  );
}

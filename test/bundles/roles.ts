import { names, type Scene } from './scene.ts';

/** A line of the input `profiles`, and whom STS then says the caller is. */
export interface ProfileRow {
  readonly name: string;
  readonly roleArn: string;
  readonly line: string;
  readonly sessionArn: string;
}

/** The ARN of a role's session, named after the pipeline `infra-main`, run 4711, attempt 1. */
export function nameSession(roleArn: string, sessionName = 'infra-main-4711-1'): string {
  const [, partition = '', , , account = '', resource = ''] = roleArn.split(':');
  const role = resource.slice(resource.lastIndexOf('/') + 1);
  return `arn:${partition}:sts::${account}:assumed-role/${role}/${sessionName}`;
}

/** Adds a role per profile, each in an account of its own, that admits the service connections. */
export function addProfiles(scene: Scene, count: number, region = ''): readonly ProfileRow[] {
  return Array.from({ length: count }, (_, index) => {
    const roleArn = `arn:aws:iam::${String(200_000_000_001 + index)}:role/deploy`;
    scene.addRole(roleArn);
    return describeRow(`account-${index + 1}`, [roleArn], region);
  });
}

/** Adds the further roles of a chain; each admits the one before it. The scene has the first already, or gets it. */
export function addChain(scene: Scene, name: string, roles: readonly [string, string, ...string[]]): ProfileRow {
  const [first, ...rest] = roles;
  if (first !== names.roleArn) scene.addRole(first);
  rest.forEach((arn, index) => {
    scene.sts.addRole({ arn, trustPolicy: admitRole(roles[index] ?? '') });
  });
  return describeRow(name, roles);
}

/** Three roles in three accounts, one after another. */
export const threeRoles = [
  'arn:aws:iam::111111111111:role/deploy',
  'arn:aws:iam::333333333333:role/hub',
  'arn:aws:iam::444444444444:role/team/last',
] as const;

/** The text of the input. */
export function writeProfiles(rows: readonly ProfileRow[]): string {
  return rows.map(({ line }) => line).join('\n');
}

function describeRow(name: string, roles: readonly string[], region = ''): ProfileRow {
  const roleArn = roles.at(-1) ?? '';
  const line = `${name} = ${roles.join(' > ')} ${region}`.trim();
  return { name, roleArn, line, sessionArn: nameSession(roleArn) };
}

function admitRole(roleArn: string) {
  const Action = ['sts:AssumeRole', 'sts:TagSession'];
  return { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: { AWS: roleArn }, Action }] };
}

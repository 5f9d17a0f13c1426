import { planTask, findResultFault, runTask, type TaskRun } from '../contenders/task.ts';
import type { NodeBinary } from '../machine.ts';
import type { Contender } from '../measure.ts';
import type { Seen } from '../stand-ins.ts';
import type { Bench } from './suite.ts';

/** Most lines of the input profiles; more roles take several steps. */
export const maxProfiles = 200;

/** Returns the ARNs of so many roles, each of an account of its own. */
export function listRoles(count: number): readonly string[] {
  return Array.from({ length: count }, (_, place) => `arn:aws:iam::${String(200_000_000_001 + place)}:role/deploy`);
}

function writeProfiles(roles: readonly string[]): string {
  return roles.map(arn => `account-${arn.split(':')[4] ?? ''} = ${arn}`).join('\n');
}

/** The steps that it takes to assume some roles, one after another in one job. */
export interface RoleRun {
  readonly steps: readonly { readonly run: TaskRun; readonly roles: number }[];
}

/** Runs the task once for so many roles, all as profiles, in as many steps as that takes. */
export async function runRoles({ packed, standIns, trust }: Bench, count: number): Promise<RoleRun> {
  const all = listRoles(count);
  const steps: { run: TaskRun; roles: number }[] = [];
  for (let begin = 0; begin < count; begin += maxProfiles) {
    const roles = all.slice(begin, begin + maxProfiles);
    const inputs = { roleArn: '', profiles: writeProfiles(roles), timeoutSeconds: '300' };
    const job = steps[0]?.run.job;
    const run = await runTask(packed.taskFolder, { standIns, trust, inputs, ...(job === undefined ? {} : { job }) });
    steps.push({ run, roles: roles.length });
  }
  return { steps };
}

/** Returns each step as a contender; the later ones find what the earlier ones wrote. */
export function planRoles({ steps }: RoleRun, node: NodeBinary, { trust }: Bench): readonly Contender[] {
  return steps.map(({ run, roles }, place) => {
    const { prepare, ...plan } = planTask(
      run,
      node,
      trust,
      (ran, seen) => findResultFault(ran) ?? findRolesFault(roles, seen),
    );
    const name = `${roles} roles, step ${place + 1}`;
    return place === 0 && prepare ? { ...plan, name, prepare } : { ...plan, name };
  });
}

function findRolesFault(roles: number, { tokenRequests, accessKeyIds, stsRequests }: Seen): string | undefined {
  if (tokenRequests !== 1) return `asked for ${tokenRequests} tokens`;
  if (stsRequests.length !== roles) return `made ${stsRequests.length} requests to AWS STS`;
  return accessKeyIds.length === roles ? undefined : `opened ${accessKeyIds.length} sessions`;
}

import { fillAccount, readAccounts } from '../../accounts/options.ts';
import type { Questions } from '../../terminal/questions.ts';
import { readRequest, type SetupOptions } from '../options.ts';

type Answers = Pick<SetupOptions, 'roleName' | 'policyArn'>;

/** Returns the role's name, and the policy to attach to it; those that were given are not asked for. */
export async function askRole(options: SetupOptions, questions: Questions): Promise<Answers> {
  const { policyArn } = options;
  const roleName = options.roleName ?? (await askName(options, questions));
  return { roleName, policyArn: policyArn ?? (await askPolicies({ ...options, roleName }, questions)) };
}

function askName(options: SetupOptions, { askText }: Questions): Promise<string> {
  return askText({
    title: 'Name of the IAM role, created if it does not exist',
    suggestion: suggestName(options),
    check: roleName => {
      readRequest({ ...options, roleName }, undefined);
    },
  });
}

/** IAM accepts 64 of these characters. */
function suggestName({ project, connection: [connection = 'deploy'] = [] }: SetupOptions): string {
  const name = project === undefined ? connection : `${project}-${connection}`;
  return name.replace(/[^\w+=,.@-]+/g, '-').slice(0, 64);
}

/** `another` is an ARN that is typed. */
async function askPolicies(options: SetupOptions, questions: Questions): Promise<readonly string[]> {
  const readOnly = `arn:${options.partition}:iam::aws:policy/ReadOnlyAccess`;
  const chosen = await questions.choose<'another' | readonly string[]>('Policy to attach to the role', [
    { value: [readOnly], title: 'ReadOnlyAccess', hint: 'AWS managed: enough to look around' },
    { value: 'another', title: 'another managed policy', hint: 'by its ARN' },
    { value: [], title: 'none', hint: 'attach policies later, or keep the ones the role already has' },
  ]);
  if (chosen !== 'another') return chosen;
  const accounts = readAccounts(options);
  const policy = await questions.askText({
    title: 'ARN of the policy',
    check: arn => {
      for (const account of accounts) readRequest({ ...options, policyArn: [fillAccount(arn, account)] }, account);
    },
  });
  return [policy];
}

import { hasToken } from '../../connections/ask-azure-devops.ts';
import { requireNamedConnections } from '../../connections/options.ts';
import { readNamedTargets, fillAccount, readAccounts } from '../../accounts/options.ts';
import { readAll } from '../../terminal/failure.ts';
import { readRequest, lacksAccount, lacksConnection, namesIds, type SetupOptions } from '../options.ts';
import { askAccount, findRoleAccount, listProfiles, type AccountPorts } from './ask-account.ts';
import { askConnection, requireListed, type ConnectionPorts } from './ask-connection.ts';
import type { Questions } from '../../terminal/questions.ts';
import { neutralise } from '../../../secret.ts';
import { quotePowerShell, quoteSh } from '../../../setup/template/quote.ts';
import type { Option } from 'commander';

/** Whom to ask: somebody, Azure DevOps, AWS. */
export type DialoguePorts = ConnectionPorts & AccountPorts;

/**
 * Returns the options with what was missing, on the terms of `completeOptions`, and the command line that says the same
 * without a question.
 *
 * @param known all options of the command
 */
export async function askMissing(
  given: SetupOptions,
  known: readonly Option[],
  ports: Pick<DialoguePorts, 'questions' | 'openAzureDevOps' | 'openAccount'>,
): Promise<{ readonly options: SetupOptions; readonly command: string }> {
  const { env, platform } = process;
  const environment = { hasToken: hasToken(env), listProfiles: () => listProfiles(env) };
  const options = await completeOptions(given, { ...ports, ...environment });
  const shell = platform === 'win32' ? 'powershell' : 'sh';
  const command = formatEqualCommand('aws-wif setup', { known, values: { ...options }, shell });
  return {
    options,
    command: command ?? 'It cannot be shown: a name contains characters that would be unsafe to paste.',
  };
}

/**
 * Returns the options with what was missing, asked for. Throws the mistakes of those that were given before it asks, and
 * `Interrupted` if somebody ends the questions; then nothing was changed.
 */
export async function completeOptions(given: SetupOptions, ports: DialoguePorts): Promise<SetupOptions> {
  requireReadable(given);
  const named = lacksConnection(given) ? { ...given, ...(await askConnection(given, ports)) } : given;
  const located = lacksAccount(named) ? { ...named, ...(await askAccount(named, ports)) } : named;
  return { ...located, ...(await askRole(located, ports.questions)) };
}

/** Reads what is given, with something right instead of all that is missing. */
function requireReadable(options: SetupOptions): void {
  const account = [findRoleAccount(options.assumeRole) ?? '111111111111'];
  readAll(
    () => readNamedTargets(lacksAccount(options) ? { ...options, account } : options),
    () => readRequest({ roleName: 'role', ...options }, undefined),
    () => {
      (namesIds(options) ? requireNamedConnections : requireListed)(options);
    },
  );
}

type Answers = Pick<SetupOptions, 'roleName' | 'policyArn'>;

/** Returns the role's name, and the policy to attach to it; those that were given are not asked for. */
async function askRole(options: SetupOptions, questions: Questions): Promise<Answers> {
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

interface CommandSource {
  /** All options of the command, in the order of its help. */
  readonly known: readonly Option[];
  /** Their values by the names that the parser gives them. */
  readonly values: Readonly<Record<string, unknown>>;
  readonly shell: 'sh' | 'powershell';
}

/**
 * Returns the command line, in one line, that gives the options without a question; what a default says is left out.
 * Undefined where a value cannot be pasted safely.
 */
export function formatEqualCommand(name: string, { known, values, shell }: CommandSource): string | undefined {
  const words = known.flatMap(one => listWords(one, values[one.attributeName()]));
  // Windows PowerShell drops double quotes in what it hands to a program.
  if (words.some(word => neutralise(word) !== word || (shell === 'powershell' && word.includes('"')))) return undefined;
  const quote = shell === 'sh' ? quoteSh : quotePowerShell;
  return [name, ...words.map(word => (isPlain(word) ? word : quote(word)))].join(' ');
}

function listWords({ long, defaultValue }: Option, value: unknown): readonly string[] {
  if (value === undefined || value === false || value === defaultValue || typeof long !== 'string') return [];
  if (value === true) return [long];
  const texts = (Array.isArray(value) ? value : [value]) as readonly unknown[];
  return texts.flatMap(text => [long, String(text)]);
}

/** The same in every shell, cmd.exe included. */
function isPlain(word: string): boolean {
  return /^[\w/-][\w:./-]*$/.test(word);
}

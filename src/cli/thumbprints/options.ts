import { Option, type Command } from 'commander';
import { WifError } from '../../errors.ts';
import { readAuthorities } from '../../host/authorities.ts';
import { maxThumbprintCount, type Issuers } from '../../thumbprint/thumbprint-list.ts';
import type { ProviderState } from '../../account/iam.ts';
import { isSelected, parseTagFilter, isThumbprintCount } from '../../thumbprint/refresh-event.ts';
import { parseProviderArn, partitions, type Partition, type Account } from '../../trust/oidc-provider.ts';
import { collect } from '../connections/options.ts';
import { CliFailure, holdResult, wrongUsage, readAll } from '../terminal/failure.ts';
import { readInputFile } from '../terminal/input-file.ts';
import type { WriteOptions } from '../accounts/options.ts';
import { checkConsent } from '../terminal/questions.ts';

/** The options that both subcommands have. */
export interface ThumbprintOptions {
  readonly tag?: readonly string[];
  readonly providerArn?: readonly string[];
  readonly partition: Partition;
  readonly profile?: string;
  readonly caFile?: readonly string[];
  readonly allowLoopback?: boolean;
}

/** Which providers are asked for. */
export interface Selection {
  /** Undefined where all of the account's are looked at. */
  readonly arns: readonly string[] | undefined;
  readonly fits: (provider: ProviderState) => boolean;
}

/** Adds the options that name providers, and how their issuers are trusted. */
export function addThumbprintOptions(command: Command, what: string, group: string): Command {
  return command
    .optionsGroup(group)
    .option(
      '--tag <key=value>',
      `${what} with a tag; repeatable: values of one key are alternatives, different keys must all match`,
      collect,
    )
    .option('--provider-arn <arn>', `${what} by ARN; repeatable`, collect)
    .option('--ca-file <file>', 'additional CAs to trust (PEM); repeatable', collect)
    .optionsGroup('AWS account:')
    .addOption(new Option('--partition <partition>', 'partition of the account').choices(partitions).default('aws'))
    .option('--profile <name>', "AWS profile (default: the SDK's default chain)")
    .addOption(new Option('--allow-loopback', 'read issuers on this machine, for tests').hideHelp());
}

/** Returns the providers that are named; undefined if none is. Throws for a tag or an ARN that is none. */
export function readSelection({ tag = [], providerArn = [], partition }: ThumbprintOptions): Selection | undefined {
  const [filters] = readAll(
    () => readAll(...tag.map(text => () => readFilter(text))),
    ...providerArn.map(arn => () => {
      requireProviderArn(arn, partition);
    }),
  );
  if (providerArn.length > 0) return { arns: [...new Set(providerArn)], fits: ({ arn }) => providerArn.includes(arn) };
  return filters.length === 0 ? undefined : { arns: undefined, fits: ({ tags }) => isSelected(tags, filters) };
}

function readFilter(text: string): ReturnType<typeof parseTagFilter> & object {
  const filter = parseTagFilter(text);
  if (filter !== undefined) return filter;
  throw wrongUsage(`--tag is "${text}".`, 'key=value, or only a key.');
}

/** Returns a reader of issuers that trusts the public CAs and those of --ca-file. */
export async function openTrustedIssuers({ caFile = [], allowLoopback = false }: ThumbprintOptions): Promise<Issuers> {
  const held = await Promise.all(caFile.map(path => holdResult(readCaFile(path))));
  const ca = readAll(...held).flat();
  const { openIssuers } = await import('../../host/issuer/issuer.ts');
  return openIssuers({ ca, allowLoopback });
}

async function readCaFile(path: string): Promise<readonly string[]> {
  const text = await readInputFile('--ca-file', path);
  try {
    return readAuthorities(text, `The file given with --ca-file, ${path},`);
  } catch (thrown) {
    throw thrown instanceof WifError ? new CliFailure(2, thrown.faults, thrown) : thrown;
  }
}

function requireProviderArn(arn: string, partition: Partition): void {
  const parts = parseProviderArn(arn);
  if (parts?.partition === partition) return;
  throw wrongUsage(
    `--provider-arn is "${arn}".`,
    `an OIDC provider's ARN in partition ${partition}, like arn:${partition}:iam::111111111111:oidc-provider/example.com.`,
  );
}

export interface RefreshOptions extends ThumbprintOptions, WriteOptions {
  readonly account?: string;
  readonly maxThumbprints?: string;
}

/** What is to be refreshed, checked as far as it can be without asking anybody. */
export interface RefreshTask {
  readonly account: Account;
  readonly selection: Selection;
  readonly issuers: Issuers;
  readonly maxThumbprints: number;
}

/** Returns what the options ask for. Throws wrong usage for what cannot be meant, and if no provider is selected. */
export async function readRefreshOptions(options: RefreshOptions): Promise<RefreshTask> {
  const [account, selection, issuers, maxThumbprints] = readAll(
    () => readAccount(options),
    () => requireSelection(options),
    await holdResult(openTrustedIssuers(options)),
    () => readCount(options),
    checkConsent(options),
  );
  return { account, selection, issuers, maxThumbprints };
}

function readAccount({ account, partition }: RefreshOptions): Account {
  if (account !== undefined && /^\d{12}$/.test(account)) return { accountId: account, partition };
  throw wrongUsage(
    account === undefined ? '--account is missing.' : `--account is "${account}".`,
    'the 12-digit ID of the AWS account that the credentials must belong to.',
  );
}

function requireSelection(options: RefreshOptions): Selection {
  const selection = readSelection(options);
  if (selection === undefined) {
    throw wrongUsage(
      'Neither --tag nor --provider-arn is given.',
      'the providers to refresh; without them, none is selected.',
    );
  }
  const { account } = options;
  const other = selection.arns?.find(arn => account !== undefined && parseProviderArn(arn)?.accountId !== account);
  if (other === undefined) return selection;
  throw wrongUsage(`--provider-arn ${other} is in another account.`, `providers in --account ${account ?? ''}.`);
}

function readCount({ maxThumbprints = '' }: RefreshOptions): number {
  const count = /^\d$/.test(maxThumbprints) ? Number(maxThumbprints) : undefined;
  if (isThumbprintCount(count)) return count;
  throw wrongUsage(`--max-thumbprints is "${maxThumbprints}".`, `a whole number from 1 to ${maxThumbprintCount}.`);
}

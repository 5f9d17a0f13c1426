import { examineProviders, readProviders, type Provider, type ProviderReader } from '../../thumbprint/refresh.ts';
import { mostThumbprints } from '../../thumbprint/thumbprint-list.ts';
import { CliFailure } from '../terminal/failure.ts';
import { explainIamFailure } from '../accounts/iam-failure.ts';
import { openAccount } from '../accounts/open-account.ts';
import type { Report } from '../terminal/report.ts';
import { openTrustedIssuers, readSelection, type Selection, type ThumbprintOptions } from './options.ts';
import { missingProvider, reportList } from './report.ts';

const everything: Selection = { arns: undefined, fits: () => true };

/** Returns the thumbprints of providers beside what their issuers show; nothing is changed. */
export async function listThumbprints(options: ThumbprintOptions): Promise<Report> {
  const { partition, profile } = options;
  const selection = readSelection(options) ?? everything;
  const issuers = await openTrustedIssuers(options);
  // Whose account it is does not matter where nothing is written; each ARN says it.
  const account = { partition, accountId: '' };
  const iam = await openAccount({ account, profile, assumeRoleArn: undefined });
  const providers = await askIam('of these credentials', () => selectProviders(selection, iam));
  return reportList(
    await examineProviders(providers, issuers, mostThumbprints),
    findMissing(selection, providers).map(missingProvider),
  );
}

/** Returns the providers that are selected; those named by ARN are read alone, since listing may not be allowed. */
export function selectProviders(
  { arns, fits }: Selection,
  { listProviderArns, readProvider }: ProviderReader,
): Promise<readonly Provider[]> {
  const list = arns === undefined ? listProviderArns : () => Promise.resolve(arns);
  return readProviders({ listProviderArns: list, readProvider }, fits);
}

/** Returns the ARNs that were named and are not there. */
export function findMissing({ arns = [] }: Selection, found: readonly Provider[]): readonly string[] {
  return arns.filter(arn => found.every(one => one.arn !== arn));
}

/** Returns what IAM answers; a failure names the action and what to do. */
export async function askIam<Answer>(accountId: string, request: () => Promise<Answer>): Promise<Answer> {
  try {
    return await request();
  } catch (thrown) {
    const { exit, problems } = explainIamFailure(thrown, accountId);
    throw new CliFailure(exit, problems, thrown);
  }
}

import { readProviders } from '../../account/read-account.ts';
import type { ProviderReader, ProviderState } from '../../account/iam.ts';
import { examineProviders, selectProviders } from '../../thumbprint/refresh.ts';
import { maxThumbprintCount } from '../../thumbprint/thumbprint-list.ts';
import { askAccount, type OpenAccount } from '../accounts/open.ts';
import type { Report } from '../terminal/report.ts';
import { openTrustedIssuers, readSelection, type Selection, type ThumbprintOptions } from './options.ts';
import { missingProvider, reportList } from './report.ts';

const everything: Selection = { arns: undefined, fits: () => true };

/** Returns the thumbprints of providers beside what their issuers show; nothing is changed. */
export async function listThumbprints(options: ThumbprintOptions, openAccount: OpenAccount): Promise<Report> {
  const { partition, profile } = options;
  const selection = readSelection(options) ?? everything;
  const issuers = await openTrustedIssuers(options);
  // Whose account it is does not matter if nothing is written; each ARN says it.
  const account = { partition, accountId: '' };
  const iam = await openAccount({ account, profile, assumeRoleArn: undefined });
  const providers = await askAccount('of these credentials', () => readSelected(selection, iam));
  const examined = await examineProviders(providers, issuers, maxThumbprintCount);
  return reportList(examined, findMissing(selection, providers).map(missingProvider));
}

/** Returns the providers that are selected; those named by ARN are read alone, since listing may not be allowed. */
export function readSelected({ arns, fits }: Selection, iam: ProviderReader): Promise<readonly ProviderState[]> {
  return arns === undefined ? selectProviders(iam, fits) : readProviders(arns, iam);
}

/** Returns the ARNs that were named and are not there. */
export function findMissing({ arns = [] }: Selection, found: readonly ProviderState[]): readonly string[] {
  return arns.filter(arn => found.every(one => one.arn !== arn));
}

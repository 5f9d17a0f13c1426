import { listTrustedProviders, type CheckedRole } from '../../trust/control-policies/check-roles.ts';
import type { Account } from '../../trust/oidc-provider.ts';
import { asFailure } from '../terminal/failure.ts';
import { maxListBytes, readInputFile } from '../terminal/input-file.ts';
import { explainFileAccount } from '../trust-files/file-options.ts';
import { readTrustFile } from '../trust-files/read-trust-file.ts';
import { findAccount, parseSource, type TrustSource } from '../trust-files/trust-source.ts';
import { joinInventories, type Inventory, type Unreadable } from './inventory.ts';

/**
 * Returns what is in files, which hold neither providers nor tags: a role that trusts every provider of its account is
 * unreadable, and no policy that exempts by a tag can be checked. An account is there only if a role of it is.
 */
export async function readFileInventory(paths: readonly string[], account: Account | undefined): Promise<Inventory> {
  const parts: Inventory[] = [];
  const named: { readonly arn: string | undefined }[] = [];
  for (const path of paths) parts.push(await readFile(path, account, role => named.push(role)));
  const all = joinInventories(parts);
  return { ...all, accountIds: [...new Set(all.accountIds)], warnings: explainFileAccount(account, named) };
}

async function readFile(
  path: string,
  account: Account | undefined,
  onRole: (role: { readonly arn: string | undefined }) => void,
): Promise<Inventory> {
  try {
    const sources = readTrustFile(await readInputFile('--file', path, maxListBytes), account);
    for (const { role } of sources) onRole({ arn: role?.arn });
    const read = sources.map(source => readSource(source, path, account));
    const roles = read.flatMap(one => ('trust' in one ? [one] : []));
    return {
      accountIds: roles.map(role => role.account.accountId),
      roles: roles.filter(role => listTrustedProviders(role).length > 0),
      arns: [],
      providers: [],
      unreadable: read.flatMap(one => ('why' in one ? [one] : [])),
    };
  } catch (thrown) {
    const why = asFailure(thrown).problems.map(({ code, found }) => `${code}: ${found}`);
    return joinInventories([], [{ name: path, why: why.join(' ') }]);
  }
}

/** Stands for the providers of an account, which nobody has read. */
const anyProvider = 'any provider';

function readSource(source: TrustSource, path: string, known: Account | undefined): CheckedRole | Unreadable {
  const name = source.role?.arn ?? `${path}, ${source.where}`;
  const account = findAccount(source, known);
  const { unresolved } = source;
  if (unresolved.length > 0) return { name, why: 'its trust policy has values that are known only after deployment' };
  if (account === undefined) return { name, why: 'its account is not known: name it with --account' };
  try {
    const role = { arn: name, account, tags: undefined, providers: [anyProvider], trust: parseSource(source) };
    if (!listTrustedProviders(role).includes(anyProvider)) return { ...role, providers: [] };
    return { name, why: 'it trusts every OIDC provider of its account, and files do not contain those' };
  } catch (thrown) {
    return { name, why: asFailure(thrown).problems[0]?.found ?? '' };
  }
}

import type { Account } from '../../trust/oidc-provider.ts';
import type { CliFailure } from '../terminal/failure.ts';
import { nameList, nameCount } from '../terminal/layout.ts';
import { isTemplate, listTemplateRoles } from './cloudformation.ts';
import { parseFileText, requireShallow } from './parse-text.ts';
import { isTerraform, listTerraformRoles } from './terraform.ts';
import {
  asList,
  asRecord,
  asText,
  maxRoles,
  unreadableFile,
  type FilePath,
  type JsonRecord,
  type TrustSource,
} from './trust-source.ts';

/**
 * Returns the trust policies in a file's text, one for each role; at least one. It accepts a plain policy, also
 * percent-encoded as IAM's API returns it; what `aws iam get-role`, `list-roles` and `get-account-authorization-details`
 * print; CloudFormation templates; and what `terraform show -json` prints. Throws `TrustPolicyUnreadable` for all else, with
 * the place, the likely cause and the remedy.
 *
 * The policies themselves are not looked at: `parseSource` reads each. No path in the file is opened.
 *
 * @param account what `AWS::AccountId` and `AWS::Partition` stand for in a template
 */
export function readTrustFile(text: string, account?: Account): readonly TrustSource[] {
  const value = parseFileText(text);
  const sources = listSources(value, account);
  if (sources.length > maxRoles) {
    throw unreadableFile(`The file contains ${sources.length} roles.`, 'Split it.', `at most ${maxRoles} roles.`);
  }
  for (const { document } of sources) if (typeof document === 'string') requireShallow(document);
  if (sources.some(({ document, unresolved }) => document !== undefined || unresolved.length > 0)) return sources;
  if (sources.length === 0) throw unreadableFile('The file contains no role and no trust policy.', 'Check the path.');
  const names = nameList(sources.map(({ role, where }) => role?.name ?? where));
  throw unreadableFile(
    `The file contains ${nameCount(sources.length, 'role')} without a trust policy: ${names}.`,
    'Print the whole output of the command, without a --query that leaves out AssumeRolePolicyDocument.',
  );
}

function listSources(value: unknown, account: Account | undefined): readonly TrustSource[] {
  if (typeof value === 'string') return listSources(parseFileText(value), account);
  if (Array.isArray(value)) {
    if (value.some(one => asRecord(one)?.['Effect'] !== undefined)) throw loneStatement();
    return listRoles(value, []);
  }
  const record = asRecord(value);
  if (record === undefined) return [];
  if (isTerraform(record)) return listTerraformRoles(record);
  if (isTemplate(record)) return listTemplateRoles(record, account);
  if ('Statement' in record || 'Version' in record) {
    return [{ role: undefined, where: '$', path: [], document: record, unresolved: [] }];
  }
  if ('Effect' in record) throw loneStatement();
  return listFromAwsCli(record, account);
}

/** What a refusal in a pipeline's log offers is one. */
function loneStatement(): CliFailure {
  return unreadableFile(
    'The file contains a statement without the policy around it.',
    'Write it as {"Version": "2012-10-17", "Statement": [ ... ]}.',
  );
}

/** What the AWS CLI prints: a role, lists of roles, or a template. */
function listFromAwsCli(record: JsonRecord, account: Account | undefined): readonly TrustSource[] {
  const { Role: role, Roles: roles, RoleDetailList: details, TemplateBody: template } = record;
  if (template !== undefined) {
    return listSources(template, account).map(one => ({ ...one, path: ['TemplateBody', ...one.path] }));
  }
  if (role !== undefined) return listOne(role, ['Role']);
  if ('AssumeRolePolicyDocument' in record || 'RoleName' in record) return listOne(record, []);
  requireLastPage(record);
  return [...listRoles(asList(roles), ['Roles']), ...listRoles(asList(details), ['RoleDetailList'])];
}

/**
 * A list that goes on elsewhere says nothing about the roles that are not in it.
 *
 * @see https://docs.aws.amazon.com/cli/latest/userguide/cli-usage-pagination.html
 */
function requireLastPage({ IsTruncated: isTruncated, Marker: marker, NextToken: token }: JsonRecord): void {
  if (isTruncated !== true && [marker, token].every(one => (asText(one) ?? '') === '')) return;
  throw unreadableFile(
    'The file contains only a part of the list of roles: it has a marker for the next page.',
    'Write the list again without --max-items, --no-paginate and --starting-token.',
    'all pages of the list.',
  );
}

/** A role whose policy is not in the file is a role all the same: nothing is known about it. */
function listOne(item: unknown, path: FilePath): readonly TrustSource[] {
  const read = listRole(item, path);
  const { RoleName: name, Arn: arn } = asRecord(item) ?? {};
  if (read.length > 0 || typeof name !== 'string') return read;
  return [{ role: { arn: asText(arn), name }, where: showPath(path), path, document: undefined, unresolved: [] }];
}

function listRoles(list: readonly unknown[], path: FilePath): readonly TrustSource[] {
  return list.flatMap((item, index) => listOne(item, [...path, index]));
}

/** IAM's API percent-encodes the document, the AWS CLI decodes it. */
function listRole(value: unknown, path: FilePath): readonly TrustSource[] {
  const record = asRecord(value) ?? {};
  const { RoleName: name, Arn: arn, AssumeRolePolicyDocument: policy } = record;
  if (policy === undefined) return [];
  const document = typeof policy === 'string' ? parseFileText(policy) : policy;
  const role = asText(name) === undefined ? undefined : { arn: asText(arn), name: asText(name) ?? '' };
  const source = { role, where: showPath(path), path: [...path, 'AssumeRolePolicyDocument'], document, unresolved: [] };
  return [{ ...source, ...listPolicies(record) }];
}

function showPath(path: FilePath): string {
  return path.reduce<string>((all, part) => `${all}${typeof part === 'number' ? `[${part}]` : `.${part}`}`, '$');
}

/** As get-account-authorization-details has them. */
function listPolicies(role: JsonRecord): Pick<TrustSource, 'policies'> {
  const { AttachedManagedPolicies: attached, RolePolicyList: inline } = role;
  if (!Array.isArray(attached) || !Array.isArray(inline)) return {};
  const read = (list: readonly unknown[], member: string) => list.flatMap(one => asText(asRecord(one)?.[member]) ?? []);
  return { policies: { attachedArns: read(attached, 'PolicyArn'), inlineNames: read(inline, 'PolicyName') } };
}

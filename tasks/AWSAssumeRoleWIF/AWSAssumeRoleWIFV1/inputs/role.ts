import { isLiteralLoopback } from '../../../../src/identity/token-url.ts';
import { isAwsStsHost, isRegion, partitionOf, regionalStsEndpoint } from '../../../../src/session/region.ts';
import { isRoleArn, parseRoleArn, type RoleArn } from '../../../../src/session/role-arn.ts';
import { faulty, missing, splitList, type Checked, type Faults } from './faults.ts';

/** Returns the role's ARN in its parts. */
export function checkRole(text: string): Checked<RoleArn> {
  if (text === '') return missing('roleArn', 'the ARN of the IAM role to assume');
  const role = parseRoleArn(text);
  if (isRoleArn(role)) return role;
  return faulty(`Input roleArn holds ${role.found}.`, role.expected, 'Copy the ARN from the role in the IAM console.');
}

/**
 * Returns the region: the input, else the first variable that is set. Its partition must be the role's, where that is
 * known.
 */
export function checkRegion(
  text: string,
  variables: Readonly<Record<string, string | undefined>>,
  role: RoleArn | undefined,
): Checked<string> {
  const named = Object.entries(variables).map(([name, value]) => [`Variable ${name}`, value ?? ''] as const);
  const [source, region] = [['Input region', text] as const, ...named].find(([, value]) => value !== '') ?? ['', ''];
  if (region === '') return noRegion();
  if (!isRegion(region)) {
    return faulty(`${source} is "${region}".`, 'the name of an AWS region, such as eu-west-1.', 'Correct the region.');
  }
  return role === undefined || partitionOf(region) === role.partition ? region : wrongPartition(region, role);
}

/** Returns the allowed accounts; the role's must be among them, where there are any. */
export function checkAllowedAccounts(text: string, role: RoleArn | undefined): Checked<readonly string[]> {
  const accounts = splitList(text);
  const wrong = accounts.filter(account => !/^\d{12}$/.test(account));
  if (wrong.length > 0 || (text !== '' && accounts.length === 0)) return noAccountIds(wrong, text);
  if (role === undefined || accounts.length === 0 || accounts.includes(role.accountId)) return accounts;
  return faulty(
    `The role is in account ${role.accountId}.`,
    `an account in allowedAccountIds: ${accounts.join(', ')}.`,
    'Correct roleArn, or add the account to allowedAccountIds if it is meant.',
    'AccountNotAllowed',
  );
}

/** Returns the STS endpoint: the one that is given, else the region's own. Undefined while there is no region. */
export function checkEndpoint(text: string, region: string | undefined): Checked<URL | undefined> {
  if (text === '') return region === undefined ? undefined : regionalStsEndpoint(region);
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && isEndpoint(url)) return url;
  // User name and password of a URL are not repeated.
  const shown = url === undefined ? text : `${url.protocol}//${url.host}${url.pathname}`;
  return faulty(
    `Input stsEndpoint is "${shown}", or holds more than is shown.`,
    'https://<host>, or http on a literal loopback address, without user name, path, query or fragment.',
    "Correct stsEndpoint, or leave it empty for the region's own endpoint.",
  );
}

/** Returns a warning where an endpoint is none of AWS' own, undefined where it is. */
export function warnOfEndpoint(url: URL): string | undefined {
  if (isAwsStsHost(url.hostname)) return undefined;
  return `stsEndpoint ${url.host} is not an address of AWS STS; the service connection's ID token is sent there.`;
}

function isEndpoint(url: URL): boolean {
  const isPlain = [url.username, url.password, url.search, url.hash].every(part => part === '') && url.pathname === '/';
  return isPlain && (url.protocol === 'https:' || (url.protocol === 'http:' && isLiteralLoopback(url)));
}

function noRegion(): Faults {
  return faulty(
    'Input region is empty, and so are the variables AWS_REGION and AWS_DEFAULT_REGION.',
    'an AWS region, such as eu-west-1.',
    'Set region in the step, or the pipeline variable AWS_REGION.',
  );
}

function wrongPartition(region: string, role: RoleArn): Faults {
  return faulty(
    `Region ${region} is in partition ${partitionOf(region)}, the role in ${role.partition}.`,
    "a region of the role's own partition.",
    `Choose a region of ${role.partition}, or correct roleArn.`,
  );
}

function noAccountIds(wrong: readonly string[], text: string): Faults {
  return faulty(
    `Input allowedAccountIds holds ${(wrong.length > 0 ? wrong : [text]).map(item => `"${item}"`).join(', ')}.`,
    'AWS account ids of 12 digits, separated by comma or line.',
    'Correct the ids; in YAML put them in quotes, so that no leading zero is lost.',
  );
}

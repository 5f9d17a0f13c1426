import { isLiteralLoopback } from '../../../../src/identity/token-url.ts';
import { isAwsStsHost, isRegion, partitionOf } from '../../../../src/session/region.ts';
import { isRoleArn, parseRoleArn, type RoleArnFault } from '../../../../src/session/role-arn.ts';
import type { RoleArn } from '../../../../src/session/match-role-arn.ts';
import { faulty, Faults, type Checked } from './faults.ts';
import { findHint, refuse, tellHint } from './hints.ts';
import { findRegionHint } from './region-hints.ts';
import { inspectText, usualRules } from './texts.ts';

/**
 * Returns a role's ARN in its parts. IAM allows names that end in a comma or a period, but in an input that is
 * punctuation: it is refused, since AWS' refusal of such a role would not show it.
 */
export function readRoleArn(text: string): RoleArn | RoleArnFault {
  const role = parseRoleArn(text);
  const [mark, after = ''] = /[,.]$|,([^,/]+)$/.exec(text) ?? [];
  if (!isRoleArn(role) || mark === undefined) return role;
  if (after !== '') return isRegion(after) || /^\d{12}$/.test(after) ? withMore(text, after) : role;
  const name = mark === ',' ? 'comma' : 'period';
  return {
    found: `"${text}", which ends in a ${name}`,
    expected: 'an ARN without punctuation after it.',
    remedy: `Remove the ${name}. If the role's name really ends in one, create the role under another name.`,
  };
}

function withMore(text: string, after: string): RoleArnFault {
  return {
    found: `"${text}", with ${isRegion(after) ? 'a Region' : 'an account ID'} after a comma`,
    expected: 'an ARN alone.',
    remedy: `Remove ,${after} from the ARN; in profiles, a blank stands before the Region.`,
  };
}

/** Returns the role's ARN in its parts, `none` where the input is empty: there may be roles in `profiles`. */
export function checkRole(text: string): Checked<RoleArn | 'none'> {
  if (text === '') return 'none';
  const role = readRoleArn(text);
  if (isRoleArn(role)) return role;
  return faulty(`Input roleArn contains ${role.found}.`, role.expected, role.remedy ?? copyArn);
}

/** What to do about a text that is not a role's ARN, if nothing better is known. */
export const copyArn = 'Copy the ARN from the role in the IAM console.';

/** What is expected of a Region's code, and what to do. */
export const regionRules = {
  expected: 'the code of an AWS Region, such as eu-west-1 for Europe (Ireland).',
  remedy: 'Correct the Region.',
};

/**
 * Returns the region: the input, else the first variable that is set; `none` if nothing names one and none is needed.
 * Its partition must be the role's, if there is one.
 */
export function checkRegion(
  text: string,
  variables: Readonly<Record<string, string | undefined>> | 'not needed',
  role: RoleArn | 'none' | undefined,
): Checked<string> {
  if (text === '' && variables === 'not needed') return 'none';
  const named = Object.entries(variables).map(([name, value]) => [`Variable ${name}`, value ?? ''] as const);
  const [source, region] = [['Input region', text] as const, ...named].find(([, value]) => value !== '') ?? ['', ''];
  if (region === '') return noRegion();
  if (!isRegion(region)) return refuseRegion(source, region);
  if (role === undefined || role === 'none' || partitionOf(region) === role.partition) return region;
  return wrongPartition(region, role);
}

/** A variable's value was not looked at before, as an input's was. */
function refuseRegion(source: string, region: string): Faults {
  const { faults } = source.startsWith('Variable') ? inspectText(source, region, usualRules) : { faults: [] };
  return faults.length > 0 ? new Faults(faults) : refuse(`${source} is`, region, regionRules, findRegionHint(region));
}

/** Returns the STS endpoint that is given, `regional` for the regions' own. */
export function checkEndpoint(text: string): Checked<URL | 'regional'> {
  if (text === '') return 'regional';
  const hint = findHint(text);
  if (hint !== undefined) return wrongEndpoint(`is text${tellHint(hint)}`, hint.remedy);
  if (/:\/\/.*:\/\//s.test(text)) return wrongEndpoint('contains more than one URL', 'Write one URL.');
  // The parser of URLs leaves out tabs and line breaks, and reads backslashes as slashes.
  if (/\s/.test(text)) return wrongEndpoint('contains white space', 'Remove the white space.');
  if (hostPattern.test(text) && text.includes('.'))
    return wrongEndpoint(`"${text}" is only a host`, `Write https://${text}.`);
  const url = /^[a-z]+:\/\//i.test(text) && URL.canParse(text) ? new URL(text) : undefined;
  const wrong = url === undefined ? 'not a URL; the host must follow https://' : judgeEndpoint(url);
  if (url !== undefined && wrong === undefined) return url;
  // User name and password of a URL are not repeated.
  const bare = text.includes('@') ? 'is ' : `"${text}" is `;
  const shown = url === undefined ? bare : `"${url.protocol}//${url.host}${url.pathname}" has `;
  return wrongEndpoint(`${shown}${wrong ?? ''}`);
}

function wrongEndpoint(
  found: string,
  remedy = "Correct stsEndpoint, or leave it empty for the Region's own endpoint.",
): Faults {
  return faulty(
    `Input stsEndpoint ${found}.`,
    'https://<host>, or http on a literal loopback address, without user name, path, query or fragment.',
    remedy,
  );
}

/** What is in the host of a URL that means a server: the URL parser lets more through. */
const hostPattern = /^(?:[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.?|\[[0-9a-f:.]+\])$/i;

/** Returns what is wrong with an endpoint, undefined if nothing is. */
function judgeEndpoint(url: URL): string | undefined {
  if (url.username !== '' || url.password !== '') return 'a user name or password';
  if (url.pathname !== '/') return 'a path';
  if (!hostPattern.test(url.hostname)) return 'a host name with invalid characters';
  // One that is empty shows in the text alone.
  if (/[?#]/.test(url.href)) return 'a query or a fragment';
  if (url.protocol === 'https:') return undefined;
  if (url.protocol !== 'http:') return `the scheme ${url.protocol}`;
  return isLiteralLoopback(url) ? undefined : 'the scheme http: without a loopback address';
}

/** Returns a warning where an endpoint is none of AWS' own. */
export function warnOfEndpoint(url: URL): readonly string[] {
  if (isAwsStsHost(url.hostname)) return [];
  return [`stsEndpoint ${url.host} is not an address of AWS STS; the service connection's ID token is sent there.`];
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

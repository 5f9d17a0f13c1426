import { isProfileName } from '../../../../src/handoff/profile-text.ts';
import { faulty, type Checked } from './faults.ts';
import { findHint, findWrapping, refuse, tellHint, type Hint } from './hints.ts';
import { findBooleanHint, findNumberHint, findUnfit } from './value-hints.ts';

/** Returns true or false; any other text is a fault, never a silent false. */
export function checkBoolean(name: string, text: string): Checked<boolean> {
  const lower = text.toLowerCase();
  if (lower === 'true' || lower === 'false') return lower === 'true';
  const rules = { expected: 'true or false.', remedy: `Write ${name}: true or ${name}: false.` };
  return refuse(`Input ${name} is`, text, rules, findBooleanHint(name, text));
}

/** Returns a whole number within limits; it is never clamped. */
export function checkWholeNumber(name: string, text: string, least: number, most: number): Checked<number> {
  const value = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  const unit = name.endsWith('Seconds') ? ', in seconds' : '';
  const range = `a whole number from ${least} to ${most}${unit}`;
  const rules = { expected: `${range}.`, remedy: `Give ${name} ${range}.` };
  return refuse(`Input ${name} is`, text, rules, findNumberHint(name, text, least, most));
}

const reserved = /^(?:INPUT|SECRET|ENDPOINT|SECUREFILE|SYSTEM|AGENT|BUILD|RELEASE|VSTS|TF|AWS)/;

/** Returns the prefix of variable names; those that Azure Pipelines or AWS tools use themselves are refused. */
export function checkPrefix(text: string): Checked<string> {
  const taken = reserved.exec(text)?.[0];
  if (text === '' || isPrefix(text)) return text;
  const hint = taken === undefined ? findPrefixHint(text) : undefined;
  return faulty(
    `Input variablePrefix is "${text}"${taken === undefined ? tellHint(hint) : `, which starts with ${taken}`}.`,
    'capital letters, digits and _, at most 32 characters, starting with a letter and ending with _, but not starting with INPUT, SECRET, ENDPOINT, SECUREFILE, SYSTEM, AGENT, BUILD, RELEASE, VSTS, TF or AWS.',
    hint?.remedy ?? 'Choose another prefix, such as NETWORK_.',
  );
}

function findPrefixHint(text: string): Hint | undefined {
  const upper = `${text.toUpperCase().replace(/(?<!_)_+$/, '')}_`;
  if (!/^[\w]+$/.test(text) || !isPrefix(upper)) return findHint(text) ?? findUnfit(text, /\w/, 32);
  const found = text.endsWith('_') ? 'with small letters' : 'without an underscore at the end';
  return { found, remedy: `Write ${upper}.` };
}

function isPrefix(text: string): boolean {
  return /^[A-Z][A-Z0-9_]{0,30}_$/.test(text) && !reserved.test(text);
}

/** What is expected of a profile's name, and what to do. */
export const nameRules = {
  expected: 'a name of up to 64 letters, digits or any of _ . @ + -, starting with a letter or digit; not DEFAULT.',
  remedy: 'Choose another name.',
};

/**
 * Returns the name of the main role's profile. Left empty it is `azure-pipelines`, or with a variable prefix the prefix
 * in lower case, so that two uses in a job keep apart by their prefixes alone.
 */
export function checkProfileName(text: string, prefix: string): Checked<string> {
  const fallback = prefix === '' ? 'azure-pipelines' : prefix.toLowerCase().replace(/(?<!_)_+$/, '');
  const name = text === '' ? fallback : text;
  if (isProfileName(name)) return name;
  return refuse('Input profileName is', name, nameRules, findNameHint(name));
}

/** Returns what a refused name of a profile looks like. */
export function findNameHint(name: string): Hint | undefined {
  return findWrapping(name) ?? findUnfit(name, /[\w.@+-]/, 64);
}

/** Variables whose values SDKs prefer to a profile, so that later steps would run as somebody else. */
const hiding =
  /^AWS_(?:DEFAULT_PROFILE|ACCESS_KEY_ID|SECRET_ACCESS_KEY|SESSION_TOKEN|ROLE_ARN|WEB_IDENTITY_TOKEN_FILE|CONTAINER_CREDENTIALS_\w+|BEARER_TOKEN_\w+)$/i;

/**
 * Other names of keys, which the SDKs for Go, Ruby, JavaScript v2 and Java v1 read, too, and so does Terraform. One half
 * of a pair is nobody's key.
 *
 * @see https://github.com/aws/aws-sdk-go-v2/blob/main/config/env_config.go
 */
const otherKeys = [
  /^(?:AWS_ACCESS_KEY|AMAZON_ACCESS_KEY_ID)$/i,
  /^(?:AWS_SECRET_KEY|AMAZON_SECRET_ACCESS_KEY)$/i,
] as const;

/** Returns the profile files' switch; it is refused where variables of the job would hide the profile. */
export function checkWriteProfile(text: string, environment: readonly string[]): Checked<boolean> {
  const wanted = checkBoolean('writeProfile', text);
  const names = listHiding(environment);
  if (wanted !== true || names.length === 0) return wanted;
  return faulty(
    `The job's environment contains ${names.join(', ')}.`,
    'none of these variables next to a profile; AWS SDKs and tools would use them instead of the profile and act as another identity.',
    names.some(name => ofPlatform.test(name)) ? platformRemedy : removeRemedy,
    'ProfileHidden',
  );
}

const removeRemedy = 'Remove or rename the variable in the pipeline or on the agent, or set writeProfile: false.';

/** Those that ECS and EKS set where an agent runs there. */
const ofPlatform = /ROLE_ARN|WEB_IDENTITY|CONTAINER/i;
const platformRemedy =
  "Remove or rename the variable in the pipeline. If ECS or EKS sets it, unset it before the agent starts; container variables can also be emptied for the job (AWS_CONTAINER_CREDENTIALS_FULL_URI: '' in its variables). Or set writeProfile: false.";

function listHiding(environment: readonly string[]): readonly string[] {
  const halves = otherKeys.map(pattern => environment.filter(name => pattern.test(name)));
  const pairs = halves.every(half => half.length > 0) ? halves.flat() : [];
  return environment.filter(name => hiding.test(name) || pairs.includes(name));
}

import type { Command } from 'commander';
import type { WantedRole } from '../setup/request.ts';
import { collect } from './connection-options.ts';
import { wrongUsage } from './failure.ts';

export interface TemplateRoleOptions {
  readonly roleName?: string;
  readonly path?: string;
  readonly policyArn?: readonly string[];
  readonly permissionsBoundary?: string;
  readonly maxSessionDuration?: string;
  readonly tag?: readonly string[];
}

/** Adds the options that say what the role is like. */
export function addTemplateRoleOptions(command: Command): Command {
  return command
    .option('--role-name <name>', 'name of the role (default: azure-pipelines)')
    .option('--path <path>', 'path of the role, like /pipelines/')
    .option('--policy-arn <arn>', 'managed policy that says what the role may do; repeatable', collect)
    .option('--permissions-boundary <arn>', 'managed policy that bounds what the role may do')
    .option('--max-session-duration <seconds>', 'longest session of the role: 3600 to 43200')
    .option('--tag <key=value>', 'tag of the role and the providers; repeatable', collect);
}

const policyArn =
  /^arn:(?:aws|aws-cn|aws-us-gov|aws-eusc):iam::(?:aws|\d{12}):policy\/[A-Za-z0-9_+=.@/-]*[A-Za-z0-9_+=.@-]$/;

/** Returns the role that the options describe. Throws where IAM, or a template's parameter, would not take a value. */
export function readTemplateRole(options: TemplateRoleOptions): WantedRole {
  const { roleName: name = 'azure-pipelines', path, policyArn: policyArns = [], permissionsBoundary } = options;
  requireForm('--role-name', name, /^[A-Za-z0-9_+=,.@-]{1,64}$/, '1 to 64 of A-Z a-z 0-9 _ + = , . @ -');
  if (path !== undefined)
    requireForm(
      '--path',
      path,
      /^\/(?:[A-Za-z0-9_+=,.@-]+\/)*$/,
      'a slash, or names between slashes, like /pipelines/.',
    );
  policyArns.forEach(arn => {
    requireForm('--policy-arn', arn, policyArn, 'the ARN of a managed policy, without a comma.');
  });
  if (permissionsBoundary !== undefined)
    requireForm('--permissions-boundary', permissionsBoundary, policyArn, 'the ARN of a managed policy.');
  return {
    name,
    path,
    policyArns: [...new Set(policyArns)],
    boundaryArn: permissionsBoundary,
    maxSessionSeconds: readSeconds(options.maxSessionDuration),
    tags: readTags(options.tag ?? []),
  };
}

function readSeconds(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const seconds = /^\d{4,5}$/.test(text) ? Number(text) : 0;
  if (seconds >= 3600 && seconds <= 43200) return seconds;
  throw wrongUsage(`--max-session-duration is "${text}".`, 'a whole number of seconds from 3600 to 43200.');
}

/** @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html#id_tags_rules */
const tagPart = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

function readTags(tags: readonly string[]): Readonly<Record<string, string>> {
  const entries = tags.map(tag => {
    const [key = '', ...rest] = tag.split('=');
    const value = rest.join('=');
    const fits = key !== '' && rest.length > 0 && key.length <= 128 && value.length <= 256 && tagPart.test(tag);
    if (fits && !/^aws:/i.test(key)) return [key, value] as const;
    throw wrongUsage(
      `--tag is "${tag}".`,
      'key=value of letters, digits, spaces and _ . : / = + - @, not aws: at its start.',
    );
  });
  const keys = entries.map(([key]) => key.toLowerCase());
  const again = entries.find(([key], place) => keys.indexOf(key.toLowerCase()) !== place);
  if (again === undefined) return Object.fromEntries(entries);
  throw wrongUsage(`--tag names ${again[0]} twice.`, 'each key once, in whatever letter case.');
}

function requireForm(option: string, value: string, form: RegExp, expected: string): void {
  if (!form.test(value)) throw wrongUsage(`${option} is "${value}".`, expected);
}

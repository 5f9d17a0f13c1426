import type { Command } from 'commander';
import type { WantedRole } from '../../setup/request.ts';
import { collect } from '../connections/options.ts';
import { readAll, wrongUsage } from '../terminal/failure.ts';
import { readPolicyArn, readRoleName, readRolePath, readSessionSeconds, readTags } from '../accounts/role-values.ts';

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
    .optionsGroup('Role:')
    .option('--role-name <name>', "the role's name (default: azure-pipelines)")
    .option('--path <path>', "the role's path, like /pipelines/")
    .option('--policy-arn <arn>', "managed policy with the role's permissions; repeatable", collect)
    .option('--permissions-boundary <arn>', "managed policy used as the role's permissions boundary")
    .option('--max-session-duration <seconds>', 'maximum session duration in seconds, 3600 to 43200')
    .option('--tag <key=value>', 'tag for the role and the providers; repeatable', collect);
}

/** Returns the role that the options describe. Throws if IAM, or a template's parameter, would not take a value. */
export function readTemplateRole(options: TemplateRoleOptions): WantedRole {
  const { roleName = 'azure-pipelines', policyArn: policyArns = [], permissionsBoundary } = options;
  const readArn = (arn: string): string => requirePlain('--policy-arn', readPolicyArn('--policy-arn', arn).text);
  const [name, path, boundaryArn, maxSessionSeconds, tags, arns] = readAll(
    () => readRoleName(roleName),
    () => (options.path === undefined ? undefined : requirePlain('--path', readRolePath(options.path) ?? '')),
    () => readBoundary(permissionsBoundary),
    () => readSessionSeconds(options.maxSessionDuration),
    () => readTags(options.tag),
    () => readAll(...policyArns.map(arn => () => readArn(arn))),
  );
  return { name, path, policyArns: [...new Set(arns)], boundaryArn, maxSessionSeconds, tags };
}

function readBoundary(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  return requirePlain('--permissions-boundary', readPolicyArn('--permissions-boundary', text).text);
}

/**
 * IAM accepts any character between slashes, and CloudFormation splits its lists at commas: templates take less of
 * both.
 */
function requirePlain(option: string, value: string): string {
  if (/^[A-Za-z0-9_+=.@/:-]*$/.test(value)) return value;
  throw wrongUsage(
    `${option} is "${value}".`,
    'only letters, digits and _ + = . @ / -, without a comma; templates accept no others.',
  );
}

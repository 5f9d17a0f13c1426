import { parseRoleArn } from './iam-accounts.ts';
import type { RoleName } from './iam-accounts.ts';
import { checkPolicy, readPolicyArns, readTags } from './session-content.ts';
import type { SessionContent } from './session-content.ts';
import { readList } from './sts-calls.ts';
import type { StsCall } from './sts-calls.ts';
import { refuseAll, stsErrors, StsRefusal } from './sts-errors.ts';

/** What both ways of assuming a role have in common. */
export interface RoleParameters extends SessionContent {
  readonly roleArn: string;
  readonly role: RoleName;
  readonly sessionName: string;
  readonly durationSeconds: number;
  readonly transitiveTagKeys: readonly string[];
}

interface Limits {
  readonly min: number;
  readonly max: number;
  readonly pattern?: RegExp;
  readonly optional?: boolean;
  /** Tokens are not repeated in errors. */
  readonly secret?: boolean;
}

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html, parameters. */
const limits: Readonly<Record<string, Limits>> = {
  RoleArn: { min: 20, max: 2048 },
  RoleSessionName: { min: 2, max: 64, pattern: /^[\w+=,.@-]*$/ },
  WebIdentityToken: { min: 4, max: 20_000, secret: true },
  Policy: { min: 1, max: 2048, optional: true },
  ExternalId: { min: 2, max: 1224, pattern: /^[\w+=,.@:/-]*$/, optional: true },
};

/** Checks every parameter, then names all that is wrong at once, as AWS does. */
export function readRoleParameters(call: StsCall): RoleParameters {
  const { parameters } = call;
  const names = call.action === 'AssumeRoleWithWebIdentity' ? ['WebIdentityToken'] : ['ExternalId'];
  const found = ['RoleArn', 'RoleSessionName', 'Policy', ...names].flatMap(name => judge(name, parameters[name]));
  refuseAll([...found, ...judgeDuration(parameters['DurationSeconds'])]);
  const { RoleArn: roleArn = '', RoleSessionName: sessionName = '', Policy: policy } = parameters;
  const role = parseRoleArn(roleArn);
  if (!role) throw new StsRefusal(stsErrors.invalidRequestArn);
  if (policy !== undefined) checkPolicy(policy);
  return {
    roleArn,
    role,
    sessionName,
    durationSeconds: Number(parameters['DurationSeconds'] ?? 3600),
    policy,
    policyArns: readPolicyArns(parameters),
    tags: readTags(parameters),
    transitiveTagKeys: readList(parameters, 'TransitiveTagKeys', ''),
  };
}

function judge(name: string, value: string | undefined): string[] {
  const rule = limits[name] ?? { min: 0, max: Infinity };
  const member = name.charAt(0).toLowerCase() + name.slice(1);
  if (value === undefined) {
    return rule.optional === true
      ? []
      : [`Value null at '${member}' failed to satisfy constraint: Member must not be null`];
  }
  const broken = [
    ...(value.length > rule.max ? [`length less than or equal to ${rule.max}`] : []),
    ...(value.length < rule.min ? [`length greater than or equal to ${rule.min}`] : []),
  ].map(constraint => `Member must have ${constraint}`);
  if (rule.pattern?.test(value) === false) {
    broken.push(`Member must satisfy regular expression pattern: ${rule.pattern.source.slice(1, -1)}`);
  }
  const shown = rule.secret === true ? '' : ` '${value}'`;
  return broken.map(constraint => `Value${shown} at '${member}' failed to satisfy constraint: ${constraint}`);
}

function judgeDuration(text: string | undefined): string[] {
  if (text === undefined) return [];
  const failed = `Value '${text}' at 'durationSeconds' failed to satisfy constraint: Member must have value`;
  if (!/^\d+$/.test(text) || Number(text) < 900) return [`${failed} greater than or equal to 900`];
  return Number(text) > 43_200 ? [`${failed} less than or equal to 43200`] : [];
}

import {
  fitPolicies,
  type ControlPolicy,
  type ControlPolicyType,
  type Guardrail,
} from '../../trust/control-policies/control-policy.ts';
import { guardChanges } from '../../trust/control-policies/changes.ts';
import type { CommandShell } from '../shell.ts';
import { readAll } from '../terminal/failure.ts';
import { escapeJsonText, type Report } from '../terminal/report.ts';
import { checkPolicies, formatCheck, listCheck } from './check.ts';
import type { Inventory } from './inventory.ts';
import { readExemption, type Exemption, type ExemptionOptions } from './options.ts';
import { holdTargets, readSources, type SourceOptions } from './sources.ts';

/** What a report of guardrails says besides the policies. */
export interface GuardrailContext {
  readonly notes: readonly string[];
  /** Undefined if no account was read. */
  readonly inventory: Inventory | undefined;
  readonly options: SourceOptions;
  /** Patterns of the ARNs of those who may make changes. */
  readonly administrators: readonly string[];
}

/** Returns the policies of guardrails, ready for AWS Organizations, or what they would deny; and what they do not reach. */
export function reportGuardrails(guardrails: readonly Guardrail[], context: GuardrailContext): Report {
  const policies = guardrails.flatMap(fitPolicies);
  const types = [...new Set(policies.map(({ type }) => type))];
  const check =
    context.options.check === true && context.inventory !== undefined
      ? checkPolicies(policies, context.inventory, context)
      : undefined;
  return {
    status: 'ok',
    exit: check?.exit ?? 0,
    json: { policies: policies.map(listPolicy), check: check === undefined ? null : listCheck(check) },
    text: paint =>
      check === undefined ? formatPolicies(policies, title => paint.bold(title)) : formatCheck(check, paint),
    warnings: [
      ...(context.inventory?.warnings ?? []),
      ...context.notes,
      ...types.map(type => reach[type]),
      ...listCommon(policies),
    ],
  };
}

function listPolicy({ guardrail, type, part, parts, characters, document }: ControlPolicy): object {
  return { guardrail, type, part, parts, characters, document };
}

/** One policy stands alone, for the AWS CLI to read. */
function formatPolicies(policies: readonly ControlPolicy[], bold: (text: string) => string): string {
  const [only, ...others] = policies;
  if (only !== undefined && others.length === 0) return escapeJsonText(only.text);
  return policies.map(one => `${bold(title(one))}\n${escapeJsonText(one.text)}`).join('\n\n');
}

const typeNames: Readonly<Record<ControlPolicyType, string>> = {
  RESOURCE_CONTROL_POLICY: 'resource control policy',
  SERVICE_CONTROL_POLICY: 'service control policy',
};

function title({ guardrail, type, part, parts }: ControlPolicy): string {
  return `# ${guardrail}: ${typeNames[type]}${parts > 1 ? `, ${part} of ${parts}` : ''}`;
}

const reach: Readonly<Record<ControlPolicyType, string>> = {
  RESOURCE_CONTROL_POLICY:
    'The resource control policy does not affect roles of the management account, service-linked roles, or sessions that are already open, which last until they expire. Keep RCPFullAWSAccess attached.',
  SERVICE_CONTROL_POLICY:
    'The service control policy does not affect principals of the management account, service-linked roles, or federated calls. It denies everyone except the administrators: name the roles of CloudFormation, Control Tower, Terraform and EKS tools that create OIDC providers or guarded roles with --admin-role. Keep FullAWSAccess attached.',
};

function listCommon(policies: readonly ControlPolicy[]): readonly string[] {
  const several = policies.some(({ parts }) => parts > 1)
    ? [
        'The statements do not fit in one policy: attach all parts. A root, organizational unit or account can have at most five policies of each type, including the one from AWS.',
      ]
    : [];
  return [
    ...several,
    'Attach it to one test account first, then to an organizational unit: AWS takes minutes to apply it everywhere.',
  ];
}

/** Returns a guardrail, and with an exemption the one that says who may give it: without that whoever may tag a role is free. */
export function withExemption(own: Guardrail, exemption: Exemption | undefined): readonly Guardrail[] {
  if (exemption === undefined) return [own];
  const { administrators, tag } = exemption;
  return [own, guardChanges({ administrators, roles: [], exemption: tag })];
}

/** What differs between guardrails that can have an exemption, and are checked only with `--check`. */
interface Exemptible<Request> {
  readonly read: () => Request;
  readonly guard: (request: Request, tag: Exemption['tag'] | undefined) => Guardrail;
  readonly notes: (request: Request) => readonly string[];
}

/** Returns the report of a guardrail that can have an exemption. Throws with all that is wrong with its options. */
export async function reportExemptible<Request>(
  options: ExemptionOptions & SourceOptions,
  shell: CommandShell,
  { read, guard, notes }: Exemptible<Request>,
): Promise<Report> {
  const readTargets = await holdTargets(options, false);
  const [request, exemption, targets] = readAll(read, () => readExemption(options), readTargets);
  return reportGuardrails(withExemption(guard(request, exemption?.tag), exemption), {
    notes: notes(request),
    inventory: await readSources(targets, shell, { withTags: exemption !== undefined, options }),
    options,
    administrators: exemption?.administrators ?? [],
  });
}

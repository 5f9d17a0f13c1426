import {
  fitPolicies,
  type ControlPolicy,
  type ControlPolicyType,
  type Guardrail,
} from '../../trust/control-policies/control-policy.ts';
import { escapeJsonText } from '../terminal/json.ts';
import type { Report } from '../terminal/report.ts';

/** Returns the policies of guardrails, ready for AWS Organizations, and what they do not reach. */
export function reportGuardrails(guardrails: readonly Guardrail[], notes: readonly string[]): Report {
  const policies = guardrails.flatMap(fitPolicies);
  const types = new Set(policies.map(({ type }) => type));
  return {
    status: 'ok',
    exit: 0,
    json: {
      policies: policies.map(({ guardrail, type, part, parts, characters, document }) => {
        return { guardrail, type, part, parts, characters, document };
      }),
    },
    text: paint => {
      const [only, ...others] = policies;
      if (only !== undefined && others.length === 0) return escapeJsonText(only.text);
      return policies.map(one => `${paint.bold(title(one))}\n${escapeJsonText(one.text)}`).join('\n\n');
    },
    warnings: [...notes, ...[...types].map(type => reach[type]), ...listCommon(policies)],
  };
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
    'Outside of the resource control policy: roles of the management account, service-linked roles, and sessions that are open already, which go on until they end. RCPFullAWSAccess stays attached.',
  SERVICE_CONTROL_POLICY:
    'Outside of the service control policy: principals of the management account, service-linked roles, and federated calls themselves. It denies all but the administrators: roles of CloudFormation, Control Tower, Terraform and EKS tools that create OIDC providers or guarded roles need --admin-role. FullAWSAccess stays attached.',
};

function listCommon(policies: readonly ControlPolicy[]): readonly string[] {
  const several = policies.some(({ parts }) => parts > 1)
    ? [
        'The statements do not fit in one policy: attach all parts. A root, unit or account takes five policies of a type, that of AWS included.',
      ]
    : [];
  return [
    ...several,
    'Attach it to one test account first, then to an organizational unit: AWS takes minutes to apply it everywhere.',
  ];
}

import type { IamChange, RolePolicies } from './iam.ts';
import { ownTag } from './own-tag.ts';
import type { SetupPlan } from './plan.ts';
import type { Standing } from './standing.ts';

/** A line of a difference: added, changed, taken away, or there for orientation. */
export interface DifferenceLine {
  readonly mark: '+' | '~' | '-' | ' ';
  readonly depth: number;
  readonly text: string;
}

/**
 * Returns a plan as a difference for people: what is added (+) and changed (~), with a trust policy before and after line
 * by line, and all policies of a role that gets a trust.
 */
export function describeDifference(plan: SetupPlan, standing: Standing): readonly DifferenceLine[] {
  const lines = plan.changes.flatMap(change => describeChange(change, standing));
  return lines.filter(({ mark, depth, text }, place) => {
    // A provider or role that is changed in several ways is named once.
    const earlier = lines.slice(0, place).findLast(one => one.depth === 0);
    return depth !== 0 || mark !== '~' || earlier?.text !== text;
  });
}

function describeChange(change: IamChange, standing: Standing): readonly DifferenceLine[] {
  switch (change.kind) {
    case 'create-provider':
      return [
        added(0, `OIDC provider ${change.arn}`),
        added(1, `URL ${change.issuerUrl}`),
        ...change.clientIds.map(id => added(1, `client id ${id}`)),
        ...describeTags(change.tags),
        line(' ', 1, 'no thumbprint is given: IAM finds one by itself, and needs none for public authorities'),
      ];
    case 'create-role':
      return describeNewRole(change);
    case 'set-trust-policy':
      return [...nameRole(standing), ...describePolicies(standing.policies), ...compareTrust(change, standing)];
    case 'attach-policy':
      return [...nameRole(standing), added(1, `policy ${change.policyArn}`)];
    case 'add-client-id':
    case 'remove-client-id':
    case 'tag-provider':
    case 'set-thumbprints':
    case 'delete-provider':
    case 'set-session-length':
    case 'set-boundary':
    case 'tag-role':
      return describeSmall(change, standing);
  }
}

type Change<Kind extends IamChange['kind']> = Extract<IamChange, { readonly kind: Kind }>;

function describeSmall(
  change: Exclude<IamChange, Change<'create-provider' | 'create-role' | 'set-trust-policy' | 'attach-policy'>>,
  standing: Standing,
): readonly DifferenceLine[] {
  const { role } = standing;
  switch (change.kind) {
    case 'add-client-id':
      return [line('~', 0, `OIDC provider ${change.arn}`), added(1, `client id ${change.clientId}`)];
    case 'remove-client-id':
      return [line('~', 0, `OIDC provider ${change.arn}`), line('-', 1, `client id ${change.clientId}`)];
    case 'tag-provider':
      return [line('~', 0, `OIDC provider ${change.arn}`), ...describeTags(change.tags)];
    case 'set-thumbprints':
      return [line('~', 0, `OIDC provider ${change.arn}`), added(1, `thumbprints ${change.thumbprints.join(', ')}`)];
    case 'delete-provider':
      return [line('-', 0, `OIDC provider ${change.arn}`)];
    case 'set-session-length': {
      const before = role?.maxSessionSeconds ?? 0;
      return [...nameRole(standing), line('~', 1, `longest session ${before} s -> ${change.maxSessionSeconds} s`)];
    }
    case 'set-boundary': {
      const before = role?.boundaryArn ?? 'none';
      return [...nameRole(standing), line('~', 1, `permissions boundary ${before} -> ${change.boundaryArn}`)];
    }
    case 'tag-role':
      return [...nameRole(standing), ...describeTags(change.tags)];
  }
}

function describeNewRole(change: Change<'create-role'>): readonly DifferenceLine[] {
  const { arn, maxSessionSeconds, boundaryArn, tags, trustPolicy } = change;
  return [
    added(0, `role ${arn}`),
    added(1, `longest session ${maxSessionSeconds} s`),
    ...(boundaryArn === undefined ? [] : [added(1, `permissions boundary ${boundaryArn}`)]),
    ...describeTags(tags),
    added(1, 'trust policy'),
    ...splitPolicy(trustPolicy).map(text => added(2, text)),
  ];
}

/** A role that this run makes was named when it was. */
function nameRole({ role }: Standing): readonly DifferenceLine[] {
  if (role === undefined) return [];
  const maker = role.tags[ownTag.key] === ownTag.value ? '' : ' (not made by aws-wif)';
  return [line('~', 0, `role ${role.arn}${maker}`)];
}

/** Whoever gets in gets these. */
function describePolicies({ attachedArns, inlineNames }: RolePolicies): readonly DifferenceLine[] {
  const all = [...attachedArns.map(arn => `policy ${arn}`), ...inlineNames.map(name => `inline policy ${name}`)];
  return all.length === 0
    ? [line(' ', 1, 'has no policies')]
    : [line(' ', 1, 'has, for everyone who gets in:'), ...all.map(text => line(' ', 2, text))];
}

/** What a policy begins and ends with before and after is left out, but for the lines next to the change. */
function compareTrust(
  { trustPolicy }: Change<'set-trust-policy'>,
  { role }: Pick<Standing, 'role'>,
): readonly DifferenceLine[] {
  const [before, after] = [splitPolicy(role?.trustPolicy ?? '{}'), splitPolicy(trustPolicy)];
  const most = Math.min(before.length, after.length);
  let head = 0;
  while (head < most && before[head] === after[head]) head += 1;
  let tail = 0;
  while (tail < most - head && before.at(-1 - tail) === after.at(-1 - tail)) tail += 1;
  const near = (lines: readonly string[]) => lines.map(text => line(' ', 2, text));
  return [
    line('~', 1, 'trust policy'),
    ...near(before.slice(Math.max(head - 3, 0), head)),
    ...before.slice(head, before.length - tail).map(text => line('-', 2, text)),
    ...after.slice(head, after.length - tail).map(text => line('+', 2, text)),
    ...near(after.slice(after.length - tail, after.length - tail + 3)),
  ];
}

function splitPolicy(json: string): readonly string[] {
  return JSON.stringify(JSON.parse(json), null, 2).split('\n');
}

function describeTags(tags: Readonly<Record<string, string>>): readonly DifferenceLine[] {
  return Object.entries(tags).map(([key, value]) => added(1, `tag ${key} = ${value}`));
}

function added(depth: number, text: string): DifferenceLine {
  return line('+', depth, text);
}

function line(mark: DifferenceLine['mark'], depth: number, text: string): DifferenceLine {
  return { mark, depth, text };
}

import { addedLine, describeTags, line, type DifferenceLine } from './difference-line.ts';
import { isOfProvider, type RoleChange } from './documents.ts';
import type { IamChange, RolePolicies, RoleState } from '../account/iam.ts';
import { isOwn } from '../account/own-tag.ts';
import type { Standing } from './standing.ts';

type Change<Kind extends RoleChange['kind']> = Extract<RoleChange, { readonly kind: Kind }>;

/** Returns what becomes of a role, which is named once. */
export function describeRoleChanges(
  changes: readonly IamChange[],
  { role, policies }: Pick<Standing, 'role' | 'policies'>,
): readonly DifferenceLine[] {
  const own = changes.filter((change): change is RoleChange => !isOfProvider(change));
  const lines = own.flatMap(change => describeChange(change, role));
  if (role === undefined || own.length === 0) return lines;
  const isJudged = !isOwn(role.tags) || own.some(({ kind }) => kind === 'set-trust-policy');
  const maker = isOwn(role.tags) ? '' : ' (not made by aws-wif)';
  return [line('~', 0, `role ${role.arn}${maker}`), ...(isJudged ? describePolicies(policies) : []), ...lines];
}

function describeChange(change: RoleChange, role: RoleState | undefined): readonly DifferenceLine[] {
  switch (change.kind) {
    case 'create-role':
      return describeNewRole(change);
    case 'set-trust-policy':
      return compareTrust(change, role);
    case 'attach-policy':
      return [addedLine(1, `policy ${change.policyArn}`)];
    case 'set-session-length':
      return [line('~', 1, `longest session ${role?.maxSessionSeconds ?? 0} s -> ${change.maxSessionSeconds} s`)];
    case 'set-boundary':
      return [line('~', 1, `permissions boundary ${role?.boundaryArn ?? 'none'} -> ${change.boundaryArn}`)];
    case 'tag-role':
      return describeTags(change.tags);
  }
}

function describeNewRole(change: Change<'create-role'>): readonly DifferenceLine[] {
  const { arn, maxSessionSeconds, boundaryArn, tags, trustPolicy } = change;
  return [
    addedLine(0, `role ${arn}`),
    addedLine(1, `longest session ${maxSessionSeconds} s`),
    ...(boundaryArn === undefined ? [] : [addedLine(1, `permissions boundary ${boundaryArn}`)]),
    ...describeTags(tags),
    addedLine(1, 'trust policy'),
    ...splitPolicy(trustPolicy).map(text => addedLine(2, text)),
  ];
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
  role: RoleState | undefined,
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

import { structuredPatch } from 'diff';
import { type PlannedChange, isRoleState } from './state.ts';
import { nameTarget, isOwn, type IamChange, type RolePolicies, type Tags } from './iam.ts';

/** A line of a difference: added, changed, taken away, or there for orientation. */
export interface DifferenceLine {
  readonly mark: '+' | '~' | '-' | ' ';
  readonly depth: number;
  readonly text: string;
}

/**
 * Returns changes as a difference for people, each provider and role named once: what is added (+), changed (~) and taken
 * away (-), with the lines of a trust policy that change and three around them. With the policies of a role they are listed
 * where it gets a trust, or where aws-wif did not create it: whoever may assume it gets these.
 */
export function describeDifference(
  changes: readonly PlannedChange[],
  policies?: RolePolicies,
): readonly DifferenceLine[] {
  const targets = [...new Set(changes.map(({ change }) => nameTarget(change)))];
  return targets.flatMap(target => {
    const own = changes.filter(({ change }) => nameTarget(change) === target);
    return [
      ...own.slice(0, 1).map(describeTarget),
      ...(policies === undefined || !showsPolicies(own) ? [] : describePolicies(policies)),
      ...own.flatMap(describeChange),
    ];
  });
}

function describeTarget({ change, document }: PlannedChange): DifferenceLine {
  const mark = change.kind.startsWith('create-') ? '+' : change.kind === 'delete-provider' ? '-' : '~';
  if (document.kind === 'provider') return line(mark, 0, `OIDC provider ${document.arn}`);
  const role = document.before ?? document.after;
  const isForeign = mark === '~' && role !== undefined && isRoleState(role) && !isOwn(role.tags);
  return line(mark, 0, `role ${role?.arn ?? document.name}${isForeign ? ' (not created by aws-wif)' : ''}`);
}

function showsPolicies(changes: readonly PlannedChange[]): boolean {
  const [{ document } = { document: undefined }] = changes;
  if (document?.kind !== 'role' || document.before === undefined || !isRoleState(document.before)) return false;
  return !isOwn(document.before.tags) || changes.some(({ change }) => change.kind === 'set-trust-policy');
}

function describePolicies({ attachedArns, inlineNames }: RolePolicies): readonly DifferenceLine[] {
  const all = [...attachedArns.map(arn => `policy ${arn}`), ...inlineNames.map(name => `inline policy ${name}`)];
  return all.length === 0
    ? [line(' ', 1, 'has no permissions policies')]
    : [line(' ', 1, 'gives everyone who may assume it:'), ...all.map(text => line(' ', 2, text))];
}

function describeChange({ change, document }: PlannedChange): readonly DifferenceLine[] {
  const before = document.kind === 'role' ? document.before : undefined;
  const old = before !== undefined && isRoleState(before) ? before : undefined;
  switch (change.kind) {
    case 'create-provider':
      return [
        added(`URL ${change.issuerUrl}`),
        ...change.clientIds.map(id => added(`client ID ${id}`)),
        ...describeTags(change.tags),
        line(' ', 1, 'no thumbprint: IAM retrieves one, and needs none for public CAs'),
      ];
    case 'add-client-id':
      return [added(`client ID ${change.clientId}`)];
    case 'remove-client-id':
      return [line('-', 1, `client ID ${change.clientId}`)];
    case 'set-thumbprints': {
      const current = document.kind === 'provider' ? (document.before?.thumbprints ?? []) : [];
      return compareLines('thumbprints', current, change.thumbprints);
    }
    case 'delete-provider':
      return [];
    case 'create-role':
      return describeNewRole(change);
    case 'set-trust-policy':
      return compareLines('trust policy', splitPolicy(before?.trustPolicy ?? '{}'), splitPolicy(change.trustPolicy));
    case 'attach-policy':
      return [added(`policy ${change.policyArn}`)];
    case 'set-session-length':
      return [
        line('~', 1, `maximum session duration ${old?.maxSessionSeconds ?? 0} s -> ${change.maxSessionSeconds} s`),
      ];
    case 'set-boundary':
      return [line('~', 1, `permissions boundary ${old?.boundaryArn ?? 'none'} -> ${change.boundaryArn}`)];
    case 'tag-provider':
    case 'tag-role':
      return describeTags(change.tags);
  }
}

function describeNewRole(role: Extract<IamChange, { readonly kind: 'create-role' }>): readonly DifferenceLine[] {
  const { maxSessionSeconds, boundaryArn, tags, trustPolicy } = role;
  return [
    added(`maximum session duration ${maxSessionSeconds} s`),
    ...(boundaryArn === undefined ? [] : [added(`permissions boundary ${boundaryArn}`)]),
    ...describeTags(tags),
    added('trust policy'),
    ...splitPolicy(trustPolicy).map(text => line('+', 2, text)),
  ];
}

function compareLines(title: string, before: readonly string[], after: readonly string[]): readonly DifferenceLine[] {
  const [one, other] = [before, after].map(lines => lines.map(text => `${text}\n`).join(''));
  const { hunks } = structuredPatch('', '', one ?? '', other ?? '', '', '', { context: 3 });
  return [line('~', 1, title), ...hunks.flatMap(({ lines }) => lines.map(readHunkLine))];
}

function readHunkLine(text: string): DifferenceLine {
  const mark = text.charAt(0);
  return line(mark === '+' || mark === '-' ? mark : ' ', 2, text.slice(1));
}

/** Policies come in many spacings; what is not JSON is compared as it is. */
function splitPolicy(json: string): readonly string[] {
  try {
    return JSON.stringify(JSON.parse(json), null, 2).split('\n');
  } catch {
    return json.split('\n');
  }
}

function describeTags(tags: Tags): readonly DifferenceLine[] {
  return Object.entries(tags).map(([key, value]) => added(`tag ${key} = ${value}`));
}

function added(text: string): DifferenceLine {
  return line('+', 1, text);
}

function line(mark: DifferenceLine['mark'], depth: number, text: string): DifferenceLine {
  return { mark, depth, text };
}

import { addedLine, describeTags, line, type DifferenceLine } from './difference-line.ts';
import { describeRoleChanges } from './difference-role.ts';
import { isOfProvider, type ProviderChange } from './documents.ts';
import type { SetupPlan } from './plan.ts';
import type { Standing } from './standing.ts';

export type { DifferenceLine } from './difference-line.ts';

/**
 * Returns a plan as a difference for people: what is added (+) and changed (~), with a trust policy before and after line
 * by line, and all policies of a role that gets a trust or that aws-wif did not make.
 */
export function describeDifference({ changes }: SetupPlan, standing: Standing): readonly DifferenceLine[] {
  const providers = changes.filter(isOfProvider).flatMap(describeProviderChange);
  const named = providers.filter(({ mark, depth, text }, place) => {
    // A provider that is changed in several ways is named once.
    const earlier = providers.slice(0, place).findLast(one => one.depth === 0);
    return depth !== 0 || mark !== '~' || earlier?.text !== text;
  });
  return [...named, ...describeRoleChanges(changes, standing)];
}

function describeProviderChange(change: ProviderChange): readonly DifferenceLine[] {
  const changed = line('~', 0, `OIDC provider ${change.arn}`);
  switch (change.kind) {
    case 'create-provider':
      return [
        addedLine(0, `OIDC provider ${change.arn}`),
        addedLine(1, `URL ${change.issuerUrl}`),
        ...change.clientIds.map(id => addedLine(1, `client id ${id}`)),
        ...describeTags(change.tags),
        line(' ', 1, 'no thumbprint is given: IAM finds one by itself, and needs none for public authorities'),
      ];
    case 'add-client-id':
      return [changed, addedLine(1, `client id ${change.clientId}`)];
    case 'remove-client-id':
      return [changed, line('-', 1, `client id ${change.clientId}`)];
    case 'tag-provider':
      return [changed, ...describeTags(change.tags)];
    case 'set-thumbprints':
      return [changed, addedLine(1, `thumbprints ${change.thumbprints.join(', ')}`)];
    case 'delete-provider':
      return [line('-', 0, `OIDC provider ${change.arn}`)];
  }
}

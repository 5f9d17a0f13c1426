import { isOfProvider, nameTarget, type IamChange, type ProviderState } from './iam.ts';
import { expectAfter, type AccountState, type KnownRole } from './state.ts';

/** One change, with what it changes as it is and as it will be: what is compared, shown and saved before it. */
export interface PlannedChange {
  readonly change: IamChange;
  readonly document: ChangedDocument;
}

/** A provider or a role, before and after a change; undefined if it does not exist. */
export type ChangedDocument =
  | {
      readonly kind: 'provider';
      readonly arn: string;
      readonly before: ProviderState | undefined;
      readonly after: ProviderState | undefined;
    }
  | {
      readonly kind: 'role';
      readonly name: string;
      readonly before: KnownRole | undefined;
      readonly after: KnownRole | undefined;
    };

/** Returns changes in their order, each with the document as the ones before it leave it. */
export function planChanges(state: AccountState, changes: readonly IamChange[]): readonly PlannedChange[] {
  let now = state;
  return changes.map(change => {
    const later = expectAfter(now, change);
    const document = describeDocument(change, now, later);
    now = later;
    return { change, document };
  });
}

function describeDocument(change: IamChange, now: AccountState, later: AccountState): ChangedDocument {
  const target = nameTarget(change);
  if (!isOfProvider(change)) {
    const find = ({ roles }: AccountState): KnownRole | undefined => roles.find(({ name }) => name === target);
    return { kind: 'role', name: target, before: find(now), after: find(later) };
  }
  const find = ({ providers }: AccountState): ProviderState | undefined => providers.find(({ arn }) => arn === target);
  return { kind: 'provider', arn: target, before: find(now), after: find(later) };
}

import type { PlannedChange } from './dual-trust/plan.ts';
import type { AccountState } from './role-trust.ts';

/** Returns an account as changes would leave it. */
export function applyChanges(state: AccountState, changes: readonly PlannedChange[]): AccountState {
  return changes.reduce(applyChange, state);
}

function applyChange(state: AccountState, { document }: PlannedChange): AccountState {
  if (document.kind === 'trust-policy') {
    const { roleName, after: trustPolicy } = document;
    return { ...state, roles: state.roles.map(role => (role.name === roleName ? { ...role, trustPolicy } : role)) };
  }
  const others = state.providers.filter(({ arn }) => arn !== document.arn);
  return { ...state, providers: document.after === null ? others : [...others, document.after] };
}

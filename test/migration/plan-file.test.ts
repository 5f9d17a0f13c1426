import assert from 'node:assert/strict';
import type { PlannedChange, AccountState } from '../../src/account/state.ts';
import { planDualTrust } from '../../src/migration/dual-trust/plan.ts';
import { bindPlan, describeChange, type PlannedAccount } from '../../src/migration/plan-file.ts';
import { accountId, accountOf, allow, azp, entraArn, entraUrl, onSubject, policyOf, see, subjects } from './company.ts';

const other = { url: entraUrl, arn: entraArn, clientIds: ['other'], thumbprints: [], tags: {} };
const policy = policyOf(allow(onSubject(subjects.aws)));

function plan(state: AccountState): readonly PlannedChange[] {
  return planDualTrust(state, see(), { expand: false, includeConverted: [] }).changes;
}

function save(changes: readonly PlannedChange[]): PlannedAccount {
  return { accountId, partition: 'aws', changes: changes.map(describeChange) };
}

describe('migration/plan-file', () => {
  it('carries out all that was planned, several client IDs of a provider too', () => {
    const base = accountOf(policy);
    const providers = base.providers.filter(({ arn }) => arn !== entraArn);
    const state = { ...base, providers: [...providers, other] };
    const changes = plan(state);
    const kinds = changes.map(({ change }) => change.kind);
    assert.deepEqual(kinds, ['add-client-id', 'add-client-id', 'set-trust-policy']);
    assert.deepEqual(bindPlan(save(changes), changes, state), { changes, aside: [], differences: [] });
    const done = plan({ ...base, providers: [...providers, { ...other, clientIds: ['other', azp] }] });
    assert.deepEqual(bindPlan(save(changes), done, state), { changes: done, aside: [], differences: [] });
  });

  it('refuses a client ID that the file does not have', () => {
    const base = accountOf(policy);
    const state = { ...base, providers: [...base.providers.filter(({ arn }) => arn !== entraArn), other] };
    const changes = plan(state);
    const file = save(changes);
    const edited = file.changes.map(one => ({ ...one, after: one.after.replaceAll(azp, 'edited') }));
    const { differences } = bindPlan({ ...file, changes: edited }, changes, state);
    assert.match(differences.join(), /^add-client-id of arn:\S+ is not in the plan/);
  });
});

import assert from 'node:assert/strict';
import { deriveIdentity } from '../../src/identity/audience.ts';
import { carryOut, type Outcome } from '../../src/account/carry-out.ts';
import { expectAfter, isSameProvider } from '../../src/account/state.ts';
import type { IamChange, RoleState } from '../../src/account/iam.ts';
import { toState, planSetup } from '../../src/setup/plan.ts';
import type { SetupRequest, Standing } from '../../src/setup/request.ts';

const ids = {
  organizationId: '0ca3ddd9-f0b0-4635-a98c-5866526961b6',
  tenantId: 'ff882432-09b0-437b-bd22-ca13c0037ded',
  connectionId: 'f0cda5b5-1aff-46ac-a80b-054d5c4f9b8a',
};
const policyArns = ['arn:aws:iam::aws:policy/ReadOnlyAccess'];
const request: SetupRequest = {
  account: { accountId: '111111111111', partition: 'aws' },
  identities: [deriveIdentity('entra', ids)],
  role: { name: 'r', path: undefined, policyArns, maxSessionSeconds: undefined, boundaryArn: undefined, tags: {} },
  existingRole: false,
  acceptExposedRoles: false,
  raisedQuota: false,
};
const empty: Standing = {
  providers: [],
  role: undefined,
  policies: { attachedArns: [], inlineNames: [] },
  newPolicies: new Map(),
  roles: [],
};

/** An IAM that shows what was written only after some waits, as IAM does. */
function lag(waits: number, spoil: (role: RoleState) => RoleState = role => role) {
  const start = toState(request, empty);
  const state = { now: start, shown: start, left: 0, waited: [] as number[], applied: [] as IamChange[] };
  const look = () => (state.left > 0 ? state.shown : state.now);
  const iam = {
    readProvider: (arn: string) => Promise.resolve(look().providers.find(one => one.arn === arn)),
    readRole: () => {
      const [role] = look().roles;
      return Promise.resolve(role === undefined ? undefined : spoil(role as RoleState));
    },
    listRoles: () => Promise.resolve([]),
    apply: (change: IamChange) => {
      state.applied.push(change);
      Object.assign(state, { shown: state.now, now: expectAfter(state.now, change), left: waits });
      return Promise.resolve();
    },
  };
  const pause = (ms: number) => {
    state.waited.push(ms);
    state.left -= 1;
    return Promise.resolve();
  };
  const { signal: stop } = new AbortController();
  return { state, ports: { iam, pause, stop } };
}

const statesOf = (outcomes: readonly Outcome[]) =>
  outcomes.map(({ planned: { change }, state }) => `${change.kind} ${state}`);
const made = ['create-provider done', 'create-role done'];

describe('account/state: a provider', () => {
  const one = { arn: 'a', url: 'u', clientIds: ['x', 'y'], thumbprints: ['t'], tags: { k: 'v' } };
  for (const [change, isSame] of [
    [{ clientIds: ['y', 'x'] }, true],
    [{ thumbprints: [] }, true],
    [{ clientIds: ['x'] }, false],
    [{ tags: {} }, false],
    [{ url: 'v' }, false],
  ] as const) {
    it(`with ${JSON.stringify(change)} is ${isSame ? 'the same' : 'another'}`, () => {
      assert.equal(isSameProvider(one, { ...one, ...change }), isSame);
    });
  }
});

describe('account/carry-out', () => {
  const plan = planSetup(request, empty);

  for (const waits of [0, 1, 4]) {
    it(`waits ${waits} times for IAM to show what this run wrote`, async () => {
      const { state, ports } = lag(waits);
      assert.deepEqual(statesOf(await carryOut(plan.changes, ports)), [...made, 'attach-policy done']);
      assert.deepEqual(
        state.applied.map(({ kind }) => kind),
        ['create-provider', 'create-role', 'attach-policy'],
      );
      // Only the policy is for something that was written before.
      assert.equal(state.waited.length, waits);
    });
  }

  it('gives up where it never shows, and gives no rights to it', async () => {
    const { state, ports } = lag(99);
    assert.deepEqual(statesOf(await carryOut(plan.changes, ports)), [...made, 'attach-policy stopped']);
    assert.ok(state.waited.reduce((sum, ms) => sum + ms, 0) <= 20_000, state.waited.join());
  });

  it('gives no rights to a role whose trust somebody changed since it was made', async () => {
    const { ports } = lag(0, role => ({ ...role, trustPolicy: '{"Version":"2012-10-17","Statement":[]}' }));
    assert.deepEqual(statesOf(await carryOut(plan.changes, ports)), [...made, 'attach-policy stopped']);
  });

  it('takes for done what was there already, and begins nothing once it is to end', async () => {
    const { state, ports } = lag(0);
    await carryOut(plan.changes.slice(0, 1), ports);
    assert.equal(statesOf(await carryOut(plan.changes, ports))[0], 'create-provider present');
    assert.equal(state.applied.length, 3);
    const stop = AbortSignal.abort();
    assert.deepEqual(statesOf(await carryOut(plan.changes, { ...ports, stop })), [
      'create-provider interrupted',
      'create-role not-begun',
      'attach-policy not-begun',
    ]);
  });
});

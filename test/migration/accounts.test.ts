import assert from 'node:assert/strict';
import pMap from 'p-map';
import { type PlannedChange, readAccount, type AccountState } from '../../src/account/state.ts';
import { planRollback, listSaved, type SavedDocument } from '../../src/account/saved-documents.ts';
import type { IamAccess } from '../../src/aws/account.ts';
import { roleByRole } from '../../src/cli/accounts/put-aside.ts';
import { planRun, type AccountRun } from '../../src/cli/accounts/run.ts';
import { carryOutRun, concurrency } from '../../src/cli/accounts/write.ts';
import { planDualTrust } from '../../src/migration/dual-trust/plan.ts';
import { planFinish } from '../../src/migration/finish/plan-finish.ts';
import { describeFleet } from '../../src/migration/fleet/describe-fleet.ts';
import type { Fleet } from '../../src/migration/fleet/connections.ts';
import { openInMemory } from '../fakes/iam-in-memory.ts';
import { keepAccount, type IamState } from '../fakes/iam-state.ts';
import {
  accountId as firstId,
  createChance,
  generateFleet,
  namesSubject,
  organization,
  show,
  tenantId,
  type GeneratedFleet,
  type MadeConnection,
} from './fleet-generator.ts';
import { watchAdmissions, type Watch } from './watch-admissions.ts';

// Several accounts of one organization, worked on at the same time as the command does it: each call of any of them is
// followed by a look at who gets in, in the account that it was made in.

const ids = [firstId, '222222222222', '333333333333'] as const;

const refusals: readonly [Refusal, ...Refusal[]] = [
  ['MalformedPolicyDocument', 'Invalid principal in policy: "AWS":"AIDAGONE"'],
  ['AccessDenied', 'with an explicit deny in a service control policy'],
  ['UnmodifiableEntity', 'Cannot perform the operation on the protected role'],
];

type Refusal = readonly [code: string, message: string];

/** Of a kind that is converted at all. */
const isPlain = ({ environment, toolkit }: MadeConnection): boolean => environment === 'AzureCloud' && !toolkit;

interface MadeAccount {
  readonly state: IamState;
  readonly watch: Watch;
}

/** The process dies at a call: the call is done or not, its answer is never heard, and no other call is made. */
interface Kill {
  readonly at: number;
  readonly done: boolean;
}

class Killed extends Error {}

class Estate {
  readonly fleet: GeneratedFleet;
  readonly accounts: readonly MadeAccount[];
  /** Calls of all accounts. */
  calls = 0;
  readonly #wrong: unknown[] = [];
  readonly #chance: ReturnType<typeof createChance>;
  #kill: Kill | undefined;
  #stop = new AbortController();

  constructor(seed: number) {
    this.fleet = generateFleet(seed);
    this.#chance = createChance(seed + 0.5);
    // The others are tidy, so that connections become ready at all: a connection has to be so in each account.
    this.accounts = ids.map((id, index) => this.#make(id, index === 0 ? this.fleet : generateFleet(seed * 5 * index)));
  }

  #make(id: string, { roles, providers }: Pick<GeneratedFleet, 'roles' | 'providers'>): MadeAccount {
    const own = roles.map(role => ({
      ...role,
      trustPolicy: JSON.parse(JSON.stringify(role.trustPolicy).replaceAll(firstId, id)) as unknown,
    }));
    const refused = own.flatMap(({ name }): [string, Refusal][] =>
      this.#chance.happens(0.15) ? [[name, this.#chance.pick(refusals)]] : [],
    );
    const state = keepAccount({
      ...{ accessKeyId: '', accountId: id, trustPolicyLength: 4096, roles: own, providers },
      refusals: Object.fromEntries(refused),
    });
    const fleet = { ...this.fleet, roles: own, providers };
    const watch = watchAdmissions(
      fleet,
      state,
      (policy, one) => fleet.silent && one.hidden && !namesSubject(policy, one),
    );
    return { state, watch };
  }

  see(): Fleet {
    const { connections, silent } = this.fleet;
    const shown = connections.filter(({ hidden }) => !hidden);
    return describeFleet(shown.map(show), organization, tenantId, silent ? 0 : connections.length - shown.length);
  }

  /** Plans in all accounts and does it, as far as the process lives. */
  async run(plan: Plan, kill?: Kill): Promise<readonly AccountRun[]> {
    [this.#kill, this.#stop] = [undefined, new AbortController()];
    const fleet = this.see();
    const planned = await pMap(this.accounts, made => this.#plan(made, fleet, plan));
    [this.#kill, this.calls] = [kill, 0];
    const ports = { pause: () => Promise.resolve(), stop: this.#stop.signal, save: () => 'saved.json' };
    const ended = await pMap(planned, run => carryOutRun(run, ports, roleByRole), { concurrency });
    if (this.#wrong.length > 0) throw this.#wrong[0];
    return ended;
  }

  async #plan(made: MadeAccount, fleet: Fleet, plan: Plan): Promise<AccountRun> {
    const iam = this.#open(made);
    const account = { accountId: made.state.accountId, partition: 'aws' } as const;
    const target = { account, profile: undefined, assumeRoleArn: undefined };
    const state = await readAccount(account, iam);
    return planRun({ target, iam, caller: await iam.readCaller() }, { changes: plan(state, fleet) });
  }

  #open(made: MadeAccount): IamAccess {
    return openInMemory(made.state, {
      before: async () => {
        // Accounts overtake each other.
        for (let turns = this.#chance.below(4); turns > 0; turns -= 1) await Promise.resolve();
        if (this.#stop.signal.aborted) throw new Killed();
        this.calls += 1;
        if (this.calls === this.#kill?.at && !this.#kill.done) this.#die();
      },
      after: action => {
        this.#look(made, action);
        if (this.#kill !== undefined && this.calls >= this.#kill.at) this.#die();
      },
    });
  }

  #look({ watch, state }: MadeAccount, action: string): void {
    try {
      watch.check(`account ${state.accountId} after ${action} (call ${this.calls})`);
    } catch (thrown) {
      this.#wrong.push(thrown);
    }
  }

  #die(): never {
    this.#stop.abort();
    throw new Killed();
  }

  /** Converts connections that every role of every account that lets them in lets in on the Entra issuer, too. */
  convert(isTurn: (place: number) => boolean = () => true): number {
    const ready = this.fleet.connections.filter(
      (one, place) =>
        isPlain(one) && !one.onEntra && isTurn(place) && this.accounts.every(({ watch }) => watch.isReady(one)),
    );
    for (const one of ready) one.onEntra = true;
    for (const { watch } of this.accounts) watch.check('after the conversion');
    return ready.length;
  }

  snapshot(): readonly IamState[] {
    return this.accounts.map(({ state }) => structuredClone(state));
  }
}

type Plan = (state: AccountState, fleet: Fleet) => readonly PlannedChange[];

const planApply: Plan = (state, fleet) => planDualTrust(state, fleet, { expand: true, includeConverted: [] }).changes;

const planEnd: Plan = (state, fleet) => {
  const terms = { expand: true, acceptHidden: false, deleteProvider: true, roleNames: undefined };
  return planFinish(state, fleet, terms).changes;
};

/** Goes back to what each account's file says. */
function planBack(runs: readonly AccountRun[]): Plan {
  const files = new Map<string, readonly SavedDocument[]>(
    runs.map(({ target, changes }) => [target.account.accountId, listSaved(changes)]),
  );
  return state => {
    const { accountId, partition } = state.account;
    const entries = files.get(accountId) ?? [];
    return planRollback({ version: 1, account: accountId, partition, savedAt: '', entries }, state).changes;
  };
}

/** What is not done: only roles that IAM refuses, and a provider that they still name. */
function listUndone(runs: readonly AccountRun[]): readonly string[] {
  return runs.flatMap(({ outcomes }) =>
    outcomes
      .filter(({ state }) => state !== 'done')
      .map(({ state, planned: { change } }) => `${state} ${change.kind}`)
      .filter(text => !['put-aside set-trust-policy', 'stopped delete-provider'].includes(text)),
  );
}

function countAside(runs: readonly AccountRun[]): number {
  return runs.flatMap(({ outcomes }) => outcomes).filter(({ state }) => state === 'put-aside').length;
}

/** A role that IAM refuses is planned again, and nothing else is. */
async function assertOver(estate: Estate, plan: Plan): Promise<void> {
  const again = await estate.run(plan);
  for (const { target, outcomes } of again) {
    const done = outcomes.filter(({ state }) => state === 'done');
    assert.deepEqual(done, [], `account ${target.account.accountId} has nothing to do any more`);
  }
}

/** Without a limit of time; with one, what each change gets is enough. */
const isLong = process.env['FUZZ_RUNS'] !== undefined && process.env['FUZZ_MS'] === undefined;
const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index + 1);

describe('migration of several generated accounts', () => {
  const sums = { served: 0, done: 0, aside: 0, converted: 0, toolkit: 0 };

  for (const seed of isLong ? upTo(40) : [9, 12]) {
    it(`${seed}: refuses and admits nobody after any call of any account, whatever IAM refuses`, async () => {
      const estate = new Estate(seed);
      const applied = await estate.run(planApply);
      assert.deepEqual(listUndone(applied), []);
      await assertOver(estate, planApply);
      sums.converted += estate.convert(place => place % 2 === 0);
      const half = await estate.run(planEnd);
      sums.converted += estate.convert();
      const rest = await estate.run(planEnd);
      assert.deepEqual(listUndone([...half, ...rest]), []);
      await assertOver(estate, planEnd);
      sums.served += estate.accounts.reduce((sum, { watch }) => sum + watch.count(), 0);
      sums.done += [...applied, ...half, ...rest].flatMap(({ outcomes }) => outcomes).length;
      sums.aside += countAside(applied);
      sums.toolkit += estate.fleet.connections.filter(({ toolkit }) => toolkit).length;
    });
  }

  after(() => {
    const text = JSON.stringify(sums);
    for (const [name, sum] of Object.entries(sums)) assert.ok(sum >= 2, `${name} occurs too rarely: ${text}`);
  });
});

interface Step {
  readonly name: string;
  /** Leads to the step, and returns its plan. */
  readonly prepare: (estate: Estate) => Promise<Plan>;
}

const steps: readonly Step[] = [
  { name: 'apply', prepare: () => Promise.resolve(planApply) },
  {
    name: 'finish',
    prepare: async estate => {
      await estate.run(planApply);
      estate.convert();
      return planEnd;
    },
  },
  { name: 'rollback', prepare: async estate => planBack(await estate.run(planApply)) },
];

/** Every call, done and not; in the short form every seventh, by turns. */
function listKills(count: number): readonly Kill[] {
  if (isLong) return upTo(count).flatMap(at => [true, false].map(done => ({ at, done })));
  return upTo(count)
    .filter(at => at % 7 === 1)
    .map(at => ({ at, done: at % 2 === 0 }));
}

describe('migration of several accounts that is killed', () => {
  for (const seed of isLong ? upTo(12) : [10]) {
    for (const { name, prepare } of steps) {
      it(`${seed}: ${name}: the next run completes, whichever call it was, done or not`, async () => {
        const whole = new Estate(seed);
        await whole.run(await prepare(whole));
        const [wanted, count] = [whole.snapshot(), whole.calls];
        assert.ok(count > 10, `${count} calls`);
        for (const { at, done } of listKills(count)) {
          const estate = new Estate(seed);
          const plan = await prepare(estate);
          await estate.run(plan, { at, done });
          assert.deepEqual(listUndone(await estate.run(plan)), [], `killed at ${at}`);
          assert.deepEqual(estate.snapshot(), wanted, `the end differs, killed at ${at}`);
        }
      });
    }

    it(`${seed}: apply: rollback goes back from wherever it was`, async () => {
      const before = new Estate(seed).snapshot();
      for (const kill of listKills(40)) {
        const estate = new Estate(seed);
        const killed = await estate.run(planApply, kill);
        assert.deepEqual(listUndone(await estate.run(planBack(killed))), []);
        assert.deepEqual(estate.snapshot().map(read), before.map(read), `killed at ${kill.at}`);
      }
    });
  }
});

/** A policy that is written again is the same, whatever its white space. */
function read(state: IamState): unknown {
  return {
    ...state,
    roles: state.roles.map(role => ({ ...role, trustPolicy: JSON.parse(role.trustPolicy) as unknown })),
  };
}

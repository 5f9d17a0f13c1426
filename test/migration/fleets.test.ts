import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import { openAccount, type IamAccess } from '../../src/aws/account.ts';
import { carryOut, type Outcome } from '../../src/account/carry-out.ts';
import { type PlannedChange, readAccount } from '../../src/account/state.ts';
import { planRollback, listSaved, type SavedDocument } from '../../src/account/saved-documents.ts';
import type { Fleet } from '../../src/migration/fleet/connections.ts';
import { describeFleet } from '../../src/migration/fleet/describe-fleet.ts';
import { planFinish } from '../../src/migration/finish/plan-finish.ts';
import { planDualTrust } from '../../src/migration/dual-trust/plan.ts';
import type { Account } from '../../src/trust/oidc-provider.ts';
import { iamFaults, startIam, type IamServer, type IamState } from '../fakes/iam.ts';
import {
  accountId,
  generateFleet,
  namesSubject,
  oldUrl,
  organization,
  show,
  tenantId,
  type GeneratedFleet,
  type MadeConnection,
} from './fleet-generator.ts';
import { watchAdmissions, type Watch } from './watch-admissions.ts';

const account: Account = { partition: 'aws', accountId };
const names = ['AWS_ENDPOINT_URL', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'] as const;

const pause = () => Promise.resolve();

interface Run {
  /** What a run before this one saved. */
  readonly saved: SavedDocument[];
  readonly fleet: GeneratedFleet;
  readonly server: IamServer;
  readonly state: IamState;
  readonly iam: IamAccess;
  readonly watch: Watch;
}

async function withFleet(seed: number, work: (run: Run) => Promise<void>): Promise<void> {
  const fleet = generateFleet(seed);
  const keys = { accessKeyId: 'AKIAEXAMPLE', accountId, trustPolicyLength: 4096 };
  const server = await startIam([{ ...keys, roles: fleet.roles, providers: fleet.providers }]);
  const before = names.map(name => [name, process.env[name]] as const);
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: server.url,
    AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'no-secret',
  });
  try {
    const state = server.state(accountId);
    await work({
      saved: [],
      fleet,
      server,
      state,
      iam: openAccount({ partition: 'aws' }),
      watch: watchAdmissions(
        fleet,
        state,
        // A pattern that is to be replaced by what is seen, with --expand, forgets whom nobody sees.
        (trustPolicy, one) => fleet.silent && one.hidden && !namesSubject(trustPolicy, one),
      ),
    });
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = value;
    }
    await server.close();
  }
}

function see({ connections, silent }: GeneratedFleet): Fleet {
  const shown = connections.filter(({ hidden }) => !hidden);
  return describeFleet(shown.map(show), organization, tenantId, silent ? 0 : connections.length - shown.length);
}

async function planApply({ fleet, iam }: Run, expand: boolean): Promise<readonly PlannedChange[]> {
  return planDualTrust(await readAccount(account, iam), see(fleet), { expand, includeConverted: [] }).changes;
}

async function planEnd({ fleet, iam }: Run): Promise<readonly PlannedChange[]> {
  const terms = { expand: true, acceptHidden: false, deleteProvider: true, roleNames: undefined };
  return planFinish(await readAccount(account, iam), see(fleet), terms).changes;
}

function carryOutAll({ iam }: Run, changes: readonly PlannedChange[]): Promise<readonly Outcome[]> {
  return carryOut(changes, { iam, pause, stop: new AbortController().signal });
}

async function carry(run: Run, changes: readonly PlannedChange[]): Promise<void> {
  const outcomes = await carryOutAll(run, changes);
  assert.deepEqual(
    outcomes.filter(({ state }) => state !== 'done'),
    [],
  );
}

/** Of a kind that is converted at all. */
const isPlain = ({ environment, toolkit }: MadeConnection): boolean => environment === 'AzureCloud' && !toolkit;

/** Converts connections that are ready, as their owners would do in Azure DevOps. */
function convert({ fleet, watch }: Run, isTurn: (place: number) => boolean): number {
  const ready = fleet.connections.filter(
    (one, place) => isPlain(one) && !one.onEntra && isTurn(place) && watch.isReady(one),
  );
  for (const one of ready) one.onEntra = true;
  watch.check('after the conversion');
  return ready.length;
}

/** Checks after every call; what is wrong is kept, since a server must not fail for it. */
function checkEach({ server, watch }: Run): () => void {
  const wrong: unknown[] = [];
  server.watch(({ action }) => {
    try {
      watch.check(`after ${action} (call ${server.calls.length})`);
    } catch (thrown) {
      wrong.push(thrown);
    }
  });
  return () => {
    if (wrong.length > 0) throw wrong[0];
  };
}

/** What of a policy is not about the old issuer's subjects: nothing of it may ever change. */
function listOthers(policy: string): readonly unknown[] {
  const { Statement } = JSON.parse(policy) as { Statement: unknown };
  return [Statement]
    .flat()
    .filter(one => !JSON.stringify(one).toLowerCase().includes(oldUrl) && !JSON.stringify(one).includes('AwsWifEntra'));
}

/** These meet each kind of change a few times, see below; npm run fuzz tries more. */
const chosen = [1, 2, 3, 4, 5, 6, 7, 10];
const seeds = process.env['FUZZ_RUNS'] === undefined ? chosen : Array.from({ length: 24 }, (_, index) => index + 1);

describe('migration of a generated fleet', () => {
  const sums = { served: 0, twins: 0, converted: 0, finished: 0, deleted: 0 };

  for (const seed of seeds) {
    const expand = seed % 2 === 0;
    it(`${seed}${expand ? ' with --expand' : ''} refuses and admits nobody on the way`, () =>
      withFleet(seed, async run => {
        const { state, watch, fleet } = run;
        const others = state.roles.map(({ trustPolicy }) => listOthers(trustPolicy));
        const assertAllRight = checkEach(run);
        const changes = await planApply(run, expand);
        await carry(run, changes);
        assertAllRight();
        assert.deepEqual(await planApply(run, expand), [], 'the second plan is empty');
        sums.served += watch.count();
        sums.twins += changes.length;
        sums.converted += convert(run, place => place % 2 === 0);
        const half = await planEnd(run);
        await carry(run, half);
        assert.deepEqual(await planEnd(run), [], 'nothing is left to finish');
        sums.converted += convert(run, () => true);
        const rest = await planEnd(run);
        await carry(run, rest);
        assertAllRight();
        sums.finished += half.length + rest.length;
        sums.deleted += [...half, ...rest].filter(({ change }) => change.kind === 'delete-provider').length;
        assert.deepEqual(
          state.roles.map(({ trustPolicy }) => listOthers(trustPolicy)),
          others,
          'others are kept',
        );
        const plain = fleet.connections.filter(one => !one.native && isPlain(one));
        assert.ok(
          plain.every(one => one.onEntra || !watch.isReady(one)),
          'who is ready was converted',
        );
      }));
  }

  after(() => {
    const text = JSON.stringify(sums);
    for (const [name, sum] of Object.entries(sums)) assert.ok(sum >= 2, `${name} occurs too rarely: ${text}`);
  });
});

const steps = [
  { name: 'apply', plan: (run: Run) => planApply(run, true) },
  {
    name: 'finish',
    plan: async (run: Run) => {
      if (run.fleet.connections.every(({ onEntra, native }) => onEntra === native)) {
        await carry(run, await planApply(run, true));
        convert(run, () => true);
      }
      return planEnd(run);
    },
  },
];

const goBack = {
  name: 'rollback',
  plan: async (run: Run) => {
    if (run.saved.length === 0) {
      const changes = await planApply(run, true);
      await carry(run, changes);
      run.saved.push(...listSaved(changes));
    }
    const saved = { version: 1, account: accountId, partition: 'aws', savedAt: '', entries: run.saved } as const;
    return planRollback(saved, await readAccount(account, run.iam)).changes;
  },
};

/** A role's calls come in threes and fours: so many on, another kind of call fails. */
const stride = process.env['FUZZ_RUNS'] === undefined ? 7 : 3;

const faults = [
  { name: 'is refused', fault: iamFaults.denied, times: 1 },
  { name: 'is done and not heard of', fault: iamFaults.lost, times: 1 },
  { name: 'fails three times', fault: iamFaults.failure, times: 3 },
];

describe('migration after a fault', () => {
  for (const { name, plan } of [...steps, goBack]) {
    for (const [index, { name: what, fault, times }] of faults.entries()) {
      it(`${name}: the next run completes, whichever call ${what}`, async () => {
        const seed = 12;
        let [wanted, count]: [IamState | undefined, number] = [undefined, 0];
        await withFleet(seed, async run => {
          const changes = await plan(run);
          const first = run.server.requests.length;
          await carry(run, changes);
          [wanted, count] = [run.server.snapshot(accountId), run.server.requests.length - first];
        });
        assert.ok(count > 2, 'there are calls to fail');
        // The faults take turns; npm run fuzz has each call meet one of them.
        for (let position = 1 + index; position <= count; position += stride) {
          await withFleet(seed, async run => {
            const changes = await plan(run);
            const assertAllRight = checkEach(run);
            run.server.failCall(position, fault, times);
            await carryOutAll(run, changes);
            run.server.failCall(1_000_000, fault);
            await carry(run, await plan(run));
            assertAllRight();
            assert.ok(
              isDeepStrictEqual(run.server.snapshot(accountId), wanted),
              `the end differs, fault at ${position}`,
            );
          });
        }
      });
    }
  }
});

import assert from 'node:assert/strict';
import { iamFaults, type IamAccount, type IamServer, type IamState } from '../fakes/iam.ts';
import { writeInput } from './command-line.ts';
import { canaryKeys, entraUrl } from './company.ts';
import { accountId, ask, doneOf, entraIdentity, leadTo, setEnvironment, setUp, startAccounts } from './setup-scene.ts';

/** The SDK tries three times, so that a fault has to last as long. */
const faults = [
  { name: 'a failure of AWS', fault: iamFaults.failure, times: 3 },
  { name: 'missing rights', fault: iamFaults.denied, times: 1 },
  { name: 'a connection that is reset', fault: iamFaults.reset, times: 3 },
  { name: 'answers that are lost', fault: iamFaults.lost, times: 3 },
  { name: 'one answer that is lost', fault: iamFaults.lost, times: 1 },
] as const;

const starts: readonly {
  readonly name: string;
  readonly without: readonly string[];
  readonly account: Partial<IamAccount>;
}[] = [
  { name: 'an empty account', without: [], account: {} },
  {
    name: 'an account of others',
    // The reads are the same as before, and so is what goes wrong with them.
    without: ['a connection that is reset', 'missing rights', 'answers that are lost'],
    account: {
      providers: [{ url: entraUrl, clientIds: ['other'] }],
      roles: [
        {
          name: 'deploy',
          trustPolicy: {
            Version: '2012-10-17',
            Statement: { Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' },
          },
        },
      ],
    },
  },
];

const request = ask({ existingRole: true });
const profiles = Array.from({ length: 40 }, (_, place) => `AKIAPROFILE${place}`);
const credentials = writeInput(
  'setup-faults-credentials',
  profiles.map(key => `[${key}]\naws_access_key_id = ${key}\naws_secret_access_key = canary\n`).join('\n'),
);

describe('setup with a fault at each call', () => {
  const servers: IamServer[] = [];
  let restore: () => void;
  before(() => {
    restore = setEnvironment({});
  });
  after(async () => {
    restore();
    await Promise.all(servers.map(one => one.close()));
  });
  const begin = async (account: Partial<IamAccount>, keys: readonly string[] = [canaryKeys.AWS_ACCESS_KEY_ID]) => {
    const iam = await startAccounts(keys, account);
    servers.push(iam);
    setEnvironment({ ...leadTo(iam), AWS_SHARED_CREDENTIALS_FILE: credentials });
    return iam;
  };

  for (const { name: start, without, account } of starts) {
    describe(`from ${start}`, () => {
      let calls = 0;
      let wanted: IamState;
      before(async () => {
        const iam = await begin(account);
        assert.equal((await setUp(request)).status, 'done');
        calls = iam.requests.length;
        wanted = iam.snapshot(accountId);
        assert.ok(calls > 20 && calls <= profiles.length, `there are ${calls} calls`);
      });

      const chosen = faults.filter(one => !without.includes(one.name));
      for (const [index, { name, fault, times }] of chosen.entries()) {
        it(`${name}: the next run completes, whichever call it is`, async () => {
          const iam = await begin(account, profiles);
          const fail = async (profile: string, position: number): Promise<void> => {
            const place = `call ${position} of ${calls}`;
            iam.failCall(position, fault, times, profile);
            const untouched = iam.snapshot(profile);
            const first = await setUp(request, { profile });
            // What was made is found when its answer is lost.
            const isUnread = fault === iamFaults.denied && first.warnings.some(text => text.includes('iam:GetPolicy'));
            if ((times > 1 && fault !== iamFaults.lost) || (fault === iamFaults.denied && !isUnread))
              assert.ok(['partial', 'failed'].includes(first.status), `${place}: ${first.status}`);
            if (first.status !== 'done') assert.equal(first.problems.length, 1, place);
            if (first.status === 'failed')
              assert.deepEqual([doneOf(first), iam.snapshot(profile)], [[], untouched], place);
            if (fault === iamFaults.denied && first.status === 'partial') assert.ok(doneOf(first).length > 0, place);
            const second = await setUp(request, { profile });
            assert.ok(['done', 'unchanged'].includes(second.status), `${place}: ${second.status}`);
            assert.deepEqual(sorted(iam.snapshot(profile)), sorted(wanted), place);
          };
          // The faults take turns, so that each call meets one of them; where most calls are as before, some do.
          const turns = without.length === 0 ? chosen.length : 7;
          const places = profiles.slice(0, calls).map((profile, place) => ({ profile, place }));
          const own = places.filter(({ place }) => place % turns === index);
          await Promise.all(own.map(({ profile, place }) => fail(profile, place + 1)));
        });
      }
    });
  }

  it('says what was done and what was not', async () => {
    const iam = await begin({ denied: ['AttachRolePolicy'] });
    const run = await setUp(request);
    const { status, changes, problems, saved } = run;
    assert.deepEqual([status, saved], ['partial', 'saved.json']);
    assert.deepEqual(
      doneOf(run).map(({ kind }) => kind),
      ['create-provider', 'create-provider', 'create-role'],
    );
    assert.equal(changes.length, 5);
    assert.deepEqual(
      problems.map(({ code }) => code),
      ['IamForbidden'],
    );
    assert.match(problems[0]?.remedy ?? '', /iam:AttachRolePolicy/);
    assert.deepEqual(iam.state(accountId).roles[0]?.attachedArns, []);
  });

  it('finds the role that was made although the answer was lost', async () => {
    const iam = await begin({});
    iam.failNext(iamFaults.lost, 1, ({ body }) => body.includes('Action=CreateRole'));
    const { status, problems } = await setUp(ask({ identities: [entraIdentity] }));
    assert.deepEqual([status, problems], ['done', []]);
  });
});

/** Policies and client ids may come in another order after a second run. */
function sorted(state: IamState): unknown {
  return {
    roles: state.roles.map(role => ({
      ...role,
      attachedArns: [...role.attachedArns].sort(),
      trustPolicy: JSON.parse(role.trustPolicy) as unknown,
    })),
    providers: state.providers
      .map(provider => ({ ...provider, clientIds: [...provider.clientIds].sort() }))
      .sort((one, other) => one.url.localeCompare(other.url)),
  };
}

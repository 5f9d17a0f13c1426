import assert from 'node:assert/strict';
import { carryOut, type Outcome } from '../../../src/account/carry-out.ts';
import { planChanges } from '../../../src/account/state.ts';
import type { IamChange } from '../../../src/account/iam.ts';
import { IamError } from '../../../src/aws/iam-error.ts';
import { describeAside, roleByRole } from '../../../src/cli/accounts/put-aside.ts';

const account = { accountId: '111111111111', partition: 'aws' } as const;
const policyOf = (id: string): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Id: id,
    Statement: [{ Effect: 'Allow', Principal: { AWS: account.accountId }, Action: 'sts:AssumeRole' }],
  });
const providerArn = `arn:aws:iam::${account.accountId}:oidc-provider/login.microsoftonline.com/x/v2.0`;

function refuse(status: number, name: string, said: string): IamError {
  const cause = Object.assign(new Error(said), { name, $fault: 'client', $metadata: { httpStatusCode: status } });
  const refusal = name === 'AccessDenied' ? 'forbidden' : name === 'NoSuchEntityException' ? 'not-found' : 'rejected';
  return new IamError(status >= 500 ? 'unavailable' : refusal, 'iam:UpdateAssumeRolePolicy', said, cause);
}

const denied = 'is not authorized to perform: iam:UpdateAssumeRolePolicy on resource: role a';
const forGood = [
  [refuse(400, 'MalformedPolicyDocumentException', 'Invalid principal in policy'), 'RoleRefused', /AIDA/],
  [
    refuse(403, 'AccessDenied', `${denied} with an explicit deny in a service control policy`),
    'RoleRefused',
    /administrators of the AWS organization: its service control policy denies/,
  ],
  [
    refuse(403, 'AccessDenied', `${denied} because no permissions boundary allows the action`),
    'RoleRefused',
    /in the permissions boundary of these credentials/,
  ],
  [refuse(403, 'AccessDenied', denied), 'RoleRefused', /Allow iam:UpdateAssumeRolePolicy/],
  [refuse(400, 'UnmodifiableEntityException', 'Cannot perform the operation'), 'RoleRefused', /your own role/],
  [refuse(404, 'NoSuchEntityException', 'The role with name a cannot be found'), 'RoleRefused', /deleted/],
  [refuse(409, 'LimitExceededException', 'Cannot exceed quota'), 'TrustPolicyQuota', /Service Quotas/],
  [refuse(400, 'InvalidInputException', 'No'), 'RoleRefused', /as IAM.s message says/],
] as const;

/** An account of three roles and no provider, whose changes meet what is thrown before each of them. */
function open(trouble: (change: IamChange, tries: number) => Error | undefined, isLost = false) {
  const roles = new Map(
    ['a', 'b', 'c'].map(name => [
      name,
      { arn: `arn:aws:iam::${account.accountId}:role/${name}`, name, path: '/', trustPolicy: policyOf('before') },
    ]),
  );
  const changes: IamChange[] = [
    {
      kind: 'create-provider',
      arn: providerArn,
      issuerUrl: 'https://login.microsoftonline.com/x/v2.0',
      clientIds: [],
      tags: {},
    },
    ...['a', 'b', 'c'].map(
      roleName => ({ kind: 'set-trust-policy', roleName, trustPolicy: policyOf('after') }) as const,
    ),
  ];
  const planned = planChanges({ account, roles: [...roles.values()], providers: [] }, changes);
  const tries = new Map<IamChange, number>();
  let provider: object | undefined;
  const iam = {
    readRole: (name: string) => {
      const role = roles.get(name);
      return Promise.resolve(
        role && { ...role, description: '', maxSessionSeconds: 3600, boundaryArn: undefined, tags: {} },
      );
    },
    readProvider: () => Promise.resolve(provider as never),
    listRoles: () => Promise.resolve([...roles.values()]),
    apply: (change: IamChange) => {
      const count = (tries.get(change) ?? 0) + 1;
      tries.set(change, count);
      const thrown = trouble(change, count);
      if (thrown === undefined || isLost) {
        const role = change.kind === 'set-trust-policy' ? roles.get(change.roleName) : undefined;
        if (role !== undefined && change.kind === 'set-trust-policy') role.trustPolicy = change.trustPolicy;
        if (change.kind === 'create-provider') {
          provider = {
            arn: change.arn,
            url: 'login.microsoftonline.com/x/v2.0',
            clientIds: [],
            thumbprints: [],
            tags: {},
          };
        }
      }
      return thrown !== undefined ? Promise.reject(thrown) : Promise.resolve();
    },
  };
  const pauses: number[] = [];
  const pause = (ms: number): Promise<void> => {
    pauses.push(ms);
    return Promise.resolve();
  };
  const run = (): Promise<readonly Outcome[]> =>
    carryOut(planned, { iam, pause, stop: new AbortController().signal }, roleByRole);
  return { run, roles, pauses };
}

const statesOf = (outcomes: readonly Outcome[]): readonly string[] => outcomes.map(({ state }) => state);
const isOf = (change: IamChange, roleName: string): boolean =>
  change.kind === 'set-trust-policy' && change.roleName === roleName;

describe('one role that IAM refuses for good', () => {
  for (const [thrown, code, remedy] of forGood) {
    it(`is put aside by name, and the others are done: ${thrown.said}`, async () => {
      const outcomes = await open(change => (isOf(change, 'a') ? thrown : undefined)).run();
      assert.deepEqual(statesOf(outcomes), ['done', 'put-aside', 'done', 'done']);
      const [, aside] = outcomes;
      const problem = describeAside(aside?.planned ?? assert.fail(), thrown, account.accountId);
      assert.deepEqual([problem.code, problem.found.includes(':role/a ')], [code, true], problem.found);
      assert.ok(problem.found.includes(thrown.said.replace(/\.$/, '')), problem.found);
      assert.match(problem.remedy, remedy);
    });
  }

  it('does not hold the others up if it is gone, or was changed by somebody else', async () => {
    const { run, roles } = open(() => undefined);
    roles.delete('a');
    const changed = roles.get('b') ?? assert.fail();
    roles.set('b', { ...changed, trustPolicy: policyOf('other') });
    assert.deepEqual(statesOf(await run()), ['done', 'stopped', 'stopped', 'done']);
  });

  it('is none if it passes: the change is tried again', async () => {
    const { run, pauses } = open((change, tries) =>
      isOf(change, 'a') && tries < 3 ? refuse(500, 'ServiceFailure', 'try later') : undefined,
    );
    assert.deepEqual(statesOf(await run()), ['done', 'done', 'done', 'done']);
    assert.equal(pauses.length, 2);
  });

  it('is not what ends a run: that is what does not pass, and a provider that cannot be made', async () => {
    const down = open(change => (isOf(change, 'b') ? refuse(500, 'ServiceFailure', 'down') : undefined));
    assert.deepEqual(statesOf(await down.run()), ['done', 'done', 'failed', 'not-begun']);
    const forbidden = open(({ kind }) =>
      kind === 'create-provider' ? refuse(403, 'AccessDenied', denied) : undefined,
    );
    assert.deepEqual(statesOf(await forbidden.run()), ['failed', 'not-begun', 'not-begun', 'not-begun']);
  });

  it('is none if the change was made and its answer lost', async () => {
    const { run } = open(
      ({ kind }) => (kind === 'create-provider' ? refuse(409, 'EntityAlreadyExistsException', 'there') : undefined),
      true,
    );
    assert.deepEqual(statesOf(await run()), ['done', 'done', 'done', 'done']);
  });
});

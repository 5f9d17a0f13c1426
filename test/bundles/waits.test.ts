import assert from 'node:assert/strict';
import { retryAfter, type Fault } from '../fakes/faults.ts';
import { unpackTask } from './packed-task.ts';
import { runAhead } from './run-ahead.ts';
import type { Scene } from './scene.ts';
import { countRequests, listIssues, listPublished, runInScene } from './task-run.ts';

type Service = 'azureDevOps' | 'sts';

interface Case {
  readonly name: string;
  readonly run: () => Promise<void>;
}

/** Each of these waits for seconds, so all of them wait at once. */
const cases: readonly Case[] = [
  asked('azureDevOps', 'seconds', () => '1'),
  asked('azureDevOps', 'a date', inTwoSeconds),
  asked('sts', 'seconds', () => '1'),
  asked('sts', 'a date', inTwoSeconds),
  { name: 'renews the ID token before it is too old to be sent again', run: renewsToken },
  { name: 'sends the same ID token again while it lives', run: keepsToken },
  { name: 'checks a renewed ID token as it checked the first', run: checksRenewedToken },
  { name: 'takes no token of a renewal that fails', run: failsRenewal },
];

describe('bundles/waits', () => {
  before(() => {
    unpackTask();
  });

  const find = runAhead(cases, ({ run }) => run(), cases.length);
  for (const item of cases) it(item.name, () => find(item));
});

function inTwoSeconds(): string {
  return new Date(Date.now() + 2000).toUTCString();
}

/** The header is written when the request comes: a date that was written too early is over by then. */
function asked(service: Service, form: string, write: () => string): Case {
  const fault: Fault = { kind: 'alter', alter: () => ({ status: 503, headers: { 'retry-after': write() } }) };
  const run = () =>
    runInScene(
      scene => {
        scene[service].failNext(fault);
      },
      {},
      ({ scene, step }) => {
        assert.equal(step.result, 'Succeeded', step.log.join('\n'));
        const [first = 0, second = 0] = listTimes(service, scene);
        assert.ok(second - first > 900, `waited ${second - first} ms`);
      },
    );
  return { name: `waits as long as ${service} asks for, by ${form}`, run };
}

function listTimes(service: Service, { azureDevOps, sts }: Scene): readonly number[] {
  const requests = service === 'sts' ? sts.calls.map(call => call.request) : azureDevOps.tokenRequests();
  return requests.map(({ receivedAt }) => receivedAt);
}

const shortLived = { issuer: 'azure-devops' } as const;

/** A token with ten seconds to go until it counts as old, and an AWS STS that asks to come back in eleven. */
function planRenewal({ azureDevOps, sts }: Scene): void {
  azureDevOps.bendNext({ lifetimeSeconds: 70 });
  sts.failNext(retryAfter(503, 11));
}

function listSentTokens({ sts }: Scene): readonly (string | undefined)[] {
  return sts.calls.map(({ parameters }) => parameters['WebIdentityToken']);
}

function renewsToken(): Promise<void> {
  return runInScene(planRenewal, shortLived, ({ scene, step }) => {
    assert.equal(step.result, 'Succeeded', step.log.join('\n'));
    assert.deepEqual(countRequests(scene), [2, 2]);
    assert.equal(new Set(scene.azureDevOps.issuedTokens).size, 2);
    assert.deepEqual(listSentTokens(scene), scene.azureDevOps.issuedTokens);
  });
}

function keepsToken(): Promise<void> {
  const arrange = ({ sts }: Scene) => {
    sts.failNext(retryAfter(503, 1), 2);
  };
  return runInScene(arrange, shortLived, ({ scene }) => {
    const [token] = scene.azureDevOps.issuedTokens;
    assert.deepEqual(listSentTokens(scene), [token, token, token]);
    assert.equal(scene.azureDevOps.issuedTokens.length, 1);
  });
}

function checksRenewedToken(): Promise<void> {
  const arrange = (scene: Scene) => {
    planRenewal(scene);
    scene.azureDevOps.bendNext({ claims: { sub: 'p://contoso/Platform/infra-main' } });
  };
  return runInScene(arrange, shortLived, ({ scene, step }) => {
    assert.match(listIssues(step, 'error').join(), /^TokenNotForConnection: .* a pipeline/);
    assert.deepEqual(countRequests(scene), [2, 1]);
    assert.deepEqual(listPublished(step), []);
  });
}

function failsRenewal(): Promise<void> {
  const arrange = (scene: Scene) => {
    planRenewal(scene);
    scene.azureDevOps.server.failNext({ kind: 'answer', status: 403 }, 1, () => scene.sts.calls.length > 0);
  };
  return runInScene(arrange, shortLived, ({ scene, step }) => {
    assert.match(listIssues(step, 'error').join(), /^TokenRequestForbidden: /);
    assert.deepEqual(countRequests(scene), [2, 1]);
    assert.deepEqual(listPublished(step), []);
  });
}

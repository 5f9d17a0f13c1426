import assert from 'node:assert/strict';
import type { Issuers } from '../../src/thumbprint/thumbprint-list.ts';
import { IssuerError } from '../../src/thumbprint/issuer-error.ts';
import { carryOut } from '../../src/account/carry-out.ts';
import { planChanges } from '../../src/account/state.ts';
import type { IamChange, ProviderState } from '../../src/account/iam.ts';
import type { Problem } from '../../src/problem.ts';
import {
  examineProviders,
  judgeRefresh,
  planRefresh,
  selectProviders,
  type Examined,
  type Refreshed,
} from '../../src/thumbprint/refresh.ts';
import { isSelected } from '../../src/thumbprint/refresh-event.ts';
import { der, makeChain, pick, thumbprintOf, type Made } from './chains.ts';

const old = 'a'.repeat(40);
const arnOf = (url: string): string => `arn:aws:iam::111111111111:oidc-provider/${url}`;

function provider(url: string, given: Partial<ProviderState> = {}): ProviderState {
  return { arn: arnOf(url), url, clientIds: [], thumbprints: [old], tags: { 'auto-refresh': 'true' }, ...given };
}

/** An account's providers in memory. */
function keep(...providers: readonly ProviderState[]) {
  const kept = new Map(providers.map(one => [one.arn, one]));
  const written: string[] = [];
  return {
    kept,
    written,
    listProviderArns: () => Promise.resolve([...kept.keys()]),
    readProvider: (arn: string) => Promise.resolve(kept.get(arn)),
    readRole: () => Promise.resolve(undefined),
    listRoles: () => Promise.resolve([]),
    apply: (change: IamChange) => {
      assert.ok(change.kind === 'set-thumbprints');
      const { arn, thumbprints } = change;
      const found = kept.get(arn);
      if (found === undefined || thumbprints.includes('refused')) return Promise.reject(new Error('NoSuchEntity'));
      kept.set(arn, { ...found, thumbprints });
      written.push(arn);
      return Promise.resolve();
    },
  };
}

const fits = ({ tags }: ProviderState): boolean => isSelected(tags, [{ key: 'auto-refresh', value: 'true' }]);
const explain = (thrown: unknown): Problem => ({
  code: 'IamRejected',
  found: String(thrown),
  expected: 'e',
  remedy: 'r',
});

interface Rules {
  readonly dryRun?: boolean;
  readonly stop?: AbortSignal;
}

async function write(
  examined: readonly Examined[],
  iam: ReturnType<typeof keep>,
  { dryRun = false, stop = new AbortController().signal }: Rules = {},
): Promise<readonly Refreshed[]> {
  const account = { accountId: '111111111111', partition: 'aws' } as const;
  const state = { account, roles: [], providers: examined.map(one => one.provider) };
  const changes = planChanges(state, planRefresh(examined));
  const ports = { iam, stop, pause: () => Promise.resolve() };
  const outcomes = dryRun ? [] : await carryOut(changes, ports, { independent: true });
  return judgeRefresh(examined, outcomes, explain);
}

describe('refresh', () => {
  let chain: readonly Made[];
  let current: string;
  let issuers: Issuers;
  before(async () => {
    chain = (await makeChain(1)).slice(0, -1);
    current = await thumbprintOf(pick(chain, 1));
    issuers = {
      readDocument: url =>
        url.host.startsWith('down')
          ? Promise.reject(new IssuerError({ code: 'HostTimeout', found: 'down', expected: 'e', remedy: 'r' }))
          : Promise.resolve({
              status: 200,
              location: undefined,
              body: JSON.stringify({ issuer: url.origin, jwks_uri: `${url.origin}/keys` }),
            }),
      readChain: () => Promise.resolve(chain.map(der)),
    };
  });

  async function run(iam: ReturnType<typeof keep>, { max = 5, ...rules }: Rules & { max?: number } = {}) {
    return write(await examineProviders(await selectProviders(iam, fits), issuers, max), iam, rules);
  }

  it('adds the current thumbprint to what is there', async () => {
    const iam = keep(provider('a.example'));
    const [outcome] = await run(iam);
    assert.equal(outcome?.kind, 'changed');
    assert.deepEqual(iam.kept.get(arnOf('a.example'))?.thumbprints, [old, current]);
  });

  it('replaces what is there with room for one', async () => {
    const iam = keep(provider('a.example'));
    await run(iam, { max: 1 });
    assert.deepEqual(iam.kept.get(arnOf('a.example'))?.thumbprints, [current]);
  });

  it('changes nothing the second time', async () => {
    const iam = keep(provider('a.example'));
    await run(iam);
    const outcomes = await run(iam);
    assert.deepEqual(
      outcomes.map(({ kind }) => kind),
      ['unchanged'],
    );
    assert.deepEqual(iam.written, [arnOf('a.example')]);
  });

  it('writes nothing in a dry run, and says what it would', async () => {
    const iam = keep(provider('a.example'));
    const [outcome] = await run(iam, { dryRun: true });
    assert.ok(outcome?.kind === 'would-change', JSON.stringify(outcome));
    assert.deepEqual(outcome.next, [old, current]);
    assert.deepEqual(iam.written, []);
  });

  const unselected = [
    { name: 'no tags', tags: {} },
    { name: 'another value', tags: { 'auto-refresh': 'false' } },
    { name: 'another key', tags: { refresh: 'true' } },
  ];
  for (const { name, tags } of unselected) {
    it(`leaves a provider with ${name} alone and does not ask its issuer`, async () => {
      const asked: string[] = [];
      const iam = keep(provider('a.example', { tags }));
      const listening = { ...issuers, readDocument: (url: URL) => (asked.push(url.href), issuers.readDocument(url)) };
      const examined = await examineProviders(await selectProviders(iam, fits), listening, 5);
      assert.deepEqual([examined, asked], [[], []]);
    });
  }

  it('refreshes the others where one issuer fails', async () => {
    const iam = keep(provider('a.example'), provider('down.example'), provider('b.example'));
    const outcomes = await run(iam);
    assert.deepEqual(
      outcomes.map(({ kind, provider: { url } }) => [url, kind]),
      [
        ['a.example', 'changed'],
        ['down.example', 'failed'],
        ['b.example', 'changed'],
      ],
    );
    assert.deepEqual(iam.written, [arnOf('a.example'), arnOf('b.example')]);
    assert.deepEqual(iam.kept.get(arnOf('down.example'))?.thumbprints, [old]);
  });

  it('writes the others where IAM refuses one', async () => {
    const iam = keep(provider('a.example', { thumbprints: ['refused'] }), provider('b.example'));
    const outcomes = await run(iam);
    assert.deepEqual(
      outcomes.map(one => (one.kind === 'failed' ? one.problem.found : one.kind)),
      ['Error: NoSuchEntity', 'changed'],
    );
  });

  it('writes nothing more once it is told to end, and says of which', async () => {
    const iam = keep(provider('a.example'), provider('b.example'), provider('c.example', { thumbprints: [current] }));
    const examined = await examineProviders(await selectProviders(iam, fits), issuers, 5);
    const controller = new AbortController();
    const ending = {
      ...iam,
      apply: (change: IamChange) => {
        controller.abort();
        return iam.apply(change);
      },
    };
    const outcomes = await write(examined, ending, { stop: controller.signal });
    assert.deepEqual(
      outcomes.map(one => (one.kind === 'failed' ? one.problem.code : one.kind)),
      ['changed', 'Interrupted', 'unchanged'],
    );
    assert.deepEqual(iam.written, [arnOf('a.example')]);
  });

  const meanwhile: readonly { readonly name: string; readonly change: (iam: ReturnType<typeof keep>) => unknown }[] = [
    { name: 'was deleted', change: iam => iam.kept.delete(arnOf('a.example')) },
    {
      name: 'got another thumbprint',
      change: iam => iam.kept.set(arnOf('a.example'), provider('a.example', { thumbprints: [old, 'b'.repeat(40)] })),
    },
    { name: 'lost its tag', change: iam => iam.kept.set(arnOf('a.example'), provider('a.example', { tags: {} })) },
  ];
  for (const { name, change } of meanwhile) {
    it(`does not write to a provider that ${name} meanwhile`, async () => {
      const iam = keep(provider('a.example'));
      const examined = await examineProviders(await selectProviders(iam, fits), issuers, 5);
      change(iam);
      const [outcome] = await write(examined, iam);
      assert.ok(outcome?.kind === 'failed', JSON.stringify(outcome));
      assert.equal(outcome.problem.code, 'ChangedMeanwhile');
      assert.deepEqual(iam.written, []);
    });
  }

  it('keeps the order of many, and lets no more than ten issuers be asked at once', async () => {
    const urls = Array.from({ length: 40 }, (_, place) => `host-${place}.example`);
    let under = 0;
    let most = 0;
    const slow: Issuers = {
      ...issuers,
      readDocument: async url => {
        most = Math.max(most, (under += 1));
        await new Promise(resolve => setTimeout(resolve, url.host.length % 3));
        under -= 1;
        return issuers.readDocument(url);
      },
    };
    const examined = await examineProviders(
      urls.map(url => provider(url)),
      slow,
      5,
    );
    assert.deepEqual(
      examined.map(one => one.provider.url),
      urls,
    );
    assert.equal(most, 10);
  });

  it('does not take a defect for an issuer that fails', async () => {
    const broken = { ...issuers, readChain: () => Promise.reject(new TypeError('a defect')) };
    await assert.rejects(examineProviders([provider('a.example')], broken, 5), { message: 'a defect' });
  });
});

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import type * as refresher from '../../src/lambda/refresh-thumbprints.ts';
import type { RefreshResult } from '../../src/lambda/refresh-thumbprints.ts';
import { startIam, type IamServer } from '../fakes/iam.ts';
import { copyBuilt } from '../harness/build-once.ts';
import { evaluateBundle, PretendedProcess } from '../harness/evaluate-bundle.ts';
import { makeChain, pem, pick, thumbprintOf, type Made } from '../thumbprint/chains.ts';
import { startIssuer, type IssuerServer } from '../thumbprint/issuer-server.ts';

const accountId = '111111111111';
const functionArn = `arn:aws:lambda:eu-west-1:${accountId}:function:refresher`;
const old = '06b25927c42a721631c1efd9431e648fa62e1e39';
const auto = { 'auto-refresh': 'true' };

/** Calls the bundle's own handler as Lambda does, in a process of its own. */
const caller = `
  require(process.argv[2]).handler(JSON.parse(process.argv[3]), { invokedFunctionArn: process.argv[4] })
    .catch(thrown => process.stdout.write('THROWN ' + thrown.message));`;

type Bundle = typeof refresher;

interface Given {
  readonly key?: string;
  readonly arn?: string;
  readonly ca?: boolean;
}

interface Called {
  readonly log: string;
  readonly result: RefreshResult | undefined;
  readonly thrown: string | undefined;
}

describe('the function that refreshes thumbprints', () => {
  let folder: string;
  let chain: readonly Made[];
  let current: string;
  let issuer: IssuerServer;
  let iam: IamServer;

  before(async () => {
    folder = copyBuilt('dist/lambda');
    writeFileSync(join(folder, 'call.cjs'), caller);
    chain = await makeChain(2);
    current = await thumbprintOf(pick(chain, 2));
    issuer = await startIssuer(chain.slice(0, -1));
  });
  beforeEach(async () => {
    const provider = { url: issuer.provider, clientIds: ['api://AzureADTokenExchange'] };
    iam = await startIam([
      { accessKeyId: 'AKIAFUNCTION', accountId, roles: [], providers: [{ ...provider, tags: auto }, other] },
      { accessKeyId: 'AKIAOTHER', accountId: '222222222222', roles: [], providers: [{ ...provider, tags: auto }] },
      {
        accessKeyId: 'AKIADENIED',
        accountId,
        roles: [],
        providers: [{ ...provider, tags: auto }],
        denied: ['UpdateOpenIDConnectProviderThumbprint'],
      },
    ]);
  });
  const other = { url: 'untagged.example', clientIds: ['x'] };
  afterEach(async () => {
    issuer.reset();
    await iam.close();
  });
  after(async () => {
    await issuer.close();
  });

  const bundle = () => join(folder, 'refresh-thumbprints.cjs');
  const surround = ({ key = 'AKIAFUNCTION', ca = true } = {}) => ({
    AWS_ENDPOINT_URL: iam.url,
    AWS_ACCESS_KEY_ID: key,
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_REGION: 'eu-west-1',
    ...(ca ? { CA_CERTIFICATES: chain.slice(-1).map(pem).join('\n').replaceAll('\n', ' ') } : {}),
  });

  /** Calls a handler of the bundle that may read issuers on this machine. */
  async function call(event: unknown, { arn = functionArn, ...given }: Given = {}): Promise<Called> {
    let log = '';
    const tell = (line: string) => {
      log += `${line}\n`;
    };
    const made = evaluateBundle(bundle(), new PretendedProcess([], surround(given))) as Bundle;
    const issuers = made.openFunctionIssuers({ allowLoopback: true });
    try {
      const handler = made.createHandler({ openIam: made.openFunctionIam, issuers, tell });
      const result = await handler(event, { invokedFunctionArn: arn });
      return { log, result, thrown: undefined };
    } catch (thrown) {
      return { log, result: undefined, thrown: (thrown as Error).message };
    }
  }

  const thumbprints = (key = 'AKIAFUNCTION') => iam.state(key).providers.map(one => one.thumbprints);
  const writes = () => iam.calls.filter(({ action }) => /^(?:Update|Create|Delete|Add|Remove|Tag)/.test(action));

  it('adds the thumbprint of a tagged provider, and touches no other', async () => {
    const { result, log } = await call({ tags: ['auto-refresh=true'] });
    assert.deepEqual(thumbprints(), [[old, current], [old]]);
    assert.equal(result?.providers[0]?.['outcome'], 'changed');
    assert.match(log, /since July 2024/);
    assert.match(log, /Providers: 1 selected, 1 changed, 0 failed\./);
    assert.deepEqual(
      iam.calls.map(({ service, action }) => `${service}:${action}`),
      [
        'sts:GetCallerIdentity',
        'iam:ListOpenIDConnectProviders',
        'iam:GetOpenIDConnectProvider',
        'iam:GetOpenIDConnectProvider',
        'iam:GetOpenIDConnectProvider',
        'iam:UpdateOpenIDConnectProviderThumbprint',
      ],
    );
  });

  it('replaces with max_thumbprints 1, and is done the second time', async () => {
    await call({ tags: ['auto-refresh'], max_thumbprints: 1 });
    assert.deepEqual(thumbprints()[0], [current]);
    const { result, log } = await call({ tags: ['auto-refresh'], max_thumbprints: 1 });
    assert.equal(result?.providers[0]?.['outcome'], 'unchanged');
    assert.ok(!log.includes('"outcome"'), log);
    assert.equal(writes().length, 1);
  });

  it('says more when it is verbose', async () => {
    const { log } = await call({ tags: ['auto-refresh=true'], verbose: true });
    assert.ok(log.includes('CN=Test Authority 1') && log.includes(current), log);
  });

  it('writes nothing with dry_run', async () => {
    const { result, log } = await call({ tags: ['auto-refresh=true'], dry_run: true });
    assert.deepEqual(result?.providers[0]?.['next'], [old, current]);
    assert.match(log, /1 would be changed \(dry_run\)/);
    assert.deepEqual(writes(), []);
  });

  for (const event of [{}, { tags: [] }, { verbose: true, dry_run: false, max_thumbprints: 3 }]) {
    it(`selects nothing and asks nobody for ${JSON.stringify(event)}`, async () => {
      const { result, log } = await call(event);
      assert.deepEqual(result?.providers, []);
      assert.match(log, /has no tags, so no provider is selected/);
      assert.deepEqual([iam.requests.length, issuer.requests.length], [0, 0]);
    });
  }

  const refused: readonly { readonly name: string; readonly event: unknown; readonly says: RegExp }[] = [
    { name: 'an unknown field', event: { tags: ['a'], filter: 'b' }, says: /unknown field "filter"/ },
    { name: 'the event of a rule without input', event: { 'detail-type': 'Scheduled Event' }, says: /unknown field/ },
    { name: 'six thumbprints', event: { tags: ['a'], max_thumbprints: 6 }, says: /max_thumbprints is 6/ },
    { name: 'no object', event: ['auto-refresh=true'], says: /is not a JSON object/ },
  ];
  for (const { name, event, says } of refused) {
    it(`refuses ${name} before it asks anybody`, async () => {
      const { thrown } = await call(event);
      assert.match(thrown ?? '', says);
      assert.deepEqual([iam.requests.length, issuer.requests.length], [0, 0]);
    });
  }

  it('takes no chain of an authority that it was not given', async () => {
    const { thrown, log } = await call({ tags: ['auto-refresh=true'] }, { ca: false });
    assert.match(
      thrown ?? '',
      /^Not refreshed: arn:aws:iam::111111111111:oidc-provider\/127\.0\.0\.1:\d+\/tenant: .*not/,
    );
    assert.match(log, /"code":"TlsFailed"/);
    assert.deepEqual(writes(), []);
  });

  it('as Lambda calls it reads no issuer on this machine, whatever the event', async () => {
    const event = JSON.stringify({ tags: ['auto-refresh=true'] });
    const child = spawn(process.execPath, [join(folder, 'call.cjs'), bundle(), event, functionArn], {
      env: surround(),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let printed = '';
    for await (const text of child.stdout.setEncoding('utf8') as AsyncIterable<string>) printed += text;
    assert.match(printed, /since July 2024[^]*THROWN .*127\.0\.0\.1 is at 127\.0\.0\.1\. Nothing was sent there/);
    assert.deepEqual([issuer.connections, writes()], [0, []]);
  });

  const strangers = [
    { name: 'credentials of another account', given: { key: 'AKIAOTHER' } },
    { name: 'a function of another partition', given: { arn: functionArn.replace('arn:aws:', 'arn:aws-cn:') } },
    { name: 'an ARN that is none of a function', given: { arn: 'arn:aws:iam::111111111111:role/x' } },
  ];
  for (const { name, given } of strangers) {
    it(`changes nothing with ${name}`, async () => {
      const { thrown } = await call({ tags: ['auto-refresh=true'] }, given);
      assert.match(thrown ?? '', /^AccountNotAllowed: /);
      assert.deepEqual(writes(), []);
    });
  }

  it('ends with an error where IAM refuses the change, after saying so', async () => {
    const { thrown, log } = await call({ tags: ['auto-refresh=true'] }, { key: 'AKIADENIED' });
    assert.match(thrown ?? '', /^Not refreshed: .*not authorized to perform/);
    assert.match(log, /1 failed/);
    assert.deepEqual(thumbprints('AKIADENIED'), [[old]]);
  });

  it('is in the zip, as one file', () => {
    const zip = unzipSync(readFileSync(join(folder, 'refresh-thumbprints.zip')));
    assert.deepEqual(Object.keys(zip), ['refresh-thumbprints.cjs']);
    assert.deepEqual(Buffer.from(zip['refresh-thumbprints.cjs'] ?? []), readFileSync(bundle()));
  });
});

import assert from 'node:assert/strict';
import type { lookup } from 'node:dns';
import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { openIssuers } from '../../../src/host/issuer/issuer.ts';
import { isReachable } from '../../../src/host/issuer/public-address.ts';
import { findThumbprints } from '../../../src/thumbprint/thumbprint-list.ts';
import type { ProblemCode } from '../../../src/problem.ts';
import type { Fault } from '../../fakes/faults.ts';
import { makeChain, pem, thumbprintOf, type Made } from '../../thumbprint/chains.ts';
import { serveChain, startIssuer, type IssuerServer } from '../../thumbprint/issuer-server.ts';

const addresses = [
  { address: '52.94.76.1', open: true },
  { address: '8.8.8.8', open: true },
  { address: '172.15.255.255', open: true },
  { address: '172.32.0.1', open: true },
  { address: '100.63.255.255', open: true },
  { address: '2600:1f18::1', open: true },
  { address: '2a01:111:f100::1', open: true },
  { address: '::ffff:8.8.8.8', open: true },
  { address: '64:ff9b::808:808', open: true },
  { address: '0.0.0.0', open: false },
  { address: '10.0.0.1', open: false },
  { address: '100.64.0.1', open: false },
  { address: '127.0.0.1', open: false },
  { address: '127.255.255.254', open: false },
  { address: '169.254.169.254', open: false },
  { address: '169.254.170.2', open: false },
  { address: '168.63.129.16', open: false },
  { address: '172.16.0.1', open: false },
  { address: '172.31.255.255', open: false },
  { address: '192.168.1.1', open: false },
  { address: '198.18.0.1', open: false },
  { address: '203.0.113.9', open: false },
  { address: '224.0.0.1', open: false },
  { address: '255.255.255.255', open: false },
  { address: '::', open: false },
  { address: '::1', open: false },
  { address: 'fe80::1', open: false },
  { address: 'fe80::1%eth0', open: false },
  { address: 'fd00:ec2::254', open: false },
  { address: 'fc00::1', open: false },
  { address: 'ff02::1', open: false },
  { address: '2001:db8::1', open: false },
  { address: '2002:a00:1::1', open: false },
  { address: '::ffff:10.0.0.1', open: false },
  { address: '::ffff:169.254.169.254', open: false },
  { address: '::ffff:a9fe:a9fe', open: false },
  { address: '64:ff9b::a9fe:a9fe', open: false },
  { address: '64:ff9b::10.0.0.1', open: false },
  { address: '64:ff9b::', open: false },
  { address: 'example.com', open: false },
  { address: '', open: false },
];

describe('public address', () => {
  for (const { address, open } of addresses) {
    it(`${open ? 'is' : 'is not'} "${address}"`, () => {
      assert.equal(isReachable(address), open);
    });
  }
});

describe('issuer', () => {
  let chain: readonly Made[];
  let issuer: IssuerServer;
  before(async () => {
    chain = await makeChain(2);
    issuer = await startIssuer(chain.slice(0, -1));
  });
  afterEach(() => {
    issuer.reset();
    issuer.keysUrl = `${issuer.url}/keys`;
  });
  after(() => issuer.close());

  const open = (attemptMs = 5000) => openIssuers({ ca: chain.slice(-1).map(pem), allowLoopback: true, attemptMs });

  async function refused(asked: Promise<unknown>, code: ProblemCode, says: RegExp): Promise<void> {
    await assert.rejects(asked, (thrown: unknown) => {
      const { name, message } = thrown as Error;
      assert.equal(name, 'IssuerError', String(thrown));
      assert.match(message, new RegExp(`^${code}: `));
      assert.match(message, says);
      return true;
    });
  }

  it('has one thumbprint where its keys are on its own host', async () => {
    const found = await findThumbprints(issuer.provider, open());
    const [top] = chain.slice(-2);
    assert.ok(top !== undefined, 'the chain has a top');
    assert.deepEqual(
      found.map(({ host, thumbprint }) => ({ host, thumbprint })),
      [{ host: new URL(issuer.url).host, thumbprint: await thumbprintOf(top) }],
    );
    assert.deepEqual(
      issuer.requests.map(({ method, url, headers }) => `${method} ${url} ${headers['accept-encoding']}`),
      ['GET /tenant/.well-known/openid-configuration identity'],
    );
  });

  it("has those of both hosts, its keys' first, where they differ", async () => {
    const other = await makeChain(0, {}, 'Root of the Keys');
    const keys = await serveChain(other.slice(0, 1));
    try {
      issuer.keysUrl = `${keys.url.href}keys`;
      const ca = [...chain.slice(-1), ...other.slice(-1)].map(pem);
      const found = await findThumbprints(issuer.provider, openIssuers({ ca, allowLoopback: true }));
      const tops = await Promise.all([...other.slice(0, 1), ...chain.slice(-2, -1)].map(thumbprintOf));
      assert.deepEqual(
        found.map(({ host, thumbprint }) => [host, thumbprint]),
        [keys.url.host, new URL(issuer.url).host].map((host, place) => [host, tops[place]]),
      );
    } finally {
      await keys.close();
    }
  });

  it("is refused where its keys' host is not trusted although it is itself", async () => {
    const keys = await serveChain(await makeChain(0, {}, 'Root of the Keys'));
    try {
      issuer.keysUrl = `${keys.url.href}keys`;
      await refused(findThumbprints(issuer.provider, open()), 'TlsFailed', /CA that is not trusted/);
    } finally {
      await keys.close();
    }
  });

  it('follows no redirect', async () => {
    await refused(
      findThumbprints(issuer.provider.replace('tenant', 'moved'), open()),
      'DiscoveryRejected',
      /redirect \(302\) to 127\.0\.0\.1:\d+, which is not followed/,
    );
    assert.equal(issuer.requests.length, 1);
  });

  const faults: readonly { readonly fault: Fault; readonly code: ProblemCode; readonly says: RegExp }[] = [
    { fault: { kind: 'huge-body', megabytes: 1 }, code: 'DiscoveryTooLarge', says: /more than 100000 bytes/ },
    { fault: { kind: 'hang' }, code: 'HostTimeout', says: /within 0\.3 s/ },
    { fault: { kind: 'hang-after-headers' }, code: 'HostTimeout', says: /within 0\.3 s/ },
    { fault: { kind: 'drip', chunkBytes: 1, everyMs: 50 }, code: 'HostTimeout', says: /within 0\.3 s/ },
    { fault: { kind: 'reset-before-headers' }, code: 'HostUnreachable', says: /ECONNRESET|socket hang up/ },
    { fault: { kind: 'reset-mid-body' }, code: 'HostUnreachable', says: /ECONNRESET|aborted/ },
    { fault: { kind: 'raw', bytes: 'SSH-2.0-x\r\n' }, code: 'HostUnreachable', says: /HPE_/ },
    { fault: { kind: 'truncate' }, code: 'DiscoveryUnreadable', says: /not a JSON object/ },
    { fault: { kind: 'gzip' }, code: 'DiscoveryUnreadable', says: /not a JSON object/ },
    { fault: { kind: 'answer', status: 503, body: '' }, code: 'DiscoveryRejected', says: /status 503/ },
  ];

  for (const { fault, code, says } of faults) {
    it(`is refused after ${fault.kind}`, async () => {
      issuer.failNext(fault);
      await refused(findThumbprints(issuer.provider, open(code === 'HostTimeout' ? 300 : 5000)), code, says);
    });
  }

  it('is refused where a handshake does not end', async () => {
    const mute = createServer(socket => socket.on('error', () => undefined)).listen(0, '127.0.0.1');
    await once(mute, 'listening');
    const url = new URL(`https://127.0.0.1:${(mute.address() as AddressInfo).port}`);
    await refused(open(200).readChain(url), 'HostTimeout', /within 0\.2 s/);
    mute.close();
  });

  it('is refused where nothing listens', async () => {
    const gone = await serveChain(chain);
    await gone.close();
    await refused(open().readChain(gone.url), 'HostUnreachable', /ECONNREFUSED/);
  });

  it('is refused where something else than TLS answers', async () => {
    const plain = createServer(socket => socket.on('error', () => undefined).end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    plain.listen(0, '127.0.0.1');
    await once(plain, 'listening');
    const url = new URL(`https://127.0.0.1:${(plain.address() as AddressInfo).port}`);
    await refused(open().readChain(url), 'TlsFailed', /wrong version number|packet length/);
    plain.close();
  });

  describe('connects to public addresses only', () => {
    const answers = (...found: readonly string[]) =>
      ((_: string, __: unknown, callback: (error: null, found: unknown) => void) => {
        callback(
          null,
          found.map(address => ({ address, family: address.includes(':') ? 6 : 4 })),
        );
      }) as unknown as typeof lookup;

    const names = [
      ['127.0.0.1'],
      ['::1'],
      ['10.1.2.3'],
      ['169.254.169.254'],
      ['fd00:ec2::254'],
      ['::ffff:127.0.0.1'],
      ['8.8.8.8', '192.168.0.1'],
      [],
    ];
    for (const found of names) {
      it(`so not to a name at ${found.join(' and ') || 'no address'}`, async () => {
        const issuers = openIssuers({ ca: [], allowLoopback: false, lookup: answers(...found) });
        const says = /keys\.example is at .*Nothing was sent there/;
        const { port } = new URL(issuer.url);
        const url = new URL(`https://keys.example:${port}/`);
        await refused(issuers.readChain(url), 'AddressRefused', says);
        await refused(issuers.readDocument(url), 'AddressRefused', says);
        assert.equal(issuer.connections, 0);
      });
    }

    const literals = ['127.0.0.1', '[::1]', '10.0.0.1', '169.254.169.254', '2130706433', '0x7f.1', '[::ffff:7f00:1]'];
    for (const host of literals) {
      it(`so not to https://${host}`, async () => {
        const issuers = openIssuers({ ca: [], allowLoopback: false });
        const { port } = new URL(issuer.url);
        const url = new URL(`https://${host}:${port}/`);
        await refused(issuers.readChain(url), 'AddressRefused', /Nothing was sent there/);
        await refused(issuers.readDocument(url), 'AddressRefused', /Nothing was sent there/);
        assert.equal(issuer.connections, 0);
      });
    }

    it('so not to localhost as this machine has it', async () => {
      const issuers = openIssuers({ ca: [], allowLoopback: false });
      await refused(issuers.readChain(new URL('https://localhost/')), 'AddressRefused', /localhost is at (?:127|::1)/);
    });

    it('whatever a trusted discovery document says', async () => {
      issuer.keysUrl = 'https://169.254.169.254/latest/meta-data/';
      await refused(findThumbprints(issuer.provider, open()), 'AddressRefused', /169\.254\.169\.254 is at/);
    });

    it('and with loopback allowed to that besides, by name too', async () => {
      const { port } = new URL(issuer.url);
      assert.equal((await open().readChain(new URL(`https://localhost:${port}/`))).length, 3);
    });
  });

  it('is refused where the name does not exist in DNS', async () => {
    // A resolver asks again after 5 s where its question was lost.
    const issuers = openIssuers({ ca: [], allowLoopback: false, attemptMs: 30_000 });
    await refused(
      issuers.readChain(new URL('https://nobody.invalid/')),
      'HostNotFound',
      /nobody\.invalid:443 .* the name does not exist in DNS/,
    );
  });
});

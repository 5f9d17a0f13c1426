import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { createHash, X509Certificate } from 'node:crypto';
import { openIssuers } from '../../../src/host/issuer/issuer.ts';
import { IssuerError } from '../../../src/thumbprint/issuer-error.ts';
import { findTopCertificate } from '../../../src/thumbprint/thumbprint.ts';
import { der, make, makeChain, pem, thumbprintOf, type Made } from '../../thumbprint/chains.ts';
import { serveChain, type TlsServer } from '../../thumbprint/issuer-server.ts';

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;

function read(server: TlsServer, trusted: readonly Made[]): Promise<readonly Uint8Array[]> {
  return openIssuers({ ca: trusted.map(pem), allowLoopback: true }).readChain(server.url);
}

async function withServer<Result>(
  chain: readonly Made[],
  act: (server: TlsServer) => Promise<Result>,
  version?: 'TLSv1.2' | 'TLSv1.3',
): Promise<Result> {
  const server = await serveChain(chain, version);
  try {
    return await act(server);
  } finally {
    await server.close();
  }
}

/** Returns the last certificate's thumbprint as AWS documents it: `openssl s_client -showcerts`. */
async function askOpenssl({ url }: TlsServer): Promise<string> {
  const child = spawn('openssl', ['s_client', '-showcerts', '-connect', url.host], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  child.stdin.end();
  let shown = '';
  for await (const text of child.stdout.setEncoding('utf8') as AsyncIterable<string>) shown += text;
  const last = shown.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g)?.at(-1) ?? '';
  return new X509Certificate(last).fingerprint.replaceAll(':', '').toLowerCase();
}

const text = (one: Uint8Array): string => createHash('sha256').update(one).digest('hex');

describe('certificate chain over TLS', () => {
  before(() => {
    if (!hasOpenssl) console.log('SKIPPED: the comparison with openssl s_client -showcerts; openssl is not on PATH.');
  });

  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    for (const between of version === 'TLSv1.3' ? [0, 1, 2, 3] : [1]) {
      for (const sendsRoot of [false, true]) {
        const served = between + (sendsRoot ? 2 : 1);
        it(`${version}: of ${served}, root ${sendsRoot ? 'sent' : 'not sent'}`, async () => {
          const whole = await makeChain(between);
          const root = whole.slice(-1);
          const sent = sendsRoot ? whole : whole.slice(0, -1);
          await withServer(
            sent,
            async server => {
              const found = await read(server, root);
              assert.deepEqual(found.map(text), sent.map(der).map(text));
              const top = sent.at(-1);
              assert.ok(top !== undefined, 'something is sent');
              const { thumbprint } = findTopCertificate(found);
              assert.equal(thumbprint, await thumbprintOf(top));
              if (hasOpenssl) assert.equal(thumbprint, await askOpenssl(server));
            },
            version,
          );
        });
      }
    }
  }

  it('is what was served where the local store has another way to the end', async () => {
    const old = await make({ name: 'Old Root' });
    const root = await make({ name: 'Root' });
    const cross = await make({ name: 'Cross', by: old });
    const low = await make({ name: 'Low', by: cross });
    const server = await make({ name: 'server', by: low, hosts: ['127.0.0.1'] });
    const found = await withServer([server, low, cross], one => read(one, [root, old, cross]));
    assert.deepEqual(found.map(text), [server, low, cross].map(der).map(text));
  });

  it('is the same when read twice', async () => {
    const chain = await makeChain(1);
    await withServer(chain, async server => {
      const issuers = openIssuers({ ca: chain.slice(-1).map(pem), allowLoopback: true });
      const [one, two] = [await issuers.readChain(server.url), await issuers.readChain(server.url)];
      assert.equal(one.length, 3);
      assert.deepEqual(one, two);
    });
  });

  it('keeps strangers that are served, for the judgement to refuse', async () => {
    const chain = await makeChain(0);
    const stranger = await make({ name: 'stranger' });
    const found = await withServer([...chain.slice(0, 1), stranger], one => read(one, chain.slice(-1)));
    assert.equal(found.length, 2);
    assert.throws(() => findTopCertificate(found), { name: 'IssuerError', code: 'ChainUnreadable' });
  });

  const yesterday = new Date(Date.now() - 3_600_000);
  const tomorrow = new Date(Date.now() + 3_600_000);
  const failures: readonly {
    readonly name: string;
    readonly says: RegExp;
    readonly serve: () => Promise<{ readonly sent: readonly Made[]; readonly trusted: readonly Made[] }>;
  }[] = [
    {
      name: 'has expired',
      says: /has expired.*CERT_HAS_EXPIRED/,
      serve: async () => split(await makeChain(1, { notAfter: yesterday })),
    },
    {
      name: 'is not valid yet',
      says: /not valid yet.*CERT_NOT_YET_VALID/,
      serve: async () => split(await makeChain(1, { notBefore: tomorrow })),
    },
    {
      name: 'is for another host',
      says: /for other names.*ERR_TLS_CERT_ALTNAME_INVALID/,
      serve: async () => split(await makeChain(1, { hosts: ['localhost', 'example.com'] })),
    },
    {
      name: 'is of an authority that nobody trusts',
      says: /CA that is not trusted.*SELF_SIGNED_CERT_IN_CHAIN/,
      serve: async () => ({ sent: await makeChain(1), trusted: [] }),
    },
    {
      name: 'is of an authority other than the given one',
      says: /does not lead to a trusted CA.*UNABLE_TO_/,
      serve: async () => ({ sent: (await makeChain(1)).slice(0, -1), trusted: [await make({ name: 'Other Root' })] }),
    },
    {
      name: 'is of a namesake of the given authority',
      says: /CERT_SIGNATURE_FAILURE|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_/,
      serve: async () => ({ sent: await makeChain(0), trusted: [await make({ name: 'Test Root' })] }),
    },
    {
      name: 'signs itself',
      says: /is self-signed.*DEPTH_ZERO_SELF_SIGNED_CERT/,
      serve: async () => ({ sent: [await make({ hosts: ['127.0.0.1'] })], trusted: [] }),
    },
    {
      name: 'lacks the one in between',
      says: /an intermediate certificate is missing.*UNABLE_TO_VERIFY_LEAF_SIGNATURE/,
      serve: async () => {
        const chain = await makeChain(1);
        return { sent: chain.slice(0, 1), trusted: chain.slice(-1) };
      },
    },
    {
      name: 'is issued by one that is no authority',
      says: /INVALID_CA|INVALID_PURPOSE|may not be used/,
      serve: async () => {
        const [leaf, root] = (await makeChain(0)) as [Made, Made];
        return { sent: [await make({ hosts: ['127.0.0.1'], by: leaf }), leaf], trusted: [root] };
      },
    },
  ];

  function split(chain: readonly Made[]): { readonly sent: readonly Made[]; readonly trusted: readonly Made[] } {
    return { sent: chain.slice(0, -1), trusted: chain.slice(-1) };
  }

  for (const { name, says, serve } of failures) {
    it(`is not taken where a certificate ${name}`, async () => {
      const { sent, trusted } = await serve();
      const asked = withServer(sent, server => read(server, trusted));
      await assert.rejects(asked, (thrown: unknown) => {
        assert.ok(thrown instanceof IssuerError, String(thrown));
        assert.equal(thrown.code, 'TlsFailed');
        assert.match(thrown.fault.found, says);
        return true;
      });
    });
  }

  it('is not taken with the checks of Node switched off by its environment', async () => {
    const script = `
      import { openIssuers } from './src/host/issuer/issuer.ts';
      const issuers = openIssuers({ ca: [], allowLoopback: true });
      issuers.readChain(new URL(process.argv[1])).then(() => console.log('taken'), thrown => console.log(thrown.code));`;
    const chain = await makeChain(0);
    const printed = await withServer(chain, async ({ url }) => {
      const env = { ...process.env, NODE_TLS_REJECT_UNAUTHORIZED: '0' };
      const args = ['--import', 'tsx', '--input-type=module', '-e', script, url.href];
      const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'ignore'] });
      let said = '';
      for await (const line of child.stdout.setEncoding('utf8') as AsyncIterable<string>) said += line;
      return said;
    });
    assert.equal(printed.trim(), 'TlsFailed');
  });
});

import assert from 'node:assert/strict';
import { IssuerError } from '../../src/thumbprint/issuer-error.ts';
import { computeThumbprint, findTopCertificate, thumbprintNotice } from '../../src/thumbprint/thumbprint.ts';
import { der, make, makeChain, thumbprintOf, type Made } from './chains.ts';

function find(chain: readonly Made[]) {
  return findTopCertificate(chain.map(der));
}

async function refused(chain: readonly Made[], says: RegExp): Promise<void> {
  await assert.rejects(
    async () => Promise.resolve(find(chain)),
    (thrown: unknown) => {
      assert.ok(thrown instanceof IssuerError, String(thrown));
      assert.equal(thrown.code, 'ChainUnreadable');
      assert.match(thrown.fault.found, says);
      return true;
    },
  );
}

describe('thumbprint', () => {
  it('is the SHA-1 of the DER form in 40 lower-case digits', () => {
    // https://www.rfc-editor.org/rfc/rfc3174 test 1
    assert.equal(computeThumbprint(Buffer.from('abc')), 'a9993e364706816aba3e25717850c26c9cd0d89d');
  });

  for (const between of [0, 1, 2, 3]) {
    it(`is that of the last certificate served, ${between} between server and root, the root not served`, async () => {
      const chain = await makeChain(between);
      const [top] = chain.slice(-2);
      assert.ok(top !== undefined, 'a chain has two certificates');
      const found = find(chain.slice(0, -1));
      assert.equal(found.thumbprint, await thumbprintOf(top));
      assert.equal(found.subject, top.certificate.subject);
      assert.equal(found.issuer, top.certificate.issuer);
      assert.equal(found.served, between + 1);
    });

    it(`is that of the root where it is served, ${between} between`, async () => {
      const chain = await makeChain(between);
      const root = chain.at(-1);
      assert.ok(root !== undefined, 'a chain has a root');
      assert.equal(find(chain).thumbprint, await thumbprintOf(root));
    });
  }

  it('is its own where the server signs itself', async () => {
    const alone = await make({ name: 'alone', hosts: ['localhost'] });
    assert.equal(find([alone]).thumbprint, await thumbprintOf(alone));
  });

  describe('is refused', () => {
    it('for no certificate', () => refused([], /is empty/));

    it('for two that changed places', async () => {
      const [server, low, high] = (await makeChain(2)) as [Made, Made, Made];
      await refused([server, high, low], /certificate 2 of 3 did not issue the one before it/);
    });

    it('for one in between that is left out', async () => {
      const [server, , high] = (await makeChain(2)) as [Made, Made, Made];
      await refused([server, high], /certificate 2 of 2 did not issue/);
    });

    it('for a stranger at the end, the thumbprint of which an attacker might want', async () => {
      const chain = await makeChain(1);
      await refused([...chain, await make({ name: 'stranger' })], /certificate 4 of 4 did not issue/);
    });

    it('for a namesake of the authority with another key', async () => {
      const [server] = (await makeChain(0)) as [Made];
      await refused([server, await make({ name: 'Test Root' })], /certificate 2 of 2 did not issue/);
    });

    it('for the same one twice', async () => {
      const [server, low] = (await makeChain(1)) as [Made, Made];
      await refused([server, server, low], /certificate 2 of 3 did not issue/);
    });

    it('for bytes that are none', () => {
      assert.throws(() => findTopCertificate([Buffer.from('no certificate')]), {
        name: 'IssuerError',
        message: /^ChainUnreadable: .* contains something that is not a certificate/,
      });
    });

    it('for more than any server sends', async () => {
      const alone = await make({});
      await refused(
        Array.from({ length: 101 }, () => alone),
        /has 101 certificates/,
      );
    });
  });

  it('comes with the word that AWS hardly needs it any more', () => {
    assert.match(thumbprintNotice, /has not needed thumbprints for publicly trusted certificates since July 2024/);
    assert.match(thumbprintNotice, /may ignore/);
  });
});

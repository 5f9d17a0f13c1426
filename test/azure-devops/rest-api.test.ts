import assert from 'node:assert/strict';
import { setTimeout } from 'node:timers/promises';
import { openAzureDevOps } from '../../src/azure-devops/rest-api.ts';
import { AzureDevOpsError } from '../../src/azure-devops/rest-records.ts';
import { Patience } from '../../src/azure-devops/rest-transport.ts';
import { Secret } from '../../src/secret.ts';
import { createAuthority } from '../fakes/certificates.ts';
import { redirectTo } from '../fakes/faults.ts';
import { startRecordedServer, type RecordedServer } from '../fakes/recorded-server.ts';
import { connectionId, organizationId, projectId, startCompany, tokens } from '../cli/company.ts';

let company: RecordedServer;
before(async () => {
  company = await startCompany();
});
afterEach(() => {
  company.reset();
});
after(() => company.close());

const open = (token: string = tokens.full, url = `${company.url}/contoso/`) =>
  openAzureDevOps({ url: new URL(url), token: new Secret(token) });

describe('rest-api', () => {
  it("reads an organization's id in lower case", async () => {
    assert.equal(await open().readOrganizationId(), organizationId);
  });

  for (const name of ['Payments', 'payments', projectId]) {
    it(`finds the project ${name}`, async () => {
      assert.deepEqual(await open().findProject(name), { id: projectId, name: 'Payments' });
    });
  }

  it('finds no project where there is none', async () => {
    assert.equal(await open().findProject('Absent'), undefined);
  });

  const names = [
    { name: 'aws', found: ['aws'] },
    { name: 'AWS', found: ['aws'] },
    { name: 'twice', found: ['Twice', 'TWICE'] },
    { name: 'a,b', found: ['a,b'] },
    { name: 'aws,secret', found: [] },
    { name: 'absent', found: [] },
  ];
  for (const { name, found } of names) {
    it(`finds ${found.length} service connections named ${name}`, async () => {
      assert.deepEqual(
        (await open().findConnections('Payments', name)).map(one => one.name),
        found,
      );
    });
  }

  it('reads what a connection says of itself', async () => {
    const [connection] = await open().findConnections(projectId, 'aws');
    assert.deepEqual(
      [connection?.id, connection?.project, connection?.scheme, connection?.shared],
      [connectionId, 'Payments', 'WorkloadIdentityFederation', false],
    );
  });

  const refused = [
    { name: 'a wrong token', token: tokens.wrong, refusal: 'unauthorized', status: 401 },
    { name: 'a token without rights', token: tokens.nothing, refusal: 'forbidden', status: 403 },
  ];
  for (const { name, token, refusal, status } of refused) {
    it(`refuses ${name}`, async () => {
      await assert.rejects(open(token).findConnections('Payments', 'aws'), (thrown: unknown) => {
        assert.ok(thrown instanceof AzureDevOpsError);
        assert.deepEqual([thrown.refusal, thrown.status], [refusal, status]);
        return true;
      });
    });
  }

  describe('a server that says what it was sent', () => {
    const personal = 'canary/personal+access==token/Kf0Zq4Vw9r';
    const escapes: Readonly<Record<string, (text: string) => string>> = {
      'as it is': text => text,
      'percent-encoded': text => encodeURIComponent(text),
      'percent-encoded in small letters': text => encodeURIComponent(text).replace(/%../g, one => one.toLowerCase()),
      'percent-encoded but for /': text => encodeURIComponent(text).replaceAll('%2F', '/'),
      'in JSON with escaped slashes': text => JSON.stringify(text).replaceAll('/', '\\/'),
      'as Base64': text => Buffer.from(text).toString('base64'),
      'as Base64 after a byte': text => Buffer.from(`x${text}`).toString('base64'),
      'as Base64 after two bytes': text => Buffer.from(`xx${text}`).toString('base64'),
    };
    for (const [name, escape] of Object.entries(escapes)) {
      for (const token of [personal, 'eyJh.eyJz_c2Fu-YXJ5.c2lnbmF0dXJl']) {
        it(`shows no ${token === personal ? 'personal access' : 'Entra'} token ${name}, and no header`, async () => {
          const basic = ['', 'PAT'].map(user => Buffer.from(`${user}:${token}`).toString('base64'));
          const sent = [token, `Bearer ${token}`, ...basic.map(one => `Basic ${one}`)].map(escape);
          const echo = await startRecordedServer(() => ({
            status: 400,
            body: JSON.stringify({ message: sent.join(' ; ') }),
          }));
          try {
            const thrown: unknown = await open(token, `${echo.url}/contoso/`)
              .readOrganizationId()
              .catch((error: unknown) => error);
            assert.ok(thrown instanceof AzureDevOpsError);
            // Base64 of the header itself is Base64 of Base64, which is not looked for.
            const shown = (thrown.said ?? '').split(' ; ').slice(0, name.startsWith('as Base64') ? 2 : undefined);
            assert.ok(shown.length > 0);
            for (const text of shown) assert.match(text, /\*\*\*/);
            for (const form of [token, ...basic].map(escape)) assert.ok(!shown.join().includes(form), shown.join());
          } finally {
            await echo.close();
          }
        });
      }
    }
  });

  it('follows no redirect, so that the token goes nowhere else', async () => {
    const elsewhere = await startRecordedServer(() => ({ status: 200, body: '{}' }));
    try {
      company.failNext(redirectTo(`${elsewhere.url}/contoso/_apis/connectionData`));
      await assert.rejects(open().readOrganizationId(), { name: 'AzureDevOpsError', refusal: 'redirected' });
      assert.equal(elsewhere.requests.length, 0);
    } finally {
      await elsewhere.close();
    }
  });

  it('checks certificates, whatever the environment says', async () => {
    const authority = await createAuthority();
    const { certificate, key } = await authority.issue({ hosts: ['127.0.0.1'] });
    const secure = await startRecordedServer(() => ({ status: 200, body: '{}' }), { tls: { certificate, key } });
    const before = process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
    try {
      await assert.rejects(open(tokens.full, `${secure.url}/contoso/`).readOrganizationId(), {
        code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
      });
      assert.equal(secure.requests.length, 0);
    } finally {
      if (before === undefined) delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
      else process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = before;
      await secure.close();
    }
  });

  describe('a connection that was kept', () => {
    it('serves the next requests', async () => {
      const api = open();
      for (let asked = 0; asked < 3; asked += 1) await api.readOrganizationId();
      assert.deepEqual([company.requests.length, company.connections], [3, 1]);
    });

    it('is replaced where the service closes it, and the request repeated', async () => {
      const api = open();
      await api.readOrganizationId();
      company.failNext({ kind: 'reset-before-headers' });
      assert.equal(await api.readOrganizationId(), organizationId);
    });

    it('is replaced once', async () => {
      const api = open();
      await api.readOrganizationId();
      company.failNext({ kind: 'reset-before-headers' }, 2);
      await assert.rejects(api.readOrganizationId(), { code: 'ECONNRESET' });
      assert.equal(company.requests.length, 3);
    });

    it('is none where nothing was answered yet', async () => {
      company.failNext({ kind: 'reset-before-headers' });
      await assert.rejects(open().readOrganizationId(), { code: 'ECONNRESET' });
      assert.equal(company.requests.length, 1);
    });
  });

  describe('a service that asks to wait', () => {
    const busy = (status: number, retryAfter?: string) => ({
      kind: 'answer' as const,
      status,
      headers: { 'content-type': 'application/json', ...(retryAfter && { 'retry-after': retryAfter }) },
      body: '{"message":"slow down"}',
    });

    for (const status of [429, 503]) {
      it(`is asked again after that: ${status}`, async () => {
        company.failNext(busy(status, '0'), 2);
        assert.equal(await open().readOrganizationId(), organizationId);
        assert.equal(company.requests.length, 3);
      });
    }

    const given = [
      { name: 'too often', fault: busy(429, '0'), refusal: 'throttled', asked: 4 },
      { name: 'for an hour', fault: busy(429, '3600'), refusal: 'throttled', asked: 1 },
      {
        name: 'until a date far away',
        fault: busy(503, 'Fri, 31 Dec 2100 00:00:00 GMT'),
        refusal: 'unavailable',
        asked: 1,
      },
      { name: 'for no time', fault: busy(429), refusal: 'throttled', asked: 1 },
      { name: 'with another status', fault: busy(500, '0'), refusal: 'unavailable', asked: 1 },
    ];
    for (const { name, fault, refusal, asked } of given) {
      it(`is given up: ${name}`, async () => {
        company.failNext(fault, 10);
        await assert.rejects(open().readOrganizationId(), { name: 'AzureDevOpsError', refusal, said: 'slow down' });
        assert.equal(company.requests.length, asked);
      });
    }
  });

  describe('a service that asks for more than anybody waits', () => {
    for (const { name, last, asked } of [
      { name: 'too often', last: '0', asked: 4 },
      { name: 'for too long', last: '9999999', asked: 1 },
    ]) {
      it(`is waited for by no other request: ${name}`, async () => {
        const server = await startRecordedServer(({ url }) => ({
          status: 429,
          headers: { 'retry-after': url.endsWith('connectionData') ? last : '25' },
          body: '{}',
        }));
        try {
          const api = open(tokens.full, `${server.url}/contoso/`);
          const waiting = assert.rejects(api.listProjects(), { refusal: 'throttled' });
          while (server.requests.length === 0) await setTimeout(5);
          const started = Date.now();
          await assert.rejects(api.readOrganizationId(), { refusal: 'throttled' });
          await waiting;
          await assert.rejects(api.listProjects(), { refusal: 'throttled' });
          assert.ok(Date.now() - started < 24_000, 'nobody waited');
          assert.equal(server.requests.length, 2 + asked);
        } finally {
          await server.close();
        }
      });
    }

    it('is told of, once for requests that wait together', async () => {
      const said: string[] = [];
      const patience = new Patience(70_000, (status, ms) => said.push(`${status} ${ms}`));
      const waits = [patience.wait(0, 429), patience.wait(20_000, 429), patience.wait(20_000, 503)];
      waits.push(patience.wait(25_000, 503));
      patience.end();
      assert.deepEqual(await Promise.all([...waits, patience.wait(30_000)]), [false, false, false, false, false]);
      assert.deepEqual(said, ['429 20000', '503 25000']);
    });

    it('has a bound for all waits together', async () => {
      const patience = new Patience(30_000);
      assert.deepEqual(await Promise.all([patience.wait(0), patience.wait(29_000), patience.wait(2000)]), [
        false,
        false,
        false,
      ]);
      assert.equal(await new Patience().wait(0), true);
    });
  });

  it('asks the organization itself, below its own URL', async () => {
    await open().findConnections('Payments', 'aws');
    assert.ok(company.requests.length > 0);
    for (const { url } of company.requests) assert.match(url, /^\/contoso\/(?:Payments\/)?_apis\//);
  });
});

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { copyFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { join } from 'node:path';
import { readJobEnvironment, type JobEnvironment } from '../../src/azure-devops/job-environment.ts';
import { openHttp } from '../../src/host/http.ts';
import { connectAhead } from '../../tasks/AWSAssumeRoleWIF/AWSAssumeRoleWIFV1/ahead.ts';
import { readNetwork, type NetworkNotes } from '../../tasks/AWSAssumeRoleWIF/AWSAssumeRoleWIFV1/network.ts';
import { createAuthority } from '../fakes/certificates.ts';
import { makeScratchFolder } from '../harness/scratch-folder.ts';

type Variables = Readonly<Record<string, string>>;

/** Takes down what is said, in its order. */
function takeDown(): { readonly said: string[]; readonly notes: NetworkNotes } {
  const said: string[] = [];
  const notes: NetworkNotes = {
    protect: secrets => said.push(...secrets.map(secret => `hide ${secret.reveal()}`)),
    tell: line => said.push(`tell ${line}`),
    warn: (code, text) => said.push(`warn ${code}: ${text}`),
  };
  return { said, notes };
}

describe('tasks/ahead', () => {
  let server: Server;
  let connected = 0;
  let requests = 0;
  let origin = '';
  let file = '';
  let ca: Variables = {};

  before(async () => {
    const authority = await createAuthority('Own');
    const { certificate: cert, key } = await authority.issue({ hosts: ['127.0.0.1'] });
    file = join(makeScratchFolder('ahead'), 'ca.pem');
    writeFileSync(file, authority.pem);
    ca = { NODE_EXTRA_CA_CERTS: file };
    server = createServer({ cert, key }, (_, response) => {
      requests += 1;
      response.end();
    });
    server.on('connection', (socket: Socket) => {
      connected += 1;
      socket.on('error', () => undefined);
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    origin = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  beforeEach(() => {
    [connected, requests] = [0, 0];
  });

  after(() => {
    server.closeAllConnections();
    server.close();
  });

  /** The environment of a job of the stand-in; what is in it and not in the lists is the agent machine's. */
  function describeJob(change: Variables = {}): JobEnvironment {
    const variables = {
      ENDPOINT_URL_SYSTEMVSSCONNECTION: `${origin}/contoso/`,
      ENDPOINT_AUTH_SYSTEMVSSCONNECTION: '{"scheme":"OAuth","parameters":{"AccessToken":"job-token"}}',
      SYSTEM_OIDCREQUESTURI: `${origin}/contoso/p/_apis/distributedtask/hubs/build/plans/1/jobs/2/oidctoken`,
      VSTS_PUBLIC_VARIABLES: '[]',
      VSTS_SECRET_VARIABLES: '[]',
      ...change,
    };
    return readJobEnvironment(variables, 'linux');
  }

  it('the first request takes the connection, on which nothing was sent before', async () => {
    // What this process of the tests trusts does not count, where a variable of the job tries to change it.
    const pinned = { ...ca, SSL_CERT_FILE: '/nowhere', VSTS_PUBLIC_VARIABLES: '["SSL_CERT_FILE"]' };
    const { readNetwork: read, toAzureDevOps: agent } = await connectAhead(describeJob(pinned));
    assert.ok(agent);
    while (connected === 0) await new Promise(resolve => setTimeout(resolve, 5));
    assert.equal(requests, 0);
    const network = read(takeDown().notes);
    const reach = { service: 'Azure DevOps', signal: new AbortController().signal, attemptMs: 3000 };
    const http = openHttp({ ...reach, agent, tls: { settings: network.tls } });
    await http.send({ method: 'POST', url: new URL(origin), headers: {}, body: 'x' });
    assert.deepEqual([connected, requests], [1, 1]);
  });

  const refused: readonly (readonly [name: string, find: () => Variables])[] = [
    ['a proxy is set', () => ({ HTTPS_PROXY: 'http://127.0.0.1:9', https_proxy: 'http://127.0.0.1:9' })],
    ['the agent has a proxy', () => ({ AGENT_PROXYURL: 'http://127.0.0.1:9' })],
    ['the token would be asked for elsewhere', () => ({ SYSTEM_OIDCREQUESTURI: 'https://127.0.0.1:9/a/oidctoken' })],
    ['there is no address for tokens', () => ({ SYSTEM_OIDCREQUESTURI: '' })],
    ['there is no connection of the job', () => ({ ENDPOINT_URL_SYSTEMVSSCONNECTION: '' })],
    [
      'its address is not secured',
      () => {
        const open = origin.replace('https:', 'http:');
        const path = '/contoso/p/_apis/distributedtask/hubs/build/plans/1/jobs/2/oidctoken';
        return { ENDPOINT_URL_SYSTEMVSSCONNECTION: `${open}/contoso/`, SYSTEM_OIDCREQUESTURI: `${open}${path}` };
      },
    ],
    ['a file of certificates cannot be read', () => ({ NODE_EXTRA_CA_CERTS: '/nowhere/ca.pem' })],
  ];
  for (const [name, find] of refused) {
    it(`nothing is opened where ${name}`, async () => {
      const { toAzureDevOps } = await connectAhead(describeJob({ ...ca, ...find() }));
      await new Promise(resolve => setTimeout(resolve, 20));
      assert.deepEqual([toAzureDevOps, connected], [undefined, 0]);
    });
  }

  const notable: readonly (readonly [name: string, find: () => Variables])[] = [
    ["the machine's CAs", () => ca],
    ["the job's CAs", () => ({ ...ca, VSTS_PUBLIC_VARIABLES: '["NODE_EXTRA_CA_CERTS"]' })],
    ['a proxy with a password', () => ({ AGENT_PROXYURL: 'http://127.0.0.1:9', AGENT_PROXYPASSWORD: 'hunter2' })],
    ['switches of Node', () => ({ NODE_OPTIONS: '--use-openssl-ca', VSTS_PUBLIC_VARIABLES: '["NODE_OPTIONS"]' })],
    ['nothing', () => ({})],
  ];
  for (const [name, find] of notable) {
    it(`what is said of ${name} is what is said without it, and not before`, async () => {
      const environment = describeJob(find());
      const [own, other] = [takeDown(), takeDown()];
      const ahead = await connectAhead(environment);
      assert.deepEqual(ahead.readNetwork(own.notes), readNetwork(environment, other.notes));
      assert.deepEqual(own.said, other.said);
    });
  }

  const readOnce: readonly (readonly [name: string, change: Variables])[] = [
    ['it is connected ahead', {}],
    ['a proxy is between', { AGENT_PROXYURL: 'http://127.0.0.1:9' }],
    ['there is no address for tokens', { SYSTEM_OIDCREQUESTURI: '' }],
  ];
  for (const [name, change] of readOnce) {
    it(`lists and files are read once where ${name}: long ones take their time`, async () => {
      const copy = `${file}.copy`;
      copyFileSync(file, copy);
      const ahead = await connectAhead(describeJob({ NODE_EXTRA_CA_CERTS: copy, ...change }));
      rmSync(copy);
      assert.equal(ahead.readNetwork(takeDown().notes).tls.ca.length, 1);
    });
  }

  it('a fault of the network is thrown when the step asks, in its own words', async () => {
    const ahead = await connectAhead(describeJob({ NODE_EXTRA_CA_CERTS: '/nowhere/ca.pem' }));
    assert.throws(() => ahead.readNetwork(takeDown().notes), { code: 'CertificateFileInvalid' });
  });
});

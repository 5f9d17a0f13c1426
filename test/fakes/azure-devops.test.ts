import assert from 'node:assert/strict';
import { createLocalJWKSet, decodeJwt, jwtVerify } from 'jose';
import type { JSONWebKeySet } from 'jose';
import type { AzureDevOps, AzureDevOpsOptions } from './azure-devops.ts';
import { startAzureDevOps } from './azure-devops.ts';
import { createClock } from './clock.ts';
import { encodeGuid } from './token-claims.ts';

const organization = { name: 'contoso', id: '0ca3ddd9-f0b0-4635-a98c-5866526961b6' };
const project = { name: 'Payments', id: '271ef6f7-5998-4b0f-86fb-4b54d9129990' };
const tenantId = 'ff882432-09b0-437b-bd22-ca13c0037ded';
const clientId = '9246576b-c9b6-441d-a0ca-796721fd971e';
const old = { id: '64171687-7a59-4fce-b2c8-823278dcf176', name: 'aws old', projectId: project.id, tenantId, clientId };
const entra = { ...old, id: 'f0cda5b5-1aff-46ac-a80b-054d5c4f9b8a', name: 'aws' };
const jobToken = 'job-token-of-this-run';
const now = Date.UTC(2026, 9, 1, 12);

const options: AzureDevOpsOptions = {
  organization,
  tenantId,
  projects: [project, { name: 'Other', id: '3f7a3df4-f85b-4ca8-98d0-08b1034e6567' }],
  serviceConnections: [
    { ...old, issuer: 'azure-devops' },
    { ...entra, issuer: 'entra' },
    { ...entra, id: '11111111-7a59-4fce-b2c8-823278dcf176', issuer: 'entra', disabled: true },
    { ...entra, id: '22222222-7a59-4fce-b2c8-823278dcf176', issuer: 'entra', notReferenced: true },
  ],
  jobTokens: [jobToken],
  clock: createClock(now, true).now,
};

const asked = { authorization: `Bearer ${jobToken}`, 'x-tfs-fedauthredirect': 'Suppress' };

describe('fakes/azure-devops', () => {
  let azureDevOps: AzureDevOps;

  beforeEach(async () => {
    azureDevOps = await startAzureDevOps(options);
  });

  afterEach(() => azureDevOps.close());

  function post(query: string, init: RequestInit = {}, uri = azureDevOps.oidcRequestUri()): Promise<Response> {
    return fetch(`${uri}?${query}`, { method: 'POST', headers: asked, redirect: 'manual', ...init });
  }

  async function askToken(connectionId?: string): Promise<string> {
    const named = connectionId === undefined ? '' : `&serviceConnectionId=${connectionId}`;
    const response = await post(`api-version=7.1${named}`);
    assert.equal(response.status, 200);
    return readToken(response);
  }

  /** Verifies as anybody would who knows only the issuer and where its discovery document lies. */
  async function verify(token: string) {
    const { iss = '' } = decodeJwt(token);
    const document = (await (await fetch(azureDevOps.discovery.get(iss) ?? '')).json()) as {
      issuer: string;
      jwks_uri: string;
    };
    assert.equal(document.issuer, iss);
    const keys = (await (await fetch(document.jwks_uri)).json()) as JSONWebKeySet;
    return jwtVerify(token, createLocalJWKSet(keys), { issuer: iss, currentDate: new Date(now) });
  }

  it("mints the Azure DevOps issuer's token", async () => {
    const { payload, protectedHeader } = await verify(await askToken(old.id));
    assert.equal(protectedHeader.alg, 'RS256');
    const iat = now / 1000;
    assert.deepEqual(
      { ...payload, jti: '' },
      {
        jti: '',
        sub: 'sc://contoso/Payments/aws old',
        aud: 'api://AzureADTokenExchange',
        iss: `https://vstoken.dev.azure.com/${organization.id}`,
        iat,
        nbf: iat - 600,
        exp: iat + 300,
      },
    );
  });

  it("mints Entra's token", async () => {
    const { payload } = await verify(await askToken(entra.id));
    assert.equal(payload.iss, `https://login.microsoftonline.com/${tenantId}/v2.0`);
    assert.equal(payload.aud, 'fb60f99c-7a34-4190-8149-302f77469936');
    assert.equal(payload['azp'], '499b84ac-1321-427f-aa17-267ca6975798');
    assert.equal(
      payload.sub,
      `/eid1/c/pub/t/MiSI_7AJe0O9IsoTwAN97Q/a/rISbSSETf0KqFyZ8ppdXmA/sc/${organization.id}/${entra.id}`,
    );
    assert.equal((payload.exp ?? 0) - (payload.iat ?? 0), 86_700);
    assert.equal(payload['tid'], tenantId);
    assert.equal(payload['idtyp'], 'app');
  });

  it('knows the byte order of a GUID in a subject', () => {
    assert.equal(encodeGuid('499b84ac-1321-427f-aa17-267ca6975798'), 'rISbSSETf0KqFyZ8ppdXmA');
    assert.equal(encodeGuid('3f7a3df4-f85b-4ca8-98d0-08b1034e6567'), '9D16P1v4qEyY0AixA05lZw');
  });

  for (const { name, connection } of [
    { name: 'no connection', connection: undefined },
    { name: "a connection's name", connection: 'aws' },
  ]) {
    it(`gives the pipeline's own token for ${name}`, async () => {
      const { payload } = await verify(await askToken(connection));
      assert.equal(payload.sub, 'p://contoso/Payments/infrastructure');
      assert.equal(payload['prj_id'], project.id);
    });
  }

  for (const hub of ['build', 'release', 'deployment', 'rm'] as const) {
    it(`serves the hub ${hub}`, async () => {
      const response = await post(
        'api-version=7.1&serviceConnectionId=' + old.id,
        {},
        azureDevOps.oidcRequestUri({ hub }),
      );
      assert.equal(response.status, 200);
    });
  }

  const id = `&serviceConnectionId=${old.id}`;
  for (const { name, query, init, status, text } of [
    { name: 'no api-version', query: id, init: {}, status: 400, text: /No api-version was supplied for the ."POST/ },
    { name: 'a preview', query: `api-version=7.2${id}`, init: {}, status: 400, text: /VssInvalidPreviewVersion/ },
    { name: 'a version of the future', query: `api-version=8.0${id}`, init: {}, status: 400, text: /out of range/ },
    { name: 'GET', query: `api-version=7.1${id}`, init: { method: 'GET' }, status: 405, text: /http method 'GET'/ },
    { name: 'no token', query: id, init: { headers: {} }, status: 302, text: /Object moved/ },
    {
      name: 'a bad token',
      query: id,
      init: { headers: { ...asked, authorization: 'Bearer x' } },
      status: 401,
      text: /<title>\s*Azure DevOps Services \| Unauthorized/,
    },
    { name: 'a body that is no JSON', query: `api-version=7.1${id}`, init: { body: '{' }, status: 415, text: /./ },
    {
      name: 'an unknown connection',
      query: `api-version=7.1&serviceConnectionId=${clientId}`,
      init: {},
      status: 404,
      text: /"typeKey":"EndpointNotFoundException"/,
    },
    {
      name: 'a disabled connection',
      query: 'api-version=7.1&serviceConnectionId=11111111-7a59-4fce-b2c8-823278dcf176',
      init: {},
      status: 400,
      text: /is disabled/,
    },
    {
      name: 'a connection of another stage',
      query: 'api-version=7.1&serviceConnectionId=22222222-7a59-4fce-b2c8-823278dcf176',
      init: {},
      status: 400,
      text: /^\{"count":\d+,"value":"There is no explicit reference to service connection 2{8}-\S+ from current stage Deploy\.Job\.__default\."\}$/,
    },
  ]) {
    it(`refuses ${name} with ${status}`, async () => {
      const response = await post(query, init);
      assert.equal(response.status, status);
      assert.match(await response.text(), text);
      assert.equal(azureDevOps.issuedTokens.length, 0);
    });
  }

  it("refuses a connection of another project until it is shared, and another organization's path", async () => {
    const elsewhere = azureDevOps.oidcRequestUri({ projectId: '3f7a3df4-f85b-4ca8-98d0-08b1034e6567' });
    const query = `api-version=7.1&serviceConnectionId=${entra.id}`;
    assert.equal((await post(query, {}, elsewhere)).status, 404);
    azureDevOps.changeConnection(entra.id, { sharedWith: ['3f7a3df4-f85b-4ca8-98d0-08b1034e6567'] });
    assert.equal((await post(query, {}, elsewhere)).status, 200);
    assert.equal((await post(query, {}, elsewhere.replace('contoso', 'fabrikam'))).status, 404);
  });

  it('sends a caller without Suppress to a page of its own that is no JSON', async () => {
    const response = await post('api-version=7.1', { headers: {}, redirect: 'follow' });
    assert.equal(response.status, 203);
    assert.match(response.headers.get('content-type') ?? '', /text\/html/);
    assert.equal(azureDevOps.server.requests.at(-1)?.path, '/_signin');
  });

  it('takes a job token no longer once it is withdrawn', async () => {
    azureDevOps.jobTokens.delete(jobToken);
    assert.equal((await post(`api-version=7.1${id}`)).status, 401);
  });

  it('follows a rename and a conversion of the connection', async () => {
    azureDevOps.changeConnection(old.id, { name: 'renamed' });
    assert.equal(decodeJwt(await askToken(old.id)).sub, 'sc://contoso/Payments/renamed');
    azureDevOps.changeConnection(old.id, { issuer: 'entra' });
    assert.match(decodeJwt(await askToken(old.id)).sub ?? '', /^\/eid1\/c\/pub\//);
  });
});

async function readToken(response: Response): Promise<string> {
  const { oidcToken } = (await response.json()) as { oidcToken: string };
  return oidcToken;
}

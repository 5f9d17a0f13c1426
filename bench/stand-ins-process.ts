// The stand-ins for Azure DevOps and AWS STS, in a process of their own so that they cost no contender anything.
// Started by stand-ins.ts, which talks to it by messages; it ends when the parent's channel closes.
import { startAzureDevOps, type AzureDevOps } from '../test/fakes/azure-devops.ts';
import { createAuthority } from '../test/fakes/certificates.ts';
import { startRecordedServer, type RecordedServer, type ServerTls } from '../test/fakes/recorded-server.ts';
import { startSts, type Sts } from '../test/fakes/sts.ts';
import { federation, names } from '../test/bundles/scene.ts';
import { openRelay } from './relay.ts';
import type { Addresses, Order, Ready, Seen } from './stand-ins.ts';

const provider = federation.entra.issuer.replace('https://', '');
const clientIds = ['499b84ac-1321-427f-aa17-267ca6975798', 'fb60f99c-7a34-4190-8149-302f77469936'];

/** Two addresses: with one, a client could send its second request on the connection of its first. */
const hosts = { azureDevOps: '127.0.0.1', sts: '127.0.0.2' } as const;

interface StandIns {
  readonly azureDevOps: AzureDevOps;
  readonly sts: Sts;
  /** The token endpoint as GitHub has it, which hands out the same token: its action asks in another way. */
  readonly gitHub: RecordedServer;
}

async function startAll(authority: string, tls: ServerTls): Promise<StandIns> {
  const { organization, tenantId, project, clientId, connections, jobToken } = names;
  const connection = { ...connections.entra, projectId: project.id, issuer: 'entra', tenantId, clientId } as const;
  const azureDevOps = await startAzureDevOps({
    organization,
    tenantId,
    projects: [project],
    serviceConnections: [connection],
    jobTokens: [jobToken],
    server: { host: hosts.azureDevOps, tls },
  });
  const sts = await startSts({
    accounts: [],
    discovery: azureDevOps.discovery,
    discoveryAuthority: authority,
    // Else each call would fetch the issuer's keys, and every contender would wait for that.
    keyCacheSeconds: 86_400,
    server: { host: hosts.sts, tls },
  });
  const gitHub = await startRecordedServer(async () => answerToken(await azureDevOps.mintToken(connection.id)), {
    host: hosts.azureDevOps,
    tls,
  });
  return { azureDevOps, sts, gitHub };
}

function answerToken(value: string) {
  return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify({ value }) };
}

function addRole({ sts }: StandIns, arn: string): void {
  const account = arn.split(':')[4] ?? '';
  const url = { [`${provider}:sub`]: federation.entra.subject, [`${provider}:aud`]: clientIds };
  sts.addProvider(account, { url: provider, clientIds });
  sts.addRole({
    arn,
    trustPolicy: {
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: { Federated: `arn:aws:iam::${account}:oidc-provider/${provider}` },
          Action: ['sts:AssumeRoleWithWebIdentity', 'sts:TagSession'],
          Condition: { StringEquals: url },
        },
      ],
    },
    maxSessionDurationSeconds: 3600,
  });
}

/** Returns what came since the last time, and forgets it. */
function take({ azureDevOps, sts, gitHub }: StandIns, sessionsBefore: number): Seen {
  const servers = [azureDevOps.server, gitHub, sts.server];
  const seen: Seen = {
    tokenRequests: azureDevOps.server.requests.length + gitHub.requests.length,
    stsRequests: sts.calls.map(({ action }) => action),
    connections: [azureDevOps.server.connections + gitHub.connections, sts.server.connections],
    handshakes: servers.reduce((sum, { handshakes }) => sum + handshakes.completed, 0),
    resumed: servers.reduce((sum, { handshakes }) => sum + handshakes.resumed, 0),
    maxAtOnce: sts.server.maxInFlight,
    accessKeyIds: sts.sessions.slice(sessionsBefore).map(({ accessKeyId }) => accessKeyId),
    violations: sts.violations,
  };
  servers.forEach(server => {
    server.reset();
  });
  return seen;
}

function moveTo(host: string, address: string): string {
  const { host: standing } = new URL(address);
  return address.replace(`//${standing}`, `//${host}`);
}

async function main(): Promise<void> {
  const authority = await createAuthority();
  const standIns = await startAll(authority.pem, await authority.issue({ hosts: Object.values(hosts) }));
  const { azureDevOps, sts, gitHub } = standIns;
  const relays = await Promise.all([azureDevOps.url, gitHub.url, sts.url].map(url => openRelay(new URL(url))));
  let taken = 0;
  process.on('message', (order: Order) => {
    if (order.kind === 'delay')
      [azureDevOps.server, sts.server, gitHub].forEach(server => {
        server.setDelay(order.ms);
      });
    if (order.kind === 'round trip')
      relays.forEach(relay => {
        relay.setRoundTrip(order.ms);
      });
    if (order.kind === 'roles')
      order.arns.forEach(arn => {
        addRole(standIns, arn);
      });
    const seen = take(standIns, taken);
    taken = sts.sessions.length;
    process.send?.(seen);
  });
  process.on('disconnect', () => process.exit(0));
  const addresses: Addresses = {
    collectionUrl: azureDevOps.url,
    tokenUrl: azureDevOps.oidcRequestUri(),
    gitHubTokenUrl: `${gitHub.url}/token?version=1`,
    stsUrl: sts.url,
  };
  const [collection = '', github = '', own = ''] = relays.map(({ host }) => host);
  const ready: Ready = {
    ...addresses,
    relayed: {
      collectionUrl: moveTo(collection, addresses.collectionUrl),
      tokenUrl: moveTo(collection, addresses.tokenUrl),
      gitHubTokenUrl: moveTo(github, addresses.gitHubTokenUrl),
      stsUrl: moveTo(own, addresses.stsUrl),
    },
    authority: authority.pem,
    sampleToken: await azureDevOps.mintToken(names.connections.entra.id),
  };
  process.send?.(ready);
}

await main();

import { IAMClient } from '@aws-sdk/client-iam';
import type { Caller, IamReader, IamWriter } from '../account/iam.ts';
import { createReader, type Transport, createWriter, listRoleDetails, type RoleDetails } from './iam.ts';
import { fromIni, fromNodeProviderChain, fromTemporaryCredentials } from '@aws-sdk/credential-providers';
import { firstRegions, type Partition } from '../session/region.ts';
import { call } from './iam-error.ts';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { NodeHttpHandler, type NodeHttpHandlerOptions } from '@smithy/node-http-handler';

/** An account's IAM as its administrators use it. Every method rejects with IamError. */
export interface IamAccess extends IamReader, IamWriter {
  readonly readCaller: () => Promise<Caller>;
  readonly listRoleDetails: () => Promise<readonly RoleDetails[]>;
}

/** Returns the IAM of whatever account credentials are of; `readCaller` says which one it is. */
export function openAccount(source: CredentialSource): IamAccess {
  const credentials = findCredentials(source);
  const { partition, transport: requestHandler = limits } = source;
  const region = firstRegions[partition];
  // A client's middleware never changes here, so it is resolved once for each kind of call.
  const client = new IAMClient({ region, credentials, maxAttempts: 3, requestHandler, cacheMiddleware: true });
  return {
    ...createReader(client),
    ...createWriter(client),
    readCaller: () => readCaller(partition, credentials, requestHandler),
    listRoleDetails: () => listRoleDetails(client),
  };
}

/**
 * Returns what opens many accounts by the same connections. The credentials of a profile are asked for once for all of them:
 * a program or a browser may be behind them.
 */
export function shareAccounts(transport: Transport): (source: CredentialSource) => IamAccess {
  const known = new Map<string, Credentials>();
  return source => {
    const { partition, profile } = source;
    const name = JSON.stringify([partition, profile]);
    const own = known.get(name) ?? findOwnCredentials({ partition, profile, transport });
    known.set(name, own);
    return openAccount({ ...source, transport, own });
  };
}

/** Where an administrator's credentials come from; nothing of the task's or of the helper's. */
export interface CredentialSource {
  readonly partition: Partition;
  /** A profile of the shared files; the SDK's usual chain if there is none. */
  readonly profile?: string | undefined;
  /** A role to assume with these. */
  readonly assumeRoleArn?: string | undefined;
  /** How requests reach AWS; directly if nothing is given. */
  readonly transport?: Transport | undefined;
  /** What `findOwnCredentials` returned for the same partition and profile: many accounts ask for it once. */
  readonly own?: Credentials | undefined;
}

/**
 * Milliseconds until an attempt is given up: without a connection, without an answer, and within an answer that stalls. By
 * default the SDK only warns of the second, and never gives up.
 */
export const limits = {
  connectionTimeout: 5000,
  requestTimeout: 30_000,
  throwOnRequestTimeout: true,
  socketTimeout: 30_000,
} as const;

export type Credentials = ReturnType<typeof fromNodeProviderChain>;

/**
 * Returns the credentials of a profile, or of the SDK's usual chain, that are asked for once, when they are first needed, and
 * again before they expire.
 *
 * The region is the parent's, so that a profile's own (of IAM Identity Center, or of a role) counts before it.
 */
function findOwnCredentials({ partition, profile, transport = limits }: CredentialSource): Credentials {
  const region = firstRegions[partition];
  const shared = { clientConfig: { requestHandler: transport }, parentClientConfig: { region } };
  return keep(profile === undefined ? fromNodeProviderChain(shared) : fromIni({ profile, ...shared }));
}

/**
 * Returns the same, or those of the role to assume with them. They reject with IamError: a role that may not be assumed is
 * the action sts:AssumeRole.
 */
function findCredentials(source: CredentialSource): Credentials {
  const { partition, assumeRoleArn, transport = limits, own = findOwnCredentials(source) } = source;
  if (assumeRoleArn === undefined) return own;
  const params = { RoleArn: assumeRoleArn, RoleSessionName: 'aws-wif' };
  const clientConfig = { region: firstRegions[partition], requestHandler: transport };
  const assumed = fromTemporaryCredentials({ masterCredentials: own, params, clientConfig });
  return keep(options => call('sts:AssumeRole', () => assumed(options)));
}

const minutesLeft = 5;

/** Several clients, and several accounts, would ask for themselves. What fails is asked for again. */
function keep(ask: Credentials): Credentials {
  let kept: ReturnType<Credentials> | undefined;
  return async options => {
    const seen = kept;
    const found = seen && (await seen.catch(() => undefined));
    const ends = found?.expiration?.getTime() ?? Infinity;
    if (found !== undefined && ends - Date.now() > minutesLeft * 60_000) return found;
    // Unless somebody else has asked again meanwhile.
    if (kept === seen || kept === undefined) kept = ask(options);
    return kept;
  };
}

/** Returns who the credentials are, as STS of a partition says. Throws IamError. */
export async function readCaller(
  partition: Partition,
  credentials: Credentials,
  requestHandler: Transport,
): Promise<Caller> {
  const client = new STSClient({ region: firstRegions[partition], credentials, maxAttempts: 3, requestHandler });
  return call('sts:GetCallerIdentity', async () => {
    const { Account: accountId, Arn: arn } = await client.send(new GetCallerIdentityCommand({}));
    const found = /^arn:([^:]+):/.exec(arn ?? '')?.[1];
    if (accountId === undefined || arn === undefined || found === undefined) throw new SyntaxError('no caller');
    return { accountId, partition: found, arn };
  });
}

/**
 * Returns how the SDK's requests reach AWS: each through the agent that is chosen for its host, which may be a tunnel of a
 * proxy. The handler is the SDK's own, one for each agent.
 *
 * @param chooseAgent is asked once for each scheme, host and port, with a URL that has nothing else
 */
export function openTransport(chooseAgent: (url: URL) => NodeHttpHandlerOptions['httpsAgent']): Transport {
  const handlers = new Map<unknown, NodeHttpHandler>();
  const origins = new Map<string, NodeHttpHandler>();
  const open = (httpsAgent: NodeHttpHandlerOptions['httpsAgent']): NodeHttpHandler => {
    const handler = handlers.get(httpsAgent) ?? new NodeHttpHandler({ ...limits, ...(httpsAgent && { httpsAgent }) });
    handlers.set(httpsAgent, handler);
    return handler;
  };
  const find = (origin: string): NodeHttpHandler => {
    const handler = origins.get(origin) ?? open(chooseAgent(new URL(origin)));
    origins.set(origin, handler);
    return handler;
  };
  return {
    handle: (...[request, options]: Parameters<NodeHttpHandler['handle']>) => {
      const { protocol, hostname, port } = request;
      return find(`${protocol}//${hostname}${port === undefined ? '' : `:${port}`}`).handle(request, options);
    },
    updateHttpClientConfig: () => undefined,
    httpHandlerConfigs: () => ({}),
    destroy: () => {
      for (const handler of handlers.values()) handler.destroy();
    },
  };
}

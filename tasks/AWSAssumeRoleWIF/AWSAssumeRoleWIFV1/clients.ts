import { openHttp } from '../../../src/host/http.ts';
import type { NetworkSettings } from '../../../src/host/network-settings.ts';
import type { Stop } from '../../../src/host/stop.ts';
import type { ReadyAgent } from '../../../src/host/ready-agent.ts';
import type { TlsUse } from '../../../src/host/tls.ts';
import type { Http } from '../../../src/identity/http.ts';
import { readySts } from './lazy-sts.ts';

/** Most milliseconds for one request; a service that has not answered by then is asked again. */
const attemptMs = 15_000;

/** The clients of both services. */
export interface Clients {
  readonly azureDevOps: Http;
  readonly aws: Http;
}

/** Where the first request to each service will go. */
export interface Addresses {
  readonly tokenUrl: URL;
  readonly stsEndpoint: URL;
}

/**
 * Returns the clients of both services, and connects ahead: over a network the handshakes take longer than all that a
 * step does before its first request. While Azure DevOps is waited for, the SDK of AWS STS is loaded. That Azure DevOps'
 * certificate is not to be checked never holds for AWS.
 *
 * @param toAzureDevOps one that may be connected already, made of the same network
 */
export function openClients(
  network: NetworkSettings & TlsUse,
  stop: Stop,
  addresses: Addresses,
  toAzureDevOps?: ReadyAgent,
): Clients {
  const { proxy, tls: settings, pinned, loaded, skipCertValidation } = network;
  const reach = { signal: stop.signal, attemptMs, proxy };
  const use = { pinned, loaded, skipCertValidation };
  const tls = { settings, use };
  const ready = { agent: toAzureDevOps, whileWaiting: readySts };
  const azureDevOps = openHttp({ ...reach, ...ready, service: 'Azure DevOps', tls });
  azureDevOps.prepare(addresses.tokenUrl);
  const aws = openHttp({ ...reach, service: 'AWS STS', tls: { settings, use: { pinned, loaded } } });
  aws.prepare(addresses.stsEndpoint);
  return { azureDevOps, aws };
}

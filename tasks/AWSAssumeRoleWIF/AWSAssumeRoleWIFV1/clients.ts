import { openHttp } from '../../../src/host/http.ts';
import type { NetworkSettings } from '../../../src/host/network-settings.ts';
import type { Stop } from '../../../src/host/stop.ts';
import type { TlsUse } from '../../../src/host/tls.ts';
import type { Http } from '../../../src/identity/http.ts';
import { loadSts } from './lazy-sts.ts';

/** Most milliseconds for one request; a service that has not answered by then is asked again. */
const attemptMs = 15_000;

/** The clients of both services. */
export interface Clients {
  readonly azureDevOps: Http;
  readonly aws: Http;
}

/**
 * Returns the clients of both services. While Azure DevOps is waited for, AWS STS is connected to at the endpoint and its
 * SDK is loaded. That Azure DevOps' certificate is not to be checked never holds for AWS.
 */
export function openClients(network: NetworkSettings & TlsUse, stop: Stop, endpoint: URL): Clients {
  const { proxy, tls: settings, pinned, skipCertValidation } = network;
  const reach = { signal: stop.signal, attemptMs, proxy };
  const aws = openHttp({ ...reach, service: 'AWS STS', tls: { settings, use: { pinned } } });
  const azureDevOps = openHttp({
    ...reach,
    service: 'Azure DevOps',
    tls: { settings, use: { pinned, skipCertValidation } },
    whileConnecting: () => {
      aws.prepare(endpoint);
    },
    whileWaiting: loadSts,
  });
  return { azureDevOps, aws };
}

import { NodeHttpHandler, type NodeHttpHandlerOptions } from '@smithy/node-http-handler';
import { limits } from './credentials.ts';
import type { Transport } from './iam-reader.ts';

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

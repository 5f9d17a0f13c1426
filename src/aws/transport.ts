import { NodeHttpHandler, type NodeHttpHandlerOptions } from '@smithy/node-http-handler';
import { limits } from './credentials.ts';
import type { Transport } from './iam-reader.ts';

/**
 * Returns how the SDK's requests reach AWS: each through the agent that is chosen for its URL, which may be a tunnel of a
 * proxy. The handler is the SDK's own, one for each agent.
 */
export function openTransport(chooseAgent: (url: URL) => NodeHttpHandlerOptions['httpsAgent']): Transport {
  const handlers = new Map<unknown, NodeHttpHandler>();
  const find = (httpsAgent: NodeHttpHandlerOptions['httpsAgent']): NodeHttpHandler => {
    const handler = handlers.get(httpsAgent) ?? new NodeHttpHandler({ ...limits, ...(httpsAgent && { httpsAgent }) });
    handlers.set(httpsAgent, handler);
    return handler;
  };
  return {
    handle: (...[request, options]: Parameters<NodeHttpHandler['handle']>) => {
      const { protocol, hostname, port } = request;
      const url = new URL(`${protocol}//${hostname}${port === undefined ? '' : `:${port}`}`);
      return find(chooseAgent(url)).handle(request, options);
    },
    updateHttpClientConfig: () => undefined,
    httpHandlerConfigs: () => ({}),
    destroy: () => {
      for (const handler of handlers.values()) handler.destroy();
    },
  };
}

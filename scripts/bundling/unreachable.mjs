import { resolve } from 'node:path';
import { requireMatches } from './require-matches.mjs';

const root = resolve(import.meta.dirname, '../..');

/**
 * Parts of packages that our calls never reach: an SDK that is given every setting looks for none, and of the task
 * library only logging commands and the agent's variables are used. Without them the bundles are a third smaller and
 * the step starts 8 ms sooner, for Node parses what it never runs, too; above all, no code is shipped that could find
 * ambient credentials. Whatever does reach one fails.
 */
const stubs = [
  { filter: /^@aws-sdk\/credential-provider-node$/, contents: 'export const defaultProvider = refuse;' },
  {
    filter: /^@smithy\/node-http-handler$/,
    contents: [
      'export const streamCollector = body => Promise.resolve(body);',
      // The SDK passes the handler that it was given through here.
      'export const NodeHttpHandler = { create: given => (typeof given?.handle === "function" ? given : refuse()) };',
    ].join('\n'),
  },
  { filter: /^@smithy\/core\/event-streams$/, contents: 'export const EventStreamSerde = refuse;' },
  // It is taken off the client's stack.
  { filter: /\/recursionDetectionMiddleware$/, contents: 'export const recursionDetectionMiddleware = () => refuse;' },
  // Readers are made in advance, for settings that then are given.
  { filter: /\/getInstanceMetadataRegion$/, contents: 'export const getInstanceMetadataRegion = refuse;' },
  { filter: /\/configLoader$/, contents: 'export const loadConfig = () => refuse;' },
  { filter: /\/resolveDefaultsModeConfig$/, contents: 'export const resolveDefaultsModeConfig = () => refuse;' },
  { filter: /\/getEndpointFromConfig$/, contents: 'export const getEndpointFromConfig = refuse;' },
  // The endpoint is given.
  {
    filter: /\/endpoint\/endpointResolver$/,
    contents: [
      'export const defaultEndpointResolver = ({ Endpoint }) =>',
      '  ({ url: new URL(Endpoint ?? refuse()), headers: {}, properties: {} });',
    ].join('\n'),
  },
  // For rules about endpoints.
  { filter: /\/util-endpoints\/aws$/, contents: 'export const awsEndpointFunctions = refuse;' },
  {
    filter: /\/user-agent-middleware$/,
    contents: [
      'const options = { step: "build", name: "getUserAgentMiddleware", priority: "low", override: true };',
      'export const [getUserAgentMiddlewareOptions, userAgentMiddleware] = [options, refuse];',
      'export const getUserAgentPlugin = config => ({ applyToStack: stack => stack.add(next => async args => {',
      '  args.request.headers["user-agent"] = (await config.defaultUserAgentProvider()).map(pair => pair.join("/")).join(" ");',
      '  return next(args);',
      '}, options) });',
    ].join('\n'),
  },
  // No logger is given.
  {
    filter: /\/loggerMiddleware$/,
    contents: [
      'export const [loggerMiddleware, loggerMiddlewareOptions] = [refuse, {}];',
      'export const getLoggerPlugin = () => ({ applyToStack: () => undefined });',
    ].join('\n'),
  },
  // A call is signed for one region, in a header, and tried once: what tries again is ours, and waits for both services.
  {
    filter: /^@aws-sdk\/signature-v4-multi-region$/,
    contents: [
      'import { SignatureV4 } from "@smithy/signature-v4";',
      'export class SignatureV4MultiRegion extends SignatureV4 { static sigv4aDependency() { return "none"; } }',
    ].join('\n'),
  },
  // For a user agent, and ours is given.
  {
    filter: /\/util-user-agent-node\/defaultUserAgent$/,
    contents: ['createDefaultUserAgentProvider', 'crtAvailability', 'defaultUserAgent']
      .map(name => `export const ${name} = refuse;`)
      .join('\n'),
  },
  { filter: /\/HeaderFormatter$/, contents: 'export class HeaderFormatter { format() { refuse(); } }' },
  {
    filter: /^@smithy\/core\/retry$/,
    contents: [
      'export const resolveRetryConfig = config => config;',
      // The signer is put after a middleware of this name.
      'const options = { step: "finalizeRequest", name: "retryMiddleware", priority: "high", override: true };',
      'export const getRetryPlugin = () => ({ applyToStack: stack => stack.add(next => next, options) });',
      'export const DEFAULT_RETRY_MODE = "standard";',
      ...['RETRY_MODES', 'NODE_MAX_ATTEMPT_CONFIG_OPTIONS', 'NODE_RETRY_MODE_CONFIG_OPTIONS'].map(
        name => `export const ${name} = {};`,
      ),
    ].join('\n'),
  },
  // For a Node without SHA-256.
  { filter: /\/Sha256Js$/, contents: 'export const Sha256Js = refuse;' },
  { filter: /\/service-customizations$/, contents: 'export const resolveParamsForS3 = refuse;' },
  { filter: /^\.\.\/package\.json$/, contents: 'export default {};' },
  { filter: /^\.\/toolrunner$/, contents: 'export const ToolRunner = refuse;' },
  {
    filter: /^minimatch$/,
    contents: ['Minimatch', 'braceExpand', 'filter', 'match'].map(name => `export const ${name} = refuse;`).join('\n'),
  },
  // The library asks whether Node and the agent are too old for it; task.json names newer ones of both.
  { filter: /^semver$/, contents: 'export const lt = () => false;' },
];

/** Puts the stubs in place. */
export const unreachable = {
  name: 'unreachable',
  setup({ onResolve, onLoad, onEnd }) {
    const matched = requireMatches(onEnd, stubs);
    for (const stub of stubs) {
      onResolve({ filter: stub.filter }, ({ path }) => {
        matched.add(stub);
        return { path, namespace: 'unreachable', pluginData: stub.contents };
      });
    }
    onLoad({ filter: /^/, namespace: 'unreachable' }, ({ path, pluginData }) => ({
      contents: `${refuse(path)}\n${pluginData}`,
      loader: 'js',
      resolveDir: root,
    }));
  },
};

function refuse(path) {
  return `const refuse = () => { throw new TypeError(${JSON.stringify(`${path} is not part of this bundle`)}); };`;
}

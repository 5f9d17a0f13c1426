import { IamRefusal, type Xml } from './iam-answers.ts';
import { invalid, type Parameters } from './iam-parameters.ts';
import { describeTags, type Operation } from './iam-roles.ts';
import { formatProviderArn, foundThumbprint, keepProvider, type IamState, type KeptProvider } from './iam-state.ts';

const maxClientIds = 100;

/** What IAM does with OIDC providers: https://docs.aws.amazon.com/IAM/latest/APIReference/API_Operations.html. */
export const providerOperations: Readonly<Record<string, Operation>> = {
  ListOpenIDConnectProviders: (_, state) => ({
    OpenIDConnectProviderList: state.providers.map(provider => ({ Arn: formatProviderArn(state, provider) })),
  }),
  GetOpenIDConnectProvider: (parameters, state) => {
    const { url, clientIds, thumbprints, tags } = findProvider(parameters, state);
    return {
      Url: url,
      ClientIDList: clientIds,
      ThumbprintList: thumbprints,
      CreateDate: '2026-01-01T00:00:00Z',
      Tags: describeTags(tags),
    };
  },
  CreateOpenIDConnectProvider: createProvider,
  AddClientIDToOpenIDConnectProvider: (parameters, state) => {
    const { clientIds } = findProvider(parameters, state);
    const id = parameters.read('ClientID');
    if (clientIds.includes(id)) return {};
    requireRoom([...clientIds, id]);
    clientIds.push(id);
    return {};
  },
  RemoveClientIDFromOpenIDConnectProvider: (parameters, state) => {
    const provider = findProvider(parameters, state);
    const id = parameters.read('ClientID');
    provider.clientIds = provider.clientIds.filter(one => one !== id);
    return {};
  },
  UpdateOpenIDConnectProviderThumbprint: (parameters, state) => {
    const provider = findProvider(parameters, state);
    const thumbprints = parameters.list('ThumbprintList');
    checkThumbprints(thumbprints);
    provider.thumbprints = [...thumbprints];
    return {};
  },
  DeleteOpenIDConnectProvider: (parameters, state) => {
    const provider = findProvider(parameters, state);
    state.providers = state.providers.filter(one => one !== provider);
    return {};
  },
  TagOpenIDConnectProvider: (parameters, state) => {
    Object.assign(findProvider(parameters, state).tags, parameters.readTags());
    return {};
  },
};

function createProvider(parameters: Parameters, state: IamState): Xml {
  const address = parameters.read('Url');
  const clientIds = parameters.list('ClientIDList');
  const given = parameters.list('ThumbprintList');
  if (!/^https:\/\/[^/?#:]+(?:\/[^?#]*)?$/.test(address))
    throw new IamRefusal(400, 'InvalidInput', 'Invalid Open ID Connect Provider URL');
  const url = address.slice('https://'.length);
  if (state.providers.some(one => one.url === url))
    throw new IamRefusal(409, 'EntityAlreadyExists', `Provider with url ${address} already exists.`);
  requireRoom(clientIds);
  checkThumbprints(given);
  const thumbprints = given.length === 0 ? [foundThumbprint] : given;
  const provider = keepProvider({ url, clientIds, thumbprints, tags: parameters.readTags() });
  state.providers.push(provider);
  return { OpenIDConnectProviderArn: formatProviderArn(state, provider), Tags: describeTags(provider.tags) };
}

function findProvider(parameters: Parameters, state: IamState): KeptProvider {
  const arn = parameters.read('OpenIDConnectProviderArn');
  const provider = state.providers.find(one => formatProviderArn(state, one) === arn);
  if (provider !== undefined) return provider;
  throw new IamRefusal(404, 'NoSuchEntity', `OpenIDConnect Provider not found for arn ${arn}`);
}

function requireRoom(clientIds: readonly string[]): void {
  if (clientIds.some(id => id === '' || id.length > 255)) throw invalid('Invalid client id.');
  if (clientIds.length > maxClientIds)
    throw new IamRefusal(
      409,
      'LimitExceeded',
      `Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: ${maxClientIds}`,
    );
}

function checkThumbprints(thumbprints: readonly string[]): void {
  if (thumbprints.length > 5)
    throw new IamRefusal(400, 'InvalidInput', 'Thumbprint list must contain fewer than 5 entries.');
  if (thumbprints.some(one => !/^[0-9a-fA-F]{40}$/.test(one))) throw invalid('Thumbprints are 40 hexadecimal digits.');
}

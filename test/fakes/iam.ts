import type { Answer, RecordedRequest } from './faults.ts';
import { startRecordedServer, type RecordedServer } from './recorded-server.ts';

export interface IamAccount {
  readonly accessKeyId: string;
  readonly accountId: string;
  readonly roles: readonly { readonly path?: string; readonly name: string; readonly trustPolicy: unknown }[];
  readonly providers: readonly { readonly url: string; readonly clientIds: readonly string[] }[];
  /** Actions that the key may not do. */
  readonly denied?: readonly string[];
}

/**
 * IAM's query API, as far as trust is read: GetRole, ListOpenIDConnectProviders, GetOpenIDConnectProvider. Which account
 * is asked goes by the access key in the signature; the signature itself is not checked.
 */
export function startIam(accounts: readonly IamAccount[]): Promise<RecordedServer> {
  return startRecordedServer(request => answer(request, accounts));
}

function answer(request: RecordedRequest, accounts: readonly IamAccount[]): Answer {
  const parameters = new URLSearchParams(request.body);
  const action = parameters.get('Action') ?? '';
  const key = /Credential=([^/]+)\/\d{8}\/[^/]+\/iam\/aws4_request/.exec(request.headers.authorization ?? '')?.[1];
  const account = accounts.find(({ accessKeyId }) => accessKeyId === key);
  if (account === undefined)
    return refuse(403, 'InvalidClientTokenId', 'The security token included in the request is invalid.');
  if (parameters.get('Version') !== '2010-05-08')
    return refuse(400, 'InvalidAction', `Could not find operation ${action}`);
  if (account.denied?.includes(action)) {
    const user = `arn:aws:iam::${account.accountId}:user/someone`;
    return refuse(403, 'AccessDenied', `User: ${user} is not authorized to perform: iam:${action} on resource: *`);
  }
  if (action === 'GetRole') return getRole(parameters.get('RoleName') ?? '', account);
  if (action === 'ListOpenIDConnectProviders') return listProviders(account);
  if (action === 'GetOpenIDConnectProvider')
    return getProvider(parameters.get('OpenIDConnectProviderArn') ?? '', account);
  return refuse(400, 'InvalidAction', `Could not find operation ${action}`);
}

function getRole(name: string, { accountId, roles }: IamAccount): Answer {
  const role = roles.find(one => one.name.toLowerCase() === name.toLowerCase());
  if (role === undefined) return refuse(404, 'NoSuchEntity', `The role with name ${name} cannot be found.`);
  const { path = '/', trustPolicy } = role;
  const document = encodeURIComponent(JSON.stringify(trustPolicy));
  return reply(
    'GetRole',
    `<Role><Path>${escape(path)}</Path><RoleName>${escape(role.name)}</RoleName><RoleId>AROAEXAMPLE</RoleId>` +
      `<Arn>arn:aws:iam::${accountId}:role${escape(path)}${escape(role.name)}</Arn>` +
      `<CreateDate>2026-01-01T00:00:00Z</CreateDate><MaxSessionDuration>3600</MaxSessionDuration>` +
      `<AssumeRolePolicyDocument>${document}</AssumeRolePolicyDocument></Role>`,
  );
}

function formatArn(accountId: string, url: string): string {
  return `arn:aws:iam::${accountId}:oidc-provider/${url}`;
}

function listProviders({ accountId, providers }: IamAccount): Answer {
  const members = providers.map(({ url }) => `<member><Arn>${escape(formatArn(accountId, url))}</Arn></member>`);
  return reply(
    'ListOpenIDConnectProviders',
    `<OpenIDConnectProviderList>${members.join('')}</OpenIDConnectProviderList>`,
  );
}

function getProvider(arn: string, { accountId, providers }: IamAccount): Answer {
  const provider = providers.find(({ url }) => formatArn(accountId, url) === arn);
  if (provider === undefined) return refuse(404, 'NoSuchEntity', `OpenIDConnect Provider not found for arn ${arn}`);
  const members = provider.clientIds.map(id => `<member>${escape(id)}</member>`).join('');
  return reply(
    'GetOpenIDConnectProvider',
    `<Url>${escape(provider.url)}</Url><ClientIDList>${members}</ClientIDList>` +
      `<ThumbprintList><member>${'0'.repeat(40)}</member></ThumbprintList><CreateDate>2026-01-01T00:00:00Z</CreateDate>`,
  );
}

const namespace = 'xmlns="https://iam.amazonaws.com/doc/2010-05-08/"';
const requestId = '<RequestId>00000000-0000-0000-0000-000000000001</RequestId>';

function reply(action: string, result: string): Answer {
  return xml(
    200,
    `<${action}Response ${namespace}><${action}Result>${result}</${action}Result><ResponseMetadata>${requestId}</ResponseMetadata></${action}Response>`,
  );
}

function refuse(status: number, code: string, message: string): Answer {
  return xml(
    status,
    `<ErrorResponse ${namespace}><Error><Type>Sender</Type><Code>${code}</Code><Message>${escape(message)}</Message></Error>${requestId}</ErrorResponse>`,
  );
}

function xml(status: number, body: string): Answer {
  return { status, headers: { 'content-type': 'text/xml' }, body };
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

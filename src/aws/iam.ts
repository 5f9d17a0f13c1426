import {
  GetOpenIDConnectProviderCommand,
  GetRoleCommand,
  IAMClient,
  IAMServiceException,
  ListOpenIDConnectProvidersCommand,
} from '@aws-sdk/client-iam';

/** What is read from IAM; nothing is ever written here. */
export interface Iam {
  readonly readRole: (name: string) => Promise<Role>;
  readonly listProviderArns: () => Promise<readonly string[]>;
  readonly readProvider: (arn: string) => Promise<Provider>;
}

export interface Role {
  readonly arn: string;
  /** JSON. */
  readonly trustPolicy: string;
}

export interface Provider {
  readonly arn: string;
  readonly clientIds: readonly string[];
}

export type IamRefusal =
  | 'no-credentials'
  | 'credentials'
  | 'forbidden'
  | 'not-found'
  | 'throttled'
  | 'rejected'
  | 'unavailable'
  | 'unreadable'
  | 'unreachable';

/** A call that did not end in an answer; `said` is the message of AWS or of the SDK. */
export class IamError extends Error {
  override readonly name = 'IamError';
  readonly service = 'iam';
  readonly refusal: IamRefusal;
  readonly action: string;
  readonly said: string;

  constructor(refusal: IamRefusal, action: string, said: string, cause?: unknown) {
    super(`${action}: ${refusal}`, { cause });
    this.refusal = refusal;
    this.action = action;
    this.said = said;
  }
}

/** Where IAM's one control plane of a partition signs. */
const regions = {
  aws: 'us-east-1',
  'aws-cn': 'cn-north-1',
  'aws-us-gov': 'us-gov-west-1',
  'aws-eusc': 'eusc-de-east-1',
} as const;

/** Returns IAM in a partition, with credentials from the SDK's usual chain. */
export function openIam(partition: keyof typeof regions): Iam {
  const client = new IAMClient({ region: regions[partition], maxAttempts: 3 });
  return {
    readRole: name =>
      call('iam:GetRole', async () => {
        const { Role: role } = await client.send(new GetRoleCommand({ RoleName: name }));
        if (role?.Arn === undefined || role.AssumeRolePolicyDocument === undefined) throw new SyntaxError('no role');
        return { arn: role.Arn, trustPolicy: decodeURIComponent(role.AssumeRolePolicyDocument) };
      }),
    listProviderArns: () =>
      call('iam:ListOpenIDConnectProviders', async () => {
        const { OpenIDConnectProviderList: list = [] } = await client.send(new ListOpenIDConnectProvidersCommand({}));
        return list.flatMap(({ Arn: arn }) => arn ?? []);
      }),
    readProvider: arn =>
      call('iam:GetOpenIDConnectProvider', async () => {
        const command = new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: arn });
        const { ClientIDList: clientIds = [] } = await client.send(command);
        return { arn, clientIds };
      }),
  };
}

async function call<T>(action: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (thrown) {
    throw new IamError(nameRefusal(thrown), action, thrown instanceof Error ? thrown.message : String(thrown), thrown);
  }
}

const refusals: readonly (readonly [RegExp, IamRefusal])[] = [
  [/^NoSuchEntity/, 'not-found'],
  [/^AccessDenied/, 'forbidden'],
  [
    /^(?:InvalidClientTokenId|SignatureDoesNotMatch|UnrecognizedClient|ExpiredToken|IncompleteSignature|OptInRequired)/,
    'credentials',
  ],
  [/^(?:Throttling|TooManyRequests|RequestLimitExceeded)/, 'throttled'],
];

function nameRefusal(thrown: unknown): IamRefusal {
  if (thrown instanceof IAMServiceException) {
    const known = refusals.find(([pattern]) => pattern.test(thrown.name));
    return known?.[1] ?? ((thrown.$metadata.httpStatusCode ?? 500) >= 500 ? 'unavailable' : 'rejected');
  }
  if (!(thrown instanceof Error)) return 'unreadable';
  if (/^(?:CredentialsProviderError|TokenProviderError)$/.test(thrown.name)) return 'no-credentials';
  return 'code' in thrown || thrown.name === 'TimeoutError' ? 'unreachable' : 'unreadable';
}

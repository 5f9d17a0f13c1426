import {
  AssumeRoleWithWebIdentityCommand,
  STSClient,
  STSServiceException,
  type AssumeRoleWithWebIdentityCommandOutput,
} from '@aws-sdk/client-sts';
import { WifError } from '../errors.ts';
import { readRetryAfter, type Http, type HttpResponse } from '../identity/http.ts';
import { redirected } from '../identity/id-token.ts';
import type { Secret } from '../secret.ts';
import type { StsAnswer } from '../session/credentials.ts';
import { judgeStsRefusal, type StsContext } from '../session/sts-refusal.ts';
import type { Sts, WebIdentityRequest } from '../session/sts.ts';

export interface StsOptions {
  readonly endpoint: URL;
  readonly region: string;
  readonly accountId: string;
  readonly http: Http;
}

/**
 * Returns AWS STS at one endpoint. Every setting of the SDK is given here, so that it reads no file, no environment
 * variable and no metadata service; AssumeRoleWithWebIdentity is not signed. The SDK neither retries nor connects by
 * itself: one call is one request of the given client.
 */
export function openSts(options: StsOptions): Sts {
  return {
    assumeRoleWithWebIdentity: async request => {
      const exchange = recordExchange(options);
      const client = createClient(options, exchange.handle);
      try {
        return readAnswer(await client.send(buildCommand(request)));
      } catch (thrown) {
        throw judge(thrown, exchange.response(), describeRequest(request, options), request.webIdentityToken);
      }
    },
  };
}

type Handle = (request: SdkRequest) => Promise<{ readonly response: SdkResponse }>;

/** What the SDK hands to a request handler, as far as it is used here. */
interface SdkRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body?: unknown;
}

interface SdkResponse {
  readonly statusCode: number;
  readonly headers: Record<string, string>;
  readonly body: Uint8Array;
}

function createClient(options: StsOptions, handle: Handle): STSClient {
  const client = new STSClient({
    endpoint: options.endpoint.href,
    region: options.region,
    requestHandler: { handle },
    credentials: () => Promise.reject(new TypeError('AssumeRoleWithWebIdentity is not signed')),
    maxAttempts: 1,
    retryMode: 'standard',
    useFipsEndpoint: false,
    useDualstackEndpoint: false,
    defaultsMode: 'standard',
    authSchemePreference: [],
    sigv4aSigningRegionSet: [],
    userAgentAppId: () => Promise.resolve(undefined),
    defaultUserAgentProvider: () => Promise.resolve([['aws-assume-role-wif', '1']]),
  });
  // It would add a header where the environment looks like a Lambda function's.
  client.middlewareStack.remove('recursionDetectionMiddleware');
  return client;
}

function recordExchange(options: StsOptions): { handle: Handle; response: () => HttpResponse | undefined } {
  let response: HttpResponse | undefined;
  const handle: Handle = async request => {
    response = await options.http.send({
      method: 'POST',
      url: new URL(request.path, options.endpoint),
      headers: request.headers,
      body: typeof request.body === 'string' ? request.body : '',
    });
    if (!isXml(response)) throw new SyntaxError('not the XML of AWS STS');
    const body = new TextEncoder().encode(response.body);
    return { response: { statusCode: response.status, headers: { ...response.headers }, body } };
  };
  return { handle, response: () => response };
}

function buildCommand(request: WebIdentityRequest): AssumeRoleWithWebIdentityCommand {
  return new AssumeRoleWithWebIdentityCommand({
    RoleArn: request.roleArn,
    RoleSessionName: request.roleSessionName,
    WebIdentityToken: request.webIdentityToken.reveal(),
    DurationSeconds: request.durationSeconds,
    ...(request.policy === undefined ? {} : { Policy: request.policy }),
    ...(request.policyArns.length === 0 ? {} : { PolicyArns: request.policyArns.map(arn => ({ arn })) }),
  });
}

function readAnswer(output: AssumeRoleWithWebIdentityCommandOutput): StsAnswer {
  return {
    accessKeyId: output.Credentials?.AccessKeyId,
    secretAccessKey: output.Credentials?.SecretAccessKey,
    sessionToken: output.Credentials?.SessionToken,
    expiration: output.Credentials?.Expiration,
    assumedRoleArn: output.AssumedRoleUser?.Arn,
  };
}

/** An answer of STS is XML without a document type; anything else is not from STS and is not parsed. */
function isXml(response: HttpResponse): boolean {
  return /^\s*<(?:\?xml|ErrorResponse|AssumeRole)/.test(response.body) && !/<!(?:DOCTYPE|ENTITY)/i.test(response.body);
}

function describeRequest(request: WebIdentityRequest, { region, accountId }: StsOptions): StsContext {
  return { roleArn: request.roleArn, accountId, region, durationSeconds: request.durationSeconds };
}

function judge(thrown: unknown, response: HttpResponse | undefined, context: StsContext, token: Secret): WifError {
  if (thrown instanceof WifError) return thrown;
  const status = response?.status ?? 0;
  if (response !== undefined && status >= 300 && status < 400) return redirected(response);
  const retryAfterMs = readRetryAfter(response?.headers ?? {}, Date.now());
  if (thrown instanceof STSServiceException) {
    // Some refusals quote the token.
    const message = thrown.message.replaceAll(token.reveal(), '***');
    return judgeStsRefusal({ code: readCode(thrown), message, status, retryAfterMs }, context);
  }
  if (status >= 500 || status === 429) {
    return judgeStsRefusal({ code: 'no error code', message: 'no message', status, retryAfterMs }, context);
  }
  return unreadable(status);
}

/** The SDK names its exceptions by their shapes (InvalidIdentityTokenException); the code on the wire is in Code. */
function readCode(thrown: STSServiceException): string {
  return 'Code' in thrown && typeof thrown.Code === 'string' ? thrown.Code : thrown.name;
}

/** The parser's own message quotes the answer, which may hold keys, so it is not kept as a cause. */
function unreadable(status: number): WifError {
  return new WifError({
    code: 'StsAnswerUnreadable',
    found: `What answered in the place of AWS STS (status ${status}) sent no answer of STS.`,
    expected: 'XML of the AWS STS query API.',
    remedy:
      'Check what stsEndpoint points at and whether a proxy or captive portal answers for AWS; then run the job again.',
  });
}

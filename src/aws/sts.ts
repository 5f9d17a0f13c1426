import {
  AssumeRoleCommand,
  AssumeRoleWithWebIdentityCommand,
  STSClient,
  type AssumeRoleWithWebIdentityCommandOutput,
} from '@aws-sdk/client-sts';
import type { Http, HttpResponse } from '../identity/http.ts';
import { Secret } from '../secret.ts';
import type { Credentials, StsAnswer, Sts } from '../session/credentials.ts';
import type { HopTerms } from '../session/goal.ts';
import type { StsContext } from '../session/sts-refusal.ts';
import { readStsError, type StsError } from './read-sts-error.ts';
import { isXml, judgeFailure } from './sts-failure.ts';

export interface StsOptions {
  readonly endpoint: URL;
  readonly region: string;
  readonly http: Http;
}

/**
 * Returns AWS STS at one endpoint. Every setting of the SDK is given here, so that it reads no file, no environment
 * variable and no metadata service; AssumeRoleWithWebIdentity is not signed, AssumeRole with the given credentials only.
 * The SDK neither retries nor connects on its own: one call is one request of the given client.
 */
export function openSts(options: StsOptions): Sts {
  const clock: SignatureClock = { offsetMs: 0 };
  return {
    assumeRoleWithWebIdentity: (hop, idToken) => {
      const command = { ...commonParameters(hop), WebIdentityToken: idToken.reveal() };
      return call({ action: 'AssumeRoleWithWebIdentity', hop, options, clock, secrets: [idToken] }, client =>
        client.send(new AssumeRoleWithWebIdentityCommand(command)),
      );
    },
    assumeRole: (hop, credentials) =>
      call({ action: 'AssumeRole', hop, options, clock, credentials, secrets: listKeys(credentials) }, client =>
        client.send(buildAssumeRole(hop)),
      ),
  };
}

/**
 * Makes one call that goes nowhere, with an invented answer, so that what the SDK runs for the first time is compiled
 * while another service is waited for: its first call takes 15 ms longer than its second.
 */
export async function rehearseSts(): Promise<void> {
  const http: Http = { send: () => Promise.resolve({ status: 200, headers: {}, body: invented }) };
  const sts = openSts({ endpoint: new URL('https://sts.invalid'), region: 'us-east-1', http });
  await sts.assumeRoleWithWebIdentity(nobody, new Secret('invented'));
}

const nobody: HopTerms = {
  role: { text: '', partition: 'aws', accountId: '', path: '/', name: '' },
  roleSessionName: '',
  durationSeconds: 900,
  policy: undefined,
  policyArns: [],
  externalId: undefined,
  tags: {},
  transitiveTagKeys: [],
};

const invented =
  '<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><Credentials><Expiration>2000-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>';

/** How far AWS's clock is ahead of the host's; signatures are dated by it. */
interface SignatureClock {
  offsetMs: number;
}

interface Call {
  readonly action: StsContext['action'];
  readonly hop: HopTerms;
  readonly options: StsOptions;
  readonly clock: SignatureClock;
  readonly credentials?: Credentials;
  /** What no refusal may repeat. */
  readonly secrets: readonly Secret[];
}

async function call(
  { action, hop, options, clock, credentials, secrets }: Call,
  send: (client: STSClient) => Promise<AssumeRoleWithWebIdentityCommandOutput>,
): Promise<StsAnswer> {
  const exchange = recordExchange(options);
  try {
    const output = await send(createClient(options, exchange.handle, clock, credentials));
    const date = readDate(exchange.response());
    clock.offsetMs = measureOffset(date, Date.now());
    return { ...readAnswer(output), ...(date === undefined ? {} : { date }) };
  } catch (thrown) {
    const response = exchange.response();
    const service = response !== undefined && isXml(response) ? readRefusal(response, secrets) : undefined;
    throw judgeFailure({ thrown, service, response }, describeCall(hop, action, options));
  }
}

function listKeys({ accessKeyId, secretAccessKey, sessionToken }: Credentials): readonly Secret[] {
  return [accessKeyId, secretAccessKey, sessionToken];
}

type Handle = (request: SdkRequest) => Promise<{ readonly response: SdkResponse }>;

/** What the SDK hands to a request handler, as far as it is used here. */
interface SdkRequest {
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body?: unknown;
}

interface SdkResponse {
  readonly statusCode: number;
  readonly headers: Record<string, string>;
  readonly body: Uint8Array;
}

function createClient(
  options: StsOptions,
  handle: Handle,
  clock: SignatureClock,
  credentials?: Credentials,
): STSClient {
  const client = new STSClient({
    endpoint: options.endpoint.href,
    region: options.region,
    requestHandler: { handle },
    credentials: () => revealCredentials(credentials),
    systemClockOffset: clock.offsetMs,
    disableClockSkewCorrection: false,
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

async function revealCredentials(credentials: Credentials | undefined) {
  if (credentials === undefined) return Promise.reject(new TypeError('AssumeRoleWithWebIdentity is not signed'));
  return Promise.resolve({
    accessKeyId: credentials.accessKeyId.reveal(),
    secretAccessKey: credentials.secretAccessKey.reveal(),
    sessionToken: credentials.sessionToken.reveal(),
  });
}

function readDate(response: HttpResponse | undefined): Date | undefined {
  const date = new Date(response?.headers['date'] ?? '');
  return Number.isNaN(date.getTime()) ? undefined : date;
}

/**
 * Returns how far AWS's clock is ahead of the host's, by the Date of an answer. A signature is refused five minutes
 * off, and agents whose clock is wrong by hours exist.
 */
function measureOffset(date: Date | undefined, nowMs: number): number {
  const offset = date === undefined ? 0 : date.getTime() - nowMs;
  return Math.abs(offset) < 60_000 ? 0 : offset;
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

function commonParameters(hop: HopTerms) {
  return {
    RoleArn: hop.role.text,
    RoleSessionName: hop.roleSessionName,
    DurationSeconds: hop.durationSeconds,
    ...(hop.policy === undefined ? {} : { Policy: hop.policy }),
    ...(hop.policyArns.length === 0 ? {} : { PolicyArns: hop.policyArns.map(arn => ({ arn })) }),
  };
}

function buildAssumeRole(hop: HopTerms): AssumeRoleCommand {
  const tags = Object.entries(hop.tags).map(([Key, Value]) => ({ Key, Value }));
  return new AssumeRoleCommand({
    ...commonParameters(hop),
    ...(hop.externalId === undefined ? {} : { ExternalId: hop.externalId }),
    ...(tags.length === 0 ? {} : { Tags: tags }),
    ...(hop.transitiveTagKeys.length === 0 ? {} : { TransitiveTagKeys: [...hop.transitiveTagKeys] }),
  });
}

/** What the SDK reads from odd XML need not be of the type that it declares. */
function readAnswer(output: AssumeRoleWithWebIdentityCommandOutput): StsAnswer {
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = output.Credentials ?? {};
  return {
    accessKeyId: readString(AccessKeyId),
    secretAccessKey: readString(SecretAccessKey),
    sessionToken: readString(SessionToken),
    expiration: (Expiration as unknown) instanceof Date ? Expiration : undefined,
    assumedRoleArn: readString(output.AssumedRoleUser?.Arn),
  };
}

function readString(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** Returns what STS said in a refusal. Some messages quote the token. */
function readRefusal(response: HttpResponse, secrets: readonly Secret[]): StsError | undefined {
  const hide = (text: string): string =>
    secrets.reduce((shown, secret) => shown.replaceAll(secret.reveal(), '***'), text);
  const said = readStsError(response);
  return said && { code: hide(said.code), message: hide(said.message) };
}

function describeCall(hop: HopTerms, action: StsContext['action'], { region }: StsOptions): StsContext {
  return { action, role: hop.role, region, durationSeconds: hop.durationSeconds };
}

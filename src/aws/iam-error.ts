import { WifError } from '../errors.ts';

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
  readonly refusal: IamRefusal;
  readonly action: string;
  readonly said: string;
  /**
   * The code of AWS, for example `EntityAlreadyExists`, without its ending "Exception"; undefined if AWS said nothing.
   */
  readonly awsCode: string | undefined;

  constructor(refusal: IamRefusal, action: string, said: string, cause?: unknown) {
    super(`${action}: ${refusal}`, { cause });
    this.refusal = refusal;
    this.action = action;
    this.said = said;
    this.awsCode = isServiceException(cause) ? shortenCode(readName(cause)) : undefined;
  }
}

/** Returns what a call of IAM or STS answers. Throws IamError, which names the action, if there is no answer. */
export async function call<T>(action: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (thrown) {
    if (thrown instanceof IamError || thrown instanceof WifError) throw thrown;
    throw new IamError(nameRefusal(thrown), action, sayWhy(thrown), thrown);
  }
}

/** Returns whether AWS refused the only attempt at a call, so that nothing was changed: an earlier one may have gone through. */
export function isRefusedAtOnce(thrown: unknown): boolean {
  if (!(thrown instanceof IamError) || !['forbidden', 'rejected'].includes(thrown.refusal)) return false;
  return isServiceException(thrown.cause) && thrown.cause.$metadata.attempts === 1;
}

const refusals: readonly (readonly [RegExp, IamRefusal])[] = [
  [/^NoSuchEntity/, 'not-found'],
  [/^(?:AccessDenied|NotAuthorized)/, 'forbidden'],
  [
    /^(?:InvalidClientTokenId|SignatureDoesNotMatch|UnrecognizedClient|ExpiredToken|RequestExpired|IncompleteSignature|OptInRequired)/,
    'credentials',
  ],
  [/^Request(?:Timeout|Aborted)/, 'unavailable'],
  [
    /^(?:Throttling|TooManyRequests|RequestLimitExceeded|ConcurrentModification|EntityTemporarilyUnmodifiable)/,
    'throttled',
  ],
];

interface ServiceException extends Error {
  readonly $metadata: { readonly httpStatusCode?: number; readonly attempts?: number };
}

/** Clients of several services have a class of their own each; what counts is what all of them carry. */
function isServiceException(thrown: unknown): thrown is ServiceException {
  return thrown instanceof Error && '$fault' in thrown && '$metadata' in thrown;
}

function nameRefusal(thrown: unknown): IamRefusal {
  if (isServiceException(thrown)) {
    const known = refusals.find(([pattern]) => pattern.test(readName(thrown)));
    if (known === undefined && isUnnamed(thrown)) return 'unreadable';
    return known?.[1] ?? ((thrown.$metadata.httpStatusCode ?? 500) >= 500 ? 'unavailable' : 'rejected');
  }
  if (!(thrown instanceof Error) || thrown.message.startsWith(invalidAnswer)) return 'unreadable';
  if (/^(?:CredentialsProviderError|TokenProviderError)$/.test(thrown.name)) return 'no-credentials';
  if (isFileError(thrown) || noSsoSession.test(thrown.message)) return 'no-credentials';
  return 'code' in thrown || thrown.name === 'TimeoutError' ? 'unreachable' : 'unreadable';
}

/** What the SDK throws for a profile whose sso_session has no section. */
const noSsoSession = /reading 'sso_\w+'/;

/** The SDK opens no file but those of credentials. */
function isFileError(thrown: Error): boolean {
  return 'code' in thrown && 'path' in thrown && /^E(?:NOENT|ACCES|ISDIR|PERM|NOTDIR)$/.test(String(thrown.code));
}

/** What the SDK's provider of a role's credentials says of an answer that holds none. */
const invalidAnswer = 'Invalid response from STS.';

/** AWS names its errors; the SDK calls one without a name Unknown. AWS's load balancers may answer 5xx without a name. */
function isUnnamed(thrown: ServiceException): boolean {
  return readName(thrown).startsWith('Unknown') && (thrown.$metadata.httpStatusCode ?? 500) < 500;
}

/** What the SDK says of an answer that does not come, or stalls. */
const silence = /(?:has exceeded the configured|timed out after) (\d+) ms (?:requestTimeout|of inactivity)/;

/** A connection that failed to several addresses has no message of its own. */
function sayWhy(thrown: unknown): string {
  // What a service answers with may make anything of an error's message.
  const said: unknown = thrown instanceof Error ? thrown.message : thrown;
  const text = String(said);
  if (noSsoSession.test(text)) return 'the sso_session of the profile has no section in the AWS config file';
  if (isServiceException(thrown) && text.startsWith('Unknown'))
    return `status ${thrown.$metadata.httpStatusCode ?? 'unknown'}, without a message`;
  const [, milliseconds] = silence.exec(text) ?? [];
  if (milliseconds !== undefined) return `no response within ${Number(milliseconds) / 1000} s`;
  if (thrown instanceof AggregateError && thrown.message === '') {
    return thrown.errors.map(one => (one instanceof Error ? one.message : String(one))).join('; ');
  }
  return text;
}

/** What an answer has twice is a list here, whatever the SDK declares; an error of IAM and its reason is the first. */
function readName({ name }: { readonly name: unknown }): string {
  const [first] = Array.isArray(name) ? (name as readonly unknown[]) : [name];
  return typeof first === 'string' ? first.trim() : 'no error code';
}

function shortenCode(name: string): string {
  return name.replace(/Exception$/, '');
}

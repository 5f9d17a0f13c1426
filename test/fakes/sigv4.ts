import { createHash, createHmac } from 'node:crypto';
import type { Clock } from './clock.ts';
import type { RecordedRequest } from './faults.ts';
import type { Session } from './sessions.ts';
import { incompleteSignature, signatureRefused, stsErrors, StsRefusal } from './sts-errors.ts';

export interface SignatureRules {
  readonly findSession: (accessKeyId: string) => Session | undefined;
  readonly clock: Clock;
  /** Undefined takes a signature for any region. */
  readonly region: string | undefined;
  readonly maxClockSkewSeconds: number;
}

export interface Authorization {
  readonly accessKeyId: string;
  readonly date: string;
  readonly region: string;
  readonly service: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
}

/** The signer's session; refuses as STS does whatever is not signed with an unexpired session's own key and token. */
export function verifyCaller(request: RecordedRequest, rules: SignatureRules): Session {
  const authorization = readAuthorization(request);
  const session = rules.findSession(authorization.accessKeyId);
  if (!session || request.headers['x-amz-security-token'] !== session.sessionToken) {
    throw new StsRefusal(stsErrors.invalidClientToken);
  }
  checkScope(authorization, request, rules);
  const expected = signRequest(request, authorization, session.secretAccessKey);
  if (expected !== authorization.signature) throw new StsRefusal(stsErrors.signatureMismatch);
  if (session.expiration.getTime() <= rules.clock()) throw new StsRefusal(stsErrors.expiredSession);
  return session;
}

/** The region that a request is signed for, if it is signed. */
export function readSignedRegion(request: RecordedRequest): string | undefined {
  return /Credential=[^/]+\/\d{8}\/([^/]+)\//.exec(request.headers.authorization ?? '')?.[1];
}

/**
 * Signature Version 4 of a request as it arrived:
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html.
 */
export function signRequest(
  request: Pick<RecordedRequest, 'method' | 'path' | 'query' | 'headers' | 'body'>,
  { date, region, service, signedHeaders }: Omit<Authorization, 'signature' | 'accessKeyId'>,
  secretAccessKey: string,
): string {
  const headers = signedHeaders.map(name => `${name}:${canonicalizeHeader(request.headers[name])}\n`).join('');
  const canonical = [
    request.method,
    request.path,
    canonicalizeQuery(request.query),
    headers,
    signedHeaders.join(';'),
    hash(request.body),
  ].join('\n');
  const scope = `${date}/${region}/${service}/aws4_request`;
  const text = ['AWS4-HMAC-SHA256', String(request.headers['x-amz-date']), scope, hash(canonical)].join('\n');
  const key = [date, region, service, 'aws4_request'].reduce<string | Buffer>(
    (previous, part) => createHmac('sha256', previous).update(part).digest(),
    `AWS4${secretAccessKey}`,
  );
  return createHmac('sha256', key).update(text).digest('hex');
}

const header =
  /^AWS4-HMAC-SHA256 Credential=(?<id>\w+)\/(?<date>\d{8})\/(?<region>[\w-]+)\/(?<service>\w+)\/aws4_request, ?SignedHeaders=(?<names>[\w;-]+), ?Signature=(?<signature>[\da-f]{64})$/;

function readAuthorization(request: RecordedRequest): Authorization {
  const text = request.headers.authorization;
  if (text === undefined) throw new StsRefusal(stsErrors.missingAuthentication);
  const { id, date, region, service, names, signature } = header.exec(text)?.groups ?? {};
  if (!id || !date || !region || !service || !names || !signature) {
    throw new StsRefusal(incompleteSignature(`The authorization header is not complete: ${text.split(' ')[0] ?? ''}`));
  }
  return { accessKeyId: id, date, region, service, signedHeaders: names.split(';'), signature };
}

function checkScope(authorization: Authorization, request: RecordedRequest, rules: SignatureRules): void {
  const signed = Object.keys(request.headers).filter(name => name === 'host' || name.startsWith('x-amz-'));
  const missing = signed.find(name => !authorization.signedHeaders.includes(name));
  if (missing !== undefined) throw refuse(`'${missing}' must be a 'SignedHeader' in the AWS Authorization.`);
  if (authorization.service !== 'sts') throw refuse("Credential should be scoped to correct service: 'sts'.");
  if (rules.region !== undefined && authorization.region !== rules.region) {
    throw refuse('Credential should be scoped to a valid region.');
  }
  checkTime(authorization, String(request.headers['x-amz-date']), rules);
}

function checkTime(authorization: Authorization, stamp: string, rules: SignatureRules): void {
  const time = Date.parse(stamp.replace(/^(\d{4})(\d\d)(\d\dT\d\d)(\d\d)(\d\dZ)$/, '$1-$2-$3:$4:$5'));
  if (Number.isNaN(time)) throw new StsRefusal(incompleteSignature(`Date must be in ISO-8601 'basic format'.`));
  if (!stamp.startsWith(authorization.date)) throw refuse(`Date in Credential scope does not match ${stamp}`);
  const now = formatStamp(rules.clock());
  const skew = rules.clock() - time;
  const limit = rules.maxClockSkewSeconds * 1000;
  if (skew > limit) throw refuse(`Signature expired: ${stamp} is now earlier than ${now}`);
  if (-skew > limit) throw refuse(`Signature not yet current: ${stamp} is still later than ${now}`);
}

function refuse(message: string): StsRefusal {
  return new StsRefusal(signatureRefused(message));
}

function formatStamp(time: number): string {
  return new Date(time).toISOString().replace(/[-:]|\.\d+/g, '');
}

function canonicalizeHeader(value: string | string[] | undefined): string {
  return [value ?? '']
    .flat()
    .map(text => text.trim().replace(/ +/g, ' '))
    .join(',');
}

function canonicalizeQuery(query: URLSearchParams): string {
  return [...query]
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort()
    .join('&');
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    character => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

import type { Answer, RecordedRequest } from './faults.ts';
import { startRecordedServer } from './recorded-server.ts';
import type { Session } from './sessions.ts';

/** A signed or unsigned request, and by whose credentials it came. */
export interface Sighting {
  /** The role of the access key; `nobody` without a signature, `unknown` for a key that was never issued. */
  readonly roleArn: string;
  readonly accepted: boolean;
  /** The date that the caller signed, which its own clock said; undefined without a signature. */
  readonly signedAt: number | undefined;
}

/** An endpoint of AWS STS and of an S3 bucket at once that notes who signed. */
export interface Witness {
  readonly url: string;
  readonly sightings: readonly Sighting[];
  close(): Promise<void>;
}

/**
 * Starts a witness. It goes by access key id, session token and true time; whether a signature is right is what the
 * stand-in of AWS STS checks. A signature of any date is accepted, so that a caller with a wrong clock is seen at all.
 */
export async function startWitness(findSession: (accessKeyId: string) => Session | undefined): Promise<Witness> {
  const sightings: Sighting[] = [];
  const objects = new Map<string, string>();
  const server = await startRecordedServer(request => {
    const session = findSession(readAccessKeyId(request) ?? '');
    const accepted = session !== undefined && isAccepted(request, session);
    sightings.push({ roleArn: nameSigner(request, session), accepted, signedAt: readSignedAt(request) });
    const isSts = request.body.includes('Action=GetCallerIdentity');
    if (!accepted) return isSts ? refuseSts() : refuseS3();
    return isSts ? describeCaller(session) : answerS3(request, objects);
  });
  return { url: server.url, sightings, close: () => server.close() };
}

/** Signature Version 4 in a header or in the query, and Version 2. */
function readAccessKeyId({ headers, query }: RecordedRequest): string | undefined {
  const header = /(?:Credential=|^AWS )(\w+)[/:]/.exec(headers.authorization ?? '')?.[1];
  return header ?? /^\w+/.exec(query.get('X-Amz-Credential') ?? '')?.[0];
}

function isAccepted({ headers, query }: RecordedRequest, session: Session): boolean {
  const token = headers['x-amz-security-token'] ?? query.get('X-Amz-Security-Token');
  return token === session.sessionToken && session.expiration.getTime() > Date.now();
}

function nameSigner(request: RecordedRequest, session: Session | undefined): string {
  return session?.roleArn ?? (readAccessKeyId(request) === undefined ? 'nobody' : 'unknown');
}

function readSignedAt(request: RecordedRequest): number | undefined {
  if (readAccessKeyId(request) === undefined) return undefined;
  const stamp = String(request.headers['x-amz-date'] ?? request.query.get('X-Amz-Date') ?? request.headers.date);
  return Date.parse(stamp.replace(/^(\d{4})(\d\d)(\d\dT\d\d)(\d\d)(\d\dZ)$/, '$1-$2-$3:$4:$5'));
}

function describeCaller({ assumedRoleArn, assumedRoleId, accountId }: Session): Answer {
  const result = `<Arn>${assumedRoleArn}</Arn><UserId>${assumedRoleId}</UserId><Account>${accountId}</Account>`;
  const body = `<GetCallerIdentityResult>${result}</GetCallerIdentityResult>`;
  const namespace = 'https://sts.amazonaws.com/doc/2011-06-15/';
  return xml(200, `<GetCallerIdentityResponse xmlns="${namespace}">${body}</GetCallerIdentityResponse>`);
}

function refuseSts(): Answer {
  const error = '<Type>Sender</Type><Code>ExpiredToken</Code><Message>The security token is not accepted</Message>';
  return xml(403, `<ErrorResponse><Error>${error}</Error></ErrorResponse>`);
}

function refuseS3(): Answer {
  return xml(403, '<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>');
}

/** As much of S3 as listing buckets, Terraform's backend and a new backup repository need. */
function answerS3({ method, path, query, body }: RecordedRequest, objects: Map<string, string>): Answer {
  if (path === '/') return xml(200, '<ListAllMyBucketsResult><Buckets></Buckets></ListAllMyBucketsResult>');
  if (query.has('location')) return xml(200, '<LocationConstraint>eu-west-1</LocationConstraint>');
  if (query.has('list-type')) return xml(200, '<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>');
  if (method === 'PUT') objects.set(path, body);
  if (method === 'PUT' || path.split('/').filter(Boolean).length === 1)
    return { status: 200, headers: { etag: '"0"' } };
  if (method === 'DELETE') return { status: 204 };
  const found = objects.get(path);
  if (found !== undefined) return { status: 200, headers: { etag: '"0"' }, body: found };
  return method === 'HEAD' ? { status: 404 } : xml(404, '<Error><Code>NoSuchKey</Code></Error>');
}

function xml(status: number, body: string): Answer {
  return { status, headers: { 'content-type': 'application/xml' }, body };
}

import type { Answer, RecordedRequest } from './faults.ts';
import { startRecordedServer, type RecordedServer, type ServerOptions } from './recorded-server.ts';
import type { Session } from './sessions.ts';

const rolesPath = '/latest/meta-data/iam/security-credentials';

/**
 * Starts a stand-in for EC2's instance metadata service that hands out a role's credentials, with a session token of
 * IMDSv2 or without one:
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-metadata-security-credentials.html.
 */
export function startInstanceMetadata(session: Session, options: ServerOptions = {}): Promise<RecordedServer> {
  const tokens = new Set<string>();
  return startRecordedServer(request => answerMetadata(request, session, tokens), options);
}

/**
 * Starts a stand-in for the credentials of an ECS or EKS container: any path answers with the role's credentials.
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
 */
export function startContainerCredentials(session: Session, options: ServerOptions = {}): Promise<RecordedServer> {
  return startRecordedServer(() => json({ RoleArn: session.roleArn, ...describeKeys(session) }), options);
}

function answerMetadata({ method, path, headers }: RecordedRequest, session: Session, tokens: Set<string>): Answer {
  if (path === '/latest/api/token') return method === 'PUT' ? issueToken(tokens) : text(405, '');
  const token = headers['x-aws-ec2-metadata-token'];
  if (token !== undefined && !tokens.has(String(token))) return text(401, '');
  switch (path.replace(/\/$/, '')) {
    case rolesPath:
      return text(200, nameRole(session));
    case `${rolesPath}/${nameRole(session)}`:
      return json({ Code: 'Success', LastUpdated: stamp(Date.now()), Type: 'AWS-HMAC', ...describeKeys(session) });
    case '/latest/meta-data/placement/region':
      return text(200, 'eu-west-1');
    case '/latest/meta-data/placement/availability-zone':
      return text(200, 'eu-west-1a');
    case '/latest/dynamic/instance-identity/document':
      return json({ region: 'eu-west-1', instanceId: 'i-0123456789abcdef0', accountId: session.accountId });
    default:
      return text(404, '');
  }
}

function issueToken(tokens: Set<string>): Answer {
  const token = `token-${tokens.size}==`;
  tokens.add(token);
  return { status: 200, headers: { 'x-aws-ec2-metadata-token-ttl-seconds': '21600' }, body: token };
}

function nameRole({ roleArn }: Session): string {
  return roleArn.slice(roleArn.lastIndexOf('/') + 1);
}

function describeKeys({ accessKeyId, secretAccessKey, sessionToken, expiration }: Session) {
  const keys = { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey, Token: sessionToken };
  return { ...keys, Expiration: stamp(expiration.getTime()) };
}

function stamp(time: number): string {
  return new Date(time).toISOString().replace(/\.\d+Z$/, 'Z');
}

function text(status: number, body: string): Answer {
  return { status, headers: { 'content-type': 'text/plain' }, body };
}

function json(value: unknown): Answer {
  return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(value) };
}

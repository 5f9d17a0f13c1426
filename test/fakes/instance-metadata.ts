import { startRecordedServer, type RecordedServer } from './recorded-server.ts';
import type { Session } from './sessions.ts';

const token = 'metadata-session-token';
const path = '/latest/meta-data/iam/security-credentials/';

/**
 * Starts EC2's metadata service, version 2, of a machine with a role of its own.
 *
 * @see https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html
 */
export function startInstanceMetadata(session: Session): Promise<RecordedServer> {
  return startRecordedServer(({ method, url, headers }) => {
    if (method === 'PUT' && url === '/latest/api/token') {
      return { status: 200, headers: { 'x-aws-ec2-metadata-token-ttl-seconds': '21600' }, body: token };
    }
    if (headers['x-aws-ec2-metadata-token'] !== token) return { status: 401, body: '' };
    if (url === path) return { status: 200, body: 'machine' };
    if (url === `${path}machine`) return { status: 200, body: describeKeys(session) };
    return { status: 404, body: '' };
  });
}

function describeKeys({ accessKeyId, secretAccessKey, sessionToken, expiration }: Session): string {
  const keys = { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey, Token: sessionToken };
  const times = { LastUpdated: new Date().toISOString(), Expiration: expiration.toISOString() };
  return JSON.stringify({ Code: 'Success', Type: 'AWS-HMAC', ...keys, ...times });
}

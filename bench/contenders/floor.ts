// The floor: a Node script that does only the same two HTTPS POSTs with node:https, and prints what came of it.
import { request } from 'node:https';

function post(url: string, headers: Readonly<Record<string, string>>, body: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { method: 'POST', headers: { ...headers, 'content-length': Buffer.byteLength(body) } };
    const outgoing = request(url, options, incoming => {
      let text = '';
      incoming.setEncoding('utf8');
      incoming.on('data', (chunk: string) => (text += chunk));
      incoming.on('end', () => {
        resolve(text);
      });
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

const { TOKEN_URL = '', JOB_TOKEN = '', STS_URL = '', ROLE_ARN = '' } = process.env;

async function main(): Promise<void> {
  const headers = { authorization: `Bearer ${JOB_TOKEN}`, 'content-type': 'application/json' };
  const { oidcToken } = JSON.parse(await post(TOKEN_URL, headers, '')) as { oidcToken: string };
  const form = new URLSearchParams({
    Action: 'AssumeRoleWithWebIdentity',
    Version: '2011-06-15',
    RoleArn: ROLE_ARN,
    RoleSessionName: 'floor',
    WebIdentityToken: oidcToken,
  });
  const type = 'application/x-www-form-urlencoded';
  const xml = await post(STS_URL, { 'content-type': type }, form.toString());
  for (const name of ['AccessKeyId', 'SecretAccessKey', 'SessionToken', 'Expiration']) {
    process.stdout.write(`${name}=${new RegExp(`<${name}>([^<]+)<`).exec(xml)?.[1] ?? ''}\n`);
  }
}

void main();

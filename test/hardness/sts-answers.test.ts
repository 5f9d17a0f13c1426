import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { openSts } from '../../src/aws/sts.ts';
import { WifError } from '../../src/errors.ts';
import { Secret } from '../../src/secret.ts';
import { judgeSession, type Session } from '../../src/session/credentials.ts';
import { goodAnswer, hop, keys, sessionArn } from './good-answer.ts';

const good = goodAnswer();
const idToken = new Secret('id-token-canary-Kf0Zq4Vw9rTe2XnLp6Bc');
const arn = `<Arn>${sessionArn}</Arn>`;
const key = `<AccessKeyId>${keys.AccessKeyId}</AccessKeyId>`;
const secret = `<SecretAccessKey>${keys.SecretAccessKey}</SecretAccessKey>`;
const other = 'arn:aws:sts::222222222222:assumed-role/admin/x';

function put(before: string, xml = good): string {
  return before + xml;
}

function swap(part: string, by: string): string {
  assert.ok(good.includes(part), part);
  return good.replace(part, () => by);
}

/** Entities that stand for ever more of themselves. */
const laughs = Array.from({ length: 9 }, (_, index) => `<!ENTITY a${index + 1} "${`&a${index};`.repeat(10)}">`).join(
  '',
);

/** What is not taken, whatever is in it. */
const refused: Readonly<Record<string, string>> = {
  'an entity of its own': put('<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "x">]>', swap(keys.AccessKeyId, '&a;')),
  'entities upon entities': put(
    `<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a0 "lol">${laughs}]>`,
    swap(keys.AccessKeyId, '&a9;'),
  ),
  'an entity from elsewhere': put(
    '<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
    swap(keys.AccessKeyId, '&a;'),
  ),
  'a parameter entity': put('<?xml version="1.0"?><!DOCTYPE r [<!ENTITY % a SYSTEM "http://127.0.0.1:1/x"> %a;]>'),
  'a document type in small letters': put('<?xml version="1.0"?><!doctype r>'),
  'a document type from elsewhere': put('<?xml version="1.0"?><!DOCTYPE r SYSTEM "http://127.0.0.1:1/x.dtd">'),
  'a document type behind a comment': put('<?xml version="1.0"?><!-- x --><!DOCTYPE r>'),
  'a document type inside': swap('<Credentials>', '<!DOCTYPE r><Credentials>'),
  'an entity that nobody declared': swap(keys.AccessKeyId, '&unknown;&unknown;&unknown;&unknown;'),
  'a null character by number': swap(keys.SecretAccessKey, `${keys.SecretAccessKey}&#0;`),
  'a line break by number': swap(keys.SecretAccessKey, `${keys.SecretAccessKey}&#10;##vso[task.complete]`),
  'a character by a number that is none': swap(keys.SecretAccessKey, `${keys.SecretAccessKey}&#x110000;`),
  'two bytes for each character': Buffer.from(good, 'utf16le').toString('latin1'),
  'letters beyond ASCII in a key': swap(keys.SessionToken, `${keys.SessionToken}ä`),
  'a blank in a key': swap(keys.SecretAccessKey, `${keys.SecretAccessKey} x`),
  'a key with an element in it': swap(keys.SecretAccessKey, '<a>secret-canary-secret-canary</a>'),
  'a key twice': swap(key, `${key}${key}`),
  'a secret twice': swap(secret, `${secret}${secret}`),
  'credentials twice': good.replace(/<Credentials>.*<\/Credentials>/, '$&$&'),
  'another name for its parts': good.replaceAll('Credentials>', 'credentials>'),
  'no result': '<AssumeRoleWithWebIdentityResponse/>',
  'another result': good.replaceAll('AssumeRoleWithWebIdentity', 'GetCallerIdentity'),
  'an error with 200': '<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>',
  'an end before its time': good.slice(0, good.indexOf('</SessionToken>')),
  'elements without an end': '<AssumeRole>'.repeat(50_000),
  'nothing but elements': `<AssumeRole>${'<a/>'.repeat(200_000)}</AssumeRole>`,
  'elements called like parts of every object': swap(key, '<__proto__><AccessKeyId>x</AccessKeyId></__proto__>'),
  'a date that is none': good.replace('2030-01-01T00:00:00Z', '2030-13-45T00:00:00Z'),
  'a date beyond all dates': good.replace('2030-01-01T00:00:00Z', '999999-01-01T00:00:00Z'),
  'no date': good.replace('2030-01-01T00:00:00Z', ''),
  ...Object.fromEntries(
    ['AccessKeyId', 'SecretAccessKey', 'SessionToken', 'Expiration', 'Credentials', 'AssumedRoleUser', 'Arn'].flatMap(
      name => [
        [`no ${name}`, good.replace(new RegExp(`<${name}>.*</${name}>`), '')],
        [`an empty ${name}`, good.replace(new RegExp(`<${name}>.*</${name}>`), `<${name}/>`)],
      ],
    ),
  ),
};

/** The same session, written as XML may be written. */
const taken: Readonly<Record<string, string>> = {
  'as it is': good,
  'a declaration and blanks': put('\n<?xml version="1.0" encoding="UTF-8"?>\n', good),
  'text that is marked as such': swap(keys.SessionToken, `<![CDATA[${keys.SessionToken}]]>`),
  'characters by number': swap(
    keys.SecretAccessKey,
    Array.from(keys.SecretAccessKey)
      .map(letter => `&#${letter.charCodeAt(0)};`)
      .join(''),
  ),
};

const opened = { hostMs: 0, sinceBootMs: 0 };

function ask(body: string): Promise<Session> {
  const http = { send: () => Promise.resolve({ status: 200, headers: {}, body }) };
  const sts = openSts({ endpoint: new URL('https://sts.eu-west-1.amazonaws.com'), region: 'eu-west-1', http });
  return sts.assumeRoleWithWebIdentity(hop, idToken).then(answer => judgeSession(answer, hop, opened));
}

async function findFailure(body: string): Promise<WifError> {
  const given: unknown = await ask(body).catch((thrown: unknown) => thrown);
  assert.ok(given instanceof WifError, inspect(given));
  return given;
}

describe('hardness/sts-answers', () => {
  for (const [name, body] of Object.entries(refused)) {
    it(`refuses ${name}, quickly, and shows nothing of it`, async () => {
      const began = performance.now();
      const error = await findFailure(body);
      assert.ok(performance.now() - began < 3000, `took ${performance.now() - began} ms`);
      assert.match(error.code, /^Sts(?:AnswerUnreadable|AccessDenied|IdentityMismatch)$/);
      assert.doesNotMatch(
        `${inspect(error, { depth: 9, showHidden: true })} ${JSON.stringify(error)}`,
        /canary|root:/i,
      );
    });
  }

  for (const [name, body] of Object.entries(taken)) {
    it(`takes ${name}`, async () => {
      const { assumedRoleArn, credentials } = await ask(body);
      assert.equal(assumedRoleArn, sessionArn);
      const { accessKeyId, secretAccessKey, sessionToken } = credentials;
      assert.deepEqual(
        [accessKeyId, secretAccessKey, sessionToken].map(value => value.reveal()),
        Object.values(keys),
      );
    });
  }

  for (const [name, by] of Object.entries({
    'another ARN': `<Arn>${other}</Arn>`,
    'another ARN before the right one': `<Arn>${other}</Arn>${arn}`,
    'another ARN behind the right one': `${arn}<Arn>${other}</Arn>`,
    'an ARN with more behind it': `<Arn>${sessionArn}/x</Arn>`,
    'an ARN with a blank behind it': `<Arn>${sessionArn}\u00a0</Arn>`,
    'an ARN that looks alike': `<Arn>${sessionArn.replace('deploy', 'dеploy')}</Arn>`,
  })) {
    it(`refuses ${name}`, async () => {
      const { code } = await findFailure(swap(arn, by));
      assert.match(code, /^Sts(?:IdentityMismatch|AnswerUnreadable)$/);
    });
  }
});

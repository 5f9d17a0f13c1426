import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createPrivateKey } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request as requestHttps } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { WifError } from '../../src/errors.ts';
import {
  buildTlsOptions,
  readTlsSettings,
  type TlsFiles,
  type TlsRead,
  type TlsSettings,
  type TlsUse,
} from '../../src/host/tls.ts';
import { Secret } from '../../src/secret.ts';
import { createAuthority, type Authority, type Leaf } from '../fakes/certificates.ts';
import { startRecordedServer, type RecordedServer } from '../fakes/recorded-server.ts';
import { writeProgram, type ChildProgram } from '../harness/child-program.ts';

/** Prints the status of an answer, or why there is none. */
const getSource = `
  import { request } from 'node:https';
  import { buildTlsOptions } from './src/host/tls.ts';
  const [url, use] = process.argv.slice(2);
  const tls = buildTlsOptions({ ca: [], clientCertificate: undefined }, JSON.parse(use));
  request(url, { agent: false, ...tls }, response => console.log(response.statusCode))
    .on('error', error => console.log(error.code)).end();
`;

const noFiles: TlsFiles = {
  'Agent.CAInfo': undefined,
  'Agent.ClientCert': undefined,
  'Agent.ClientCertKey': undefined,
  NODE_EXTRA_CA_CERTS: undefined,
  clientCertPassword: undefined,
};

describe('tls', () => {
  let authority: Authority;
  let other: Authority;
  let own: Leaf;
  let stranger: Leaf;
  let disk: Readonly<Record<string, string>>;

  before(async () => {
    authority = await createAuthority();
    other = await createAuthority('Other Authority');
    own = await authority.issue({ hosts: ['agent'], clientAuth: true });
    stranger = await other.issue({ hosts: ['stranger'], clientAuth: true });
    disk = {
      '/ca': authority.pem,
      '/bundle': `# two\n${authority.pem}\ntext between\n${other.pem}\n`,
      '/crlf': authority.pem.replaceAll('\n', '\r\n'),
      '/cert': own.certificate,
      '/key': own.key,
      '/locked': createPrivateKey(own.key)
        .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'right' })
        .toString(),
      '/stranger': stranger.key,
      '/empty': '',
      '/garbage': 'hidden',
      '/broken': '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n',
      '/cut': authority.pem.slice(0, 200),
    };
  });

  function readFile(path: string): string {
    const text = disk[path];
    if (text === undefined) throw new Error(`ENOENT: no such file or directory, open '${path}'`);
    return text;
  }

  function read(files: Partial<TlsFiles>): TlsRead {
    return readTlsSettings({ ...noFiles, ...files }, readFile);
  }

  describe('settings', () => {
    const right = new Secret('right');
    const accepted: { files: Partial<TlsFiles>; ca: number; client: boolean }[] = [
      { files: {}, ca: 0, client: false },
      { files: { 'Agent.CAInfo': '', 'Agent.ClientCert': '', NODE_EXTRA_CA_CERTS: '' }, ca: 0, client: false },
      { files: { 'Agent.CAInfo': '/ca' }, ca: 1, client: false },
      { files: { NODE_EXTRA_CA_CERTS: '/ca' }, ca: 1, client: false },
      { files: { 'Agent.CAInfo': '/ca', NODE_EXTRA_CA_CERTS: '/ca' }, ca: 1, client: false },
      { files: { 'Agent.CAInfo': '/ca', NODE_EXTRA_CA_CERTS: '/bundle' }, ca: 2, client: false },
      { files: { 'Agent.CAInfo': '/crlf' }, ca: 1, client: false },
      { files: { 'Agent.ClientCert': '/cert', 'Agent.ClientCertKey': '/key' }, ca: 0, client: true },
      {
        files: { 'Agent.ClientCert': '/cert', 'Agent.ClientCertKey': '/locked', clientCertPassword: right },
        ca: 0,
        client: true,
      },
      { files: { 'Agent.ClientCertKey': '/key' }, ca: 0, client: false },
    ];
    for (const { files, ca, client } of accepted) {
      it(`${JSON.stringify(files)} give ${ca} authorities and ${client ? 'a' : 'no'} client certificate`, () => {
        const settings = read(files);
        assert.equal(settings.ca.length, ca);
        const extra = files.NODE_EXTRA_CA_CERTS ?? '';
        assert.deepEqual(settings.loaded, extra === '' ? [] : read({ 'Agent.CAInfo': extra }).ca);
        assert.equal(settings.clientCertificate !== undefined, client);
      });
    }

    const refused: { files: Partial<TlsFiles>; says: RegExp }[] = [
      { files: { 'Agent.CAInfo': '/none' }, says: /Agent\.CAInfo names \/none, which cannot be read \(ENOENT/ },
      { files: { NODE_EXTRA_CA_CERTS: '/none' }, says: /NODE_EXTRA_CA_CERTS names \/none, which cannot be read/ },
      { files: { 'Agent.CAInfo': '/empty' }, says: /Agent\.CAInfo names \/empty, which contains no certificate/ },
      { files: { 'Agent.CAInfo': '/garbage' }, says: /Agent\.CAInfo names \/garbage, which contains no certificate/ },
      { files: { 'Agent.CAInfo': '/key' }, says: /Agent\.CAInfo names \/key, which contains no certificate/ },
      { files: { 'Agent.CAInfo': '/cut' }, says: /Agent\.CAInfo names \/cut, which contains no certificate/ },
      { files: { 'Agent.CAInfo': '/broken' }, says: /\/broken, which contains a certificate that cannot be decoded/ },
      { files: { 'Agent.ClientCert': '/none', 'Agent.ClientCertKey': '/key' }, says: /Agent\.ClientCert names \/none/ },
      { files: { 'Agent.ClientCert': '/cert' }, says: /no key: Agent\.ClientCertKey is not set/ },
      {
        files: { 'Agent.ClientCert': '/cert', 'Agent.ClientCertKey': '/none' },
        says: /Agent\.ClientCertKey names \/none/,
      },
      {
        files: { 'Agent.ClientCert': '/cert', 'Agent.ClientCertKey': '/garbage' },
        says: /\/garbage, which does not match/,
      },
      {
        files: { 'Agent.ClientCert': '/cert', 'Agent.ClientCertKey': '/stranger' },
        says: /\/stranger, which does not match/,
      },
      {
        files: { 'Agent.ClientCert': '/cert', 'Agent.ClientCertKey': '/locked' },
        says: /\/locked, which does not match/,
      },
      {
        files: {
          'Agent.ClientCert': '/cert',
          'Agent.ClientCertKey': '/locked',
          clientCertPassword: new Secret('hidden'),
        },
        says: /\/locked, which does not match the certificate in \/cert or its password/,
      },
    ];
    for (const { files, says } of refused) {
      it(`${JSON.stringify(files)} are refused by variable and path`, () => {
        assert.throws(
          () => read(files),
          (error: unknown) => {
            assert.ok(error instanceof WifError);
            assert.equal(error.code, 'CertificateFileInvalid');
            assert.match(error.message, says);
            assert.doesNotMatch(error.message, /hidden|PRIVATE KEY/);
            return true;
          },
        );
      });
    }

    it('print without the key and its password', () => {
      const files = { 'Agent.ClientCert': '/cert', 'Agent.ClientCertKey': '/locked', clientCertPassword: right };
      const settings = read(files);
      assert.doesNotMatch(inspect(settings, { depth: 9 }) + JSON.stringify(settings), /right|PRIVATE KEY/);
    });
  });

  describe('options', () => {
    const quiet = (): void => undefined;
    let server: RecordedServer;
    let strict: RecordedServer;
    let kept: string | undefined;

    before(async () => {
      const tls = await authority.issue({ hosts: ['127.0.0.1'] });
      server = await startRecordedServer(() => ({ status: 200, body: 'answer' }), { tls });
      strict = await startRecordedServer(
        ({ clientCertificate }) => ({ status: 200, body: clientCertificate ?? 'none' }),
        {
          tls: { ...tls, clientAuthority: authority.pem },
        },
      );
    });
    after(async () => {
      await server.close();
      await strict.close();
    });
    beforeEach(() => {
      kept = process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
      process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
      process.on('warning', quiet);
    });
    afterEach(() => {
      if (kept === undefined) Reflect.deleteProperty(process.env, 'NODE_TLS_REJECT_UNAUTHORIZED');
      else process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = kept;
      process.off('warning', quiet);
    });

    function get(url: string, settings: TlsSettings, use?: TlsUse): Promise<string> {
      return new Promise((resolve, reject) => {
        const outgoing = requestHttps(url, { agent: false, ...buildTlsOptions(settings, use) }, incoming => {
          incoming.setEncoding('utf8').on('data', resolve);
        });
        outgoing.on('error', reject).end();
      });
    }

    const trusting = (): TlsSettings => read({ 'Agent.CAInfo': '/ca' });
    const rows: {
      name: string;
      settings: () => TlsSettings;
      use?: TlsUse;
      loaded?: () => readonly string[];
      refused?: RegExp;
    }[] = [
      { name: 'the authority of the agent', settings: trusting },
      { name: 'the authority of the agent, pinned', settings: trusting, use: { pinned: true } },
      { name: 'the authority of the agent, and others loaded', settings: trusting, loaded: () => [other.pem] },
      {
        name: 'an authority that was said to be loaded, and is not',
        settings: trusting,
        loaded: () => trusting().ca,
        refused: /unable to verify/,
      },
      {
        name: 'an authority that was said to be loaded, pinned',
        settings: trusting,
        loaded: () => trusting().ca,
        use: { pinned: true },
      },
      { name: 'a bundle', settings: () => read({ NODE_EXTRA_CA_CERTS: '/bundle' }) },
      { name: 'no check asked for', settings: () => read({}), use: { skipCertValidation: true } },
      { name: 'no authority', settings: () => read({}), refused: /unable to verify/ },
      { name: 'no authority, pinned', settings: () => read({}), use: { pinned: true }, refused: /unable to verify/ },
      {
        name: 'no check not asked for',
        settings: () => read({}),
        use: { skipCertValidation: false },
        refused: /unable to verify/,
      },
      {
        name: 'another authority',
        settings: () => ({ ca: [other.pem], clientCertificate: undefined }),
        refused: /unable to verify/,
      },
    ];
    for (const { name, settings, use, loaded, refused } of rows) {
      it(`with NODE_TLS_REJECT_UNAUTHORIZED=0 and ${name}: ${refused ? 'refused' : 'accepted'}`, async () => {
        const answer = get(server.url, settings(), { ...use, loaded: loaded?.() });
        if (refused) await assert.rejects(answer, refused);
        else assert.equal(await answer, 'answer');
      });
    }

    it('always say whether certificates are checked, and the lowest version', () => {
      const { rejectUnauthorized, minVersion } = buildTlsOptions(trusting());
      assert.deepEqual({ rejectUnauthorized, minVersion }, { rejectUnauthorized: true, minVersion: 'TLSv1.2' });
      assert.equal(buildTlsOptions(trusting(), { skipCertValidation: true }).rejectUnauthorized, false);
    });

    it('show the client certificate', async () => {
      const files = {
        'Agent.CAInfo': '/ca',
        'Agent.ClientCert': '/cert',
        'Agent.ClientCertKey': '/locked',
        clientCertPassword: new Secret('right'),
      };
      assert.equal(await get(strict.url, read(files)), 'agent');
    });

    it('show none where there is none', async () => {
      await assert.rejects(get(strict.url, trusting()));
    });

    describe('in a process that is told of the authority', () => {
      let folder: string;
      let program: ChildProgram;
      before(async () => {
        folder = await mkdtemp(join(tmpdir(), 'tls-test-'));
        await writeFile(join(folder, 'ca.pem'), authority.pem);
        program = writeProgram(folder, getSource);
      });
      after(() => rm(folder, { recursive: true }));

      /** Node reads such variables once, when it starts. */
      function getInChild(environment: Readonly<Record<string, string>>, use: TlsUse): Promise<string> {
        const args = [...program.execArgv, program.path, server.url, JSON.stringify(use)];
        const child = spawn(process.execPath, args, {
          env: { PATH: process.env['PATH'], ...environment },
          stdio: ['ignore', 'pipe', 'ignore'],
        });
        return new Promise((resolve, reject) => {
          let text = '';
          child.stdout.setEncoding('utf8').on('data', (part: string) => (text += part));
          child.on('error', reject).on('close', () => {
            resolve(text.trim());
          });
        });
      }

      const ways: Readonly<Record<string, (file: string) => Readonly<Record<string, string>>>> = {
        NODE_EXTRA_CA_CERTS: file => ({ NODE_EXTRA_CA_CERTS: file }),
        'NODE_OPTIONS and SSL_CERT_FILE': file => ({ NODE_OPTIONS: '--use-openssl-ca', SSL_CERT_FILE: file }),
      };
      for (const [name, tell] of Object.entries(ways)) {
        it(`by ${name}: it counts`, async () => {
          assert.equal(await getInChild(tell(join(folder, 'ca.pem')), {}), '200');
        });

        it(`by ${name}: it does not count where the settings are pinned`, async () => {
          const refused = await getInChild(tell(join(folder, 'ca.pem')), { pinned: true });
          assert.equal(refused, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE');
        });
      }

      it('by nothing: it is refused, pinned or not', async () => {
        const refused = [await getInChild({}, {}), await getInChild({}, { pinned: true })];
        assert.deepEqual(refused, ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE']);
      });
    });
  });
});

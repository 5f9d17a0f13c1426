import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readJobEnvironment } from '../../src/azure-devops/job-environment.ts';
import { judgeNodeTrust } from '../../src/azure-devops/node-trust.ts';

type Values = Readonly<Record<string, string>>;

/** The same values as variables of the job, and as the agent's machine has them. */
const ofJob = (values: Values) =>
  judgeNodeTrust(
    readJobEnvironment({ ...values, VSTS_PUBLIC_VARIABLES: JSON.stringify(Object.keys(values)) }, 'linux'),
  );
const ofMachine = (values: Values) => judgeNodeTrust(readJobEnvironment(values, 'linux'));

const authorities: readonly Values[] = [
  { NODE_EXTRA_CA_CERTS: '/checkout/ca.pem' },
  { NODE_USE_SYSTEM_CA: '1' },
  { SSL_CERT_FILE: '/checkout/ca.pem' },
  { SSL_CERT_DIR: '/checkout' },
  ...[
    '--use-openssl-ca',
    '--use_openssl_ca',
    '"--use-openssl-ca"',
    '--use-\\openssl-ca',
    '--use-system-ca',
    '--no-use-bundled-ca',
  ]
    .flatMap(one => [one, `--max-old-space-size=8192 ${one}`, `${one} --no-warnings`])
    .map(one => ({ NODE_OPTIONS: one })),
];

const others: readonly Values[] = [
  { NODE_USE_ENV_PROXY: '1' },
  { OPENSSL_CONF: '/checkout/openssl.cnf' },
  { OPENSSL_MODULES: '/checkout' },
  ...[
    '-r ./x.js',
    '--require ./x.js',
    '--require=./x.js',
    '--import=./x.mjs',
    '--loader x',
    '--experimental-loader=x',
    '--openssl-config=x',
    '--openssl-shared-config',
    '--openssl-legacy-provider',
    '--tls-keylog=x',
    '--tls-min-v1.0',
    '--use-env-proxy',
    '--experimental-config-file=x',
  ].map(one => ({ NODE_OPTIONS: one })),
];

const harmless: readonly Values[] = [
  { NODE_VERSION: '20.x', NODE_ENV: 'production', NODE_AUTH_TOKEN: 'x', NODE_PATH: '/x' },
  { NODE_OPTIONS: '--max-old-space-size=8192' },
  { NODE_OPTIONS: '--no-warnings --stack-trace-limit=50 --dns-result-order=ipv4first --require-module' },
  { NODE_EXTRA_CA_CERTS: '', NODE_USE_SYSTEM_CA: '' },
];

describe('azure-devops/node-trust', () => {
  for (const values of authorities) {
    it(`${JSON.stringify(values)} of the job is named, and trusted for nothing`, () => {
      assert.deepEqual(ofJob(values), { tried: Object.keys(values), pinned: true, usesSystemStore: false });
    });
  }

  for (const values of others) {
    it(`${JSON.stringify(values)} of the job is named`, () => {
      assert.deepEqual(ofJob(values), { tried: Object.keys(values), pinned: false, usesSystemStore: false });
    });
  }

  for (const values of harmless) {
    it(`${JSON.stringify(values)} is worth no word`, () => {
      assert.deepEqual(ofJob(values), { tried: [], pinned: false, usesSystemStore: false });
    });
  }

  it("the agent's machine may say all of it", () => {
    for (const values of [...authorities, ...others])
      assert.deepEqual([ofMachine(values).tried, ofMachine(values).pinned], [[], false]);
    assert.ok(ofMachine({ NODE_USE_SYSTEM_CA: '1' }).usesSystemStore);
    assert.ok(ofMachine({ NODE_OPTIONS: '--use-system-ca' }).usesSystemStore);
  });

  it("a file of the job does not become part of the system's store that the machine asks for", () => {
    const posed = {
      NODE_USE_SYSTEM_CA: '1',
      SSL_CERT_FILE: '/checkout/ca.pem',
      VSTS_PUBLIC_VARIABLES: '["SSL_CERT_FILE"]',
    };
    assert.deepEqual(ofMachine(posed), { tried: ['SSL_CERT_FILE'], pinned: true, usesSystemStore: false });
  });

  const nodes = [
    { name: 'Node 20', path: process.execPath },
    { name: 'Node 24', path: process.env['NODE24'] },
  ];
  for (const { name, path } of nodes) {
    it(`knows every switch of ${name} about authorities, OpenSSL, TLS, proxies and preloading`, function () {
      if (path === undefined) {
        console.log('*** SKIPPED: no Node 24 here; name its binary in the environment variable NODE24 ***');
        this.skip();
      }
      const help = spawnSync(path, ['--help'], { encoding: 'utf8' }).stdout;
      const switches = help.match(/^ {2}(?:-\w, )?--[^\n]*(?:\n {20,}[^\n]*)*/gm) ?? [];
      assert.ok(switches.length > 80, help);
      const about = switches.filter(one =>
        /\bCA\b|openssl|\btls\b|proxy settings|preload|custom\s+loader|FIPS|--inspect|heapsnapshot|diagnostic\s+report/i.test(
          one,
        ),
      );
      const listed = about.flatMap(one => one.match(/(?<=^ {2}|, )--?[\w.-]+/gm) ?? []);
      assert.ok(listed.length > 10, about.join('\n'));
      const unknown = listed.filter(one => ofJob({ NODE_OPTIONS: `${one}=x` }).tried.length === 0);
      assert.deepEqual(unknown, []);
    });
  }
});

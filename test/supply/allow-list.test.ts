import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  checkSupply,
  findForbidden,
  findInstallScripts,
  findNew,
  findStale,
  readAllowed,
  readAllowList,
  type AllowList,
} from '../../scripts/package/allow-list.ts';
import { formatFinding } from '../../scripts/package/finding.ts';
import { readJson, root } from '../../scripts/package/read-package.ts';
import { buildOnce } from '../harness/build-once.ts';

const small: AllowList = {
  'task/main.js': { packages: ['q'], builtins: ['fs'], environment: ['PATH'], computed: ['src/a.ts: env[name]'] },
};

/** The small list with more in one place. */
function widen(key: keyof AllowList[string], value: string): AllowList {
  const [main] = Object.values(small);
  assert.ok(main !== undefined, 'the small list is empty');
  return { 'task/main.js': { ...main, [key]: [...main[key], value] } };
}

const widened = [
  { key: 'packages', value: 'left-pad', says: /task\/main\.js: found the package "left-pad"/ },
  { key: 'builtins', value: 'vm', says: /task\/main\.js: found the part of Node "vm"/ },
  { key: 'environment', value: 'AWS_ENDPOINT_URL', says: /found the environment variable "AWS_ENDPOINT_URL"/ },
  { key: 'computed', value: 'src/b.ts: process.env[x]', says: /found the read of the environment "src\/b\.ts: / },
] as const;

describe('supply/allow-list', () => {
  it('names what the bundles hold, and nothing besides', () => {
    const meta = join(buildOnce(), 'dist');
    assert.deepEqual([...checkSupply(meta), ...findStale(readAllowList(meta), readAllowed())].map(formatFinding), []);
  });

  it('keeps code that looks for credentials, the registry of Windows and other networks out of the task', () => {
    const rights = Object.entries(readAllowed()).filter(([name]) => name.startsWith('task/'));
    assert.ok(rights.length >= 4, `${rights.length} bundles of the task`);
    for (const [name, { packages, builtins }] of rights) {
      assert.deepEqual(
        packages.filter(one => /credential|sso|token-providers|nested-clients|node-http-handler/.test(one)),
        [],
        name,
      );
      assert.deepEqual(
        builtins.filter(one => /^(?:vm|module|worker_threads|cluster|dgram|inspector|http2|repl|v8|wasi)$/.test(one)),
        [],
        name,
      );
    }
  });

  it('lets the helper and the post-job part load no package of AWS or of the agent', () => {
    for (const name of ['credential-process', 'cleanup', 'files', 'services'].map(name => `task/${name}.js`)) {
      const { packages = ['no such bundle'] } = readAllowed()[name] ?? {};
      assert.deepEqual(
        packages.filter(one => !['hpagent', 'is-network-error', 'p-map', 'p-retry'].includes(one)),
        [],
        name,
      );
    }
  });

  for (const { key, value, says } of widened) {
    it(`refuses what is new among ${key}, and says what to do`, () => {
      const [finding, ...others] = findNew(widen(key, value), small).map(formatFinding);
      assert.deepEqual(others, []);
      assert.match(finding ?? '', says);
      assert.match(finding ?? '', /npx tsx scripts\/allow\.ts/);
    });

    it(`sees what is gone from ${key}`, () => {
      assert.equal(findStale(small, widen(key, value)).length, 1);
      assert.deepEqual(findNew(small, widen(key, value)), []);
    });
  }

  it('refuses a bundle that it does not name', () => {
    const found = { ...small, 'task/other.js': { packages: [], builtins: ['net'], environment: [], computed: [] } };
    assert.match(findNew(found, small).map(formatFinding).join(), /task\/other\.js: found the part of Node "net"/);
  });

  it('would refuse code made from text', () => {
    const planted = { name: 'task/main.js', text: 'const x=eval("1");', inputs: [] };
    assert.match(findForbidden([planted]).map(formatFinding).join(), /task\/main\.js: found .*eval.*no code made from/);
  });
});

type Lock = {
  readonly packages: Readonly<Record<string, { dev?: boolean; integrity?: string; hasInstallScript?: boolean }>>;
};

/** Packages with an installation script that a developer needs, and why it need not run. */
const unneededScripts: Readonly<Record<string, string>> = {
  'node_modules/esbuild': 'only replaces a small program by a link; the binary is a package of its own',
};

describe('supply/lock', () => {
  const lock = readJson(join(root, 'package-lock.json')) as Lock;
  const manifest = readJson(join(root, 'package.json')) as Record<string, Readonly<Record<string, string>> | undefined>;

  it('has no installation script among what ships', () => {
    assert.deepEqual(findInstallScripts(lock), []);
  });

  it('has none that a developer would have to run either', () => {
    const scripted = Object.entries(lock.packages).flatMap(([path, { hasInstallScript }]) =>
      hasInstallScript === true ? [path] : [],
    );
    assert.deepEqual(
      scripted.filter(path => !Object.hasOwn(unneededScripts, path)),
      [],
    );
  });

  it('would refuse one', () => {
    const planted = { packages: { 'node_modules/evil': { hasInstallScript: true } } };
    assert.match(findInstallScripts(planted).map(formatFinding).join(), /node_modules\/evil: found a script/);
    assert.deepEqual(findInstallScripts({ packages: { x: { hasInstallScript: true, dev: true } } }), []);
  });

  it('has the integrity of every package', () => {
    const without = Object.entries(lock.packages).filter(([path, { integrity }]) => path !== '' && !integrity);
    assert.deepEqual(without, []);
    assert.ok(Object.keys(lock.packages).length > 100, 'the lock is empty');
  });

  for (const key of ['dependencies', 'devDependencies'] as const) {
    it(`is asked for exact versions by ${key}`, () => {
      const loose = Object.entries(manifest[key] ?? {}).filter(([, range]) => !/^\d+\.\d+\.\d+$/.test(range));
      assert.deepEqual(loose, []);
    });
  }

  it('names no registry, so that an install takes the one that is configured', () => {
    assert.doesNotMatch(readFileSync(join(root, 'package-lock.json'), 'utf8'), /"resolved"/);
  });
});

import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Metafile } from 'esbuild';
import { ts } from '../scripts/package/read-syntax.ts';

/** Which file imports what: files of this project by their path from its root, all else by its name. */
type Imports = Readonly<Record<string, readonly string[]>>;

const root = dirname(dirname(fileURLToPath(import.meta.url)));

const leaves = ['errors', 'json', 'nearest', 'problem', 'secret', 'secret-forms', 'stray-characters', 'warning'].map(
  name => `src/${name}.ts`,
);
const domain = [
  'leaves',
  'identity',
  'trust',
  'session',
  'thumbprint',
  'handoff',
  'account',
  'diagnosis',
  'setup',
  'migration',
  'story',
];
const adapters = ['azure-devops', 'aws', 'host'];
const shells = ['tasks', 'cli', 'lambda'];

/** What each part may import besides itself. */
const walls: Readonly<Record<string, readonly string[]>> = {
  leaves: [],
  identity: ['leaves'],
  trust: ['leaves', 'identity'],
  session: ['leaves', 'identity'],
  thumbprint: ['leaves', 'identity', 'trust', 'account'],
  handoff: ['leaves', 'identity', 'session'],
  account: ['leaves', 'identity', 'trust'],
  diagnosis: ['leaves', 'identity', 'trust', 'session'],
  setup: ['leaves', 'identity', 'trust', 'account'],
  migration: ['leaves', 'identity', 'trust', 'account'],
  story: ['leaves', 'identity', 'session', 'handoff'],
  ...Object.fromEntries(adapters.map(adapter => [adapter, domain])),
  inputs: domain,
  ...Object.fromEntries(shells.map(shell => [shell, [...domain, ...adapters, 'inputs']])),
};

/** Packages that only these files may import. */
const soleImporters: Readonly<Record<string, readonly string[]>> = {
  'azure-pipelines-task-lib': ['src/azure-devops/agent.ts'],
  'azure-devops-node-api': ['src/azure-devops/rest-api.ts', 'src/azure-devops/rest-transport.ts'],
  '@aws-sdk/client-sts': ['src/aws/account.ts', 'src/aws/sts.ts'],
  '@aws-sdk/client-iam': ['src/aws/account.ts', 'src/aws/iam.ts'],
  '@aws-sdk/credential-providers': ['src/aws/account.ts'],
  '@smithy/node-http-handler': ['src/aws/account.ts'],
};

/** Packages that a domain file may import, and which one: they reach nothing outside and keep nothing. */
const purePackages: Readonly<Record<string, readonly string[]>> = {
  'p-map': ['src/session/open-session.ts', 'src/thumbprint/refresh.ts'],
  diff: ['src/account/difference.ts'],
  'ipaddr.js': ['src/trust/network/address-range.ts'],
};

const forbiddenBuiltins =
  /^(?:node:)?(?:fs|http|https|http2|tls|net|dgram|dns|child_process|os|process|worker_threads|cluster)(?:\/|$)/;

/** Returns the part of the product that a file belongs to. */
function partOf(file: string): string {
  if (leaves.includes(file)) return 'leaves';
  const [top = '', folder = '', ...rest] = file.split('/');
  if (top === 'tasks') return /\/inputs(?:\.ts$|\/)/.test(file) ? 'inputs' : 'tasks';
  if (top !== 'src') return top;
  return rest.length === 0 ? 'story' : folder;
}

/** Returns each import that goes through a wall, as a sentence. */
function findBreaches(imports: Imports): readonly string[] {
  return Object.entries(imports).flatMap(([file, targets]) =>
    targets.filter(target => !mayImport(file, target)).map(target => `${file} imports ${target}`),
  );
}

/** Returns the files that import each other in a circle, a line for each circle; files of their own project alone. */
function findCircles(imports: Imports): readonly string[] {
  let left = new Map(Object.entries(imports).map(([file, targets]) => [file, targets.filter(one => one in imports)]));
  for (let before = -1; before !== left.size;) {
    before = left.size;
    left = new Map([...left].filter(([, targets]) => targets.some(target => left.has(target))));
  }
  // Those that only lead to a circle are not of it.
  const inCircle = [...left.keys()].filter(file => reaches(file, file, left));
  return inCircle.map(file => `${file} is in a circle`).sort();
}

function reaches(from: string, to: string, imports: ReadonlyMap<string, readonly string[]>): boolean {
  const seen = new Set<string>();
  const queue = [...(imports.get(from) ?? [])];
  for (let file = queue.pop(); file !== undefined; file = queue.pop()) {
    if (file === to) return true;
    if (seen.has(file)) continue;
    seen.add(file);
    queue.push(...(imports.get(file) ?? []));
  }
  return false;
}

function mayImport(file: string, target: string): boolean {
  const part = partOf(file);
  if (target.startsWith('src/') || target.startsWith('tasks/')) {
    return partOf(target) === part || (walls[part]?.includes(partOf(target)) ?? false);
  }
  return domain.includes(part) ? mayDomainImport(file, target) : isSoleImporter(file, target);
}

/** A domain folder imports no package but a pure one if it is named, and no part of Node that reaches the world. */
function mayDomainImport(file: string, target: string): boolean {
  if (Object.hasOwn(purePackages, target)) return purePackages[target]?.includes(file) ?? false;
  return isBuiltin(target) && !forbiddenBuiltins.test(target);
}

function isSoleImporter(file: string, target: string): boolean {
  const name = target
    .split('/')
    .slice(0, target.startsWith('@') ? 2 : 1)
    .join('/');
  return soleImporters[name]?.includes(file) ?? true;
}

/** Returns the imports of values: what is left of them in JavaScript. */
function readMetafile(metafile: Metafile): Imports {
  return Object.fromEntries(
    Object.entries(metafile.inputs)
      .filter(([file]) => file !== '<stdin>')
      .map(([file, { imports }]) => [file, imports.map(({ path }) => path)]),
  );
}

/** Returns all imports of a file, those of types alone included. */
async function readSource(file: string): Promise<readonly string[]> {
  const { importedFiles } = ts.preProcessFile(await readFile(join(root, file), 'utf8'));
  return importedFiles.map(({ fileName }) =>
    fileName.startsWith('.') ? posix.join(posix.dirname(file), fileName) : fileName,
  );
}

async function listFiles(folder: string): Promise<readonly string[]> {
  const names = await readdir(join(root, folder), { recursive: true });
  return names.filter(name => name.endsWith('.ts')).map(name => posix.join(folder, ...name.split(/[\\/]/)));
}

function bundle(files: readonly string[]): Promise<{ metafile: Metafile }> {
  return build({
    absWorkingDir: root,
    // One program of all: a bundle of each would hold most files once more.
    stdin: { contents: files.map(file => `import './${file}';`).join('\n'), resolveDir: root },
    bundle: true,
    write: false,
    metafile: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    logLevel: 'error',
    loader: { '.tf': 'text', '.yaml': 'text' },
  });
}

/** Imports that no wall allows, one by one. */
const planted = [
  { file: 'src/errors.ts', target: 'src/identity/claims.ts' },
  { file: 'src/secret.ts', target: 'src/assume-role.ts' },
  { file: 'src/secret.ts', target: 'node:fs' },
  { file: 'src/identity/claims.ts', target: 'src/session/sts.ts' },
  { file: 'src/identity/claims.ts', target: 'src/host/http.ts' },
  { file: 'src/identity/claims.ts', target: 'node:https' },
  { file: 'src/identity/claims.ts', target: 'fs/promises' },
  { file: 'src/session/sts.ts', target: 'src/handoff/variables.ts' },
  { file: 'src/session/sts.ts', target: '@aws-sdk/client-sts' },
  { file: 'src/session/sts.ts', target: 'node:child_process' },
  { file: 'src/session/sts.ts', target: 'p-map' },
  { file: 'src/session/open-session.ts', target: 'p-retry' },
  { file: 'src/session/open-session.ts', target: 'constructor' },
  { file: 'src/trust/build.ts', target: 'src/session/sts.ts' },
  { file: 'src/thumbprint/fingerprint.ts', target: 'src/setup/plan.ts' },
  { file: 'src/thumbprint/fingerprint.ts', target: 'node:tls' },
  { file: 'src/handoff/variables.ts', target: 'src/trust/build.ts' },
  { file: 'src/handoff/variables.ts', target: 'azure-pipelines-task-lib/task' },
  { file: 'src/handoff/variables.ts', target: 'node:os' },
  { file: 'src/setup/plan.ts', target: 'src/migration/plan.ts' },
  { file: 'src/setup/plan.ts', target: 'src/session/sts.ts' },
  { file: 'src/migration/plan.ts', target: 'src/setup/plan.ts' },
  { file: 'src/account/change.ts', target: 'src/setup/plan.ts' },
  { file: 'src/diagnosis/diagnose.ts', target: 'src/account/change.ts' },
  { file: 'src/migration/plan.ts', target: 'src/handoff/variables.ts' },
  { file: 'src/assume-role.ts', target: 'src/aws/sts.ts' },
  { file: 'src/assume-role.ts', target: 'src/diagnosis/diagnose.ts' },
  { file: 'src/assume-role.ts', target: 'p-retry' },
  { file: 'src/assume-role.ts', target: 'p-map' },
  { file: 'src/aws/sts.ts', target: 'src/host/http.ts' },
  { file: 'src/aws/sts.ts', target: 'azure-devops-node-api/TaskApi' },
  { file: 'src/host/http.ts', target: 'src/azure-devops/agent.ts' },
  { file: 'src/host/http.ts', target: 'azure-pipelines-task-lib' },
  { file: 'src/azure-devops/token-endpoint.ts', target: 'azure-pipelines-task-lib/task' },
  { file: 'src/azure-devops/agent.ts', target: 'src/host/http.ts' },
  { file: 'src/azure-devops/agent.ts', target: 'tasks/AWSAssumeRoleWIF/AWSAssumeRoleWIFV1/inputs.ts' },
  { file: 'src/azure-devops/agent.ts', target: '@aws-sdk/client-sts' },
  { file: 'src/host/http.ts', target: 'src/cli/main.ts' },
  { file: 'src/cli/main.ts', target: 'src/lambda/refresh-thumbprints.ts' },
  { file: 'src/unheard-of/a.ts', target: 'src/errors.ts' },
  { file: 'tasks/AWSAssumeRoleWIF/AWSAssumeRoleWIFV1/inputs.ts', target: 'src/azure-devops/agent.ts' },
  { file: 'tasks/AWSAssumeRoleWIF/AWSAssumeRoleWIFV1/inputs/role.ts', target: 'src/host/http.ts' },
  { file: 'tasks/AWSAssumeRoleWIF/AWSAssumeRoleWIFV1/main.ts', target: 'azure-pipelines-task-lib/task' },
];

const allowed = [
  { file: 'src/errors.ts', target: 'src/secret.ts' },
  { file: 'src/identity/claims.ts', target: 'src/secret.ts' },
  { file: 'src/identity/claims.ts', target: 'src/identity/issuer.ts' },
  { file: 'src/identity/claims.ts', target: 'node:buffer' },
  { file: 'src/session/sts.ts', target: 'src/identity/claims.ts' },
  { file: 'src/session/open-session.ts', target: 'p-map' },
  { file: 'src/trust/build.ts', target: 'src/identity/issuer.ts' },
  { file: 'src/migration/plan.ts', target: 'src/account/change.ts' },
  { file: 'src/assume-role.ts', target: 'src/handoff/variables.ts' },
  { file: 'src/azure-devops/agent.ts', target: 'azure-pipelines-task-lib/task' },
  { file: 'src/aws/sts.ts', target: '@aws-sdk/client-sts' },
  { file: 'src/aws/sts.ts', target: 'src/session/sts.ts' },
  { file: 'src/host/http.ts', target: 'node:https' },
  { file: 'src/host/retry.ts', target: 'p-retry' },
  { file: 'src/cli/main.ts', target: 'src/aws/account.ts' },
  { file: 'tasks/AWSAssumeRoleWIF/AWSAssumeRoleWIFV1/main.ts', target: 'src/azure-devops/agent.ts' },
];

/** A metafile as esbuild writes it, with one import. */
function metafileOf(file: string, target: string): Metafile {
  const imported = { path: target, kind: 'import-statement', external: !target.startsWith('src/') } as const;
  return { inputs: { [file]: { bytes: 1, imports: [imported] } }, outputs: {} };
}

describe('walls', () => {
  describe('hold', () => {
    let files: readonly string[] = [];
    let values: Imports = {};

    before(async () => {
      files = [...(await listFiles('src')), ...(await listFiles('tasks'))];
      values = readMetafile((await bundle(files)).metafile);
    });

    it('over every file', () => {
      assert.ok(files.includes('src/assume-role.ts') && files.some(file => file.startsWith('tasks/')));
      for (const file of files) assert.ok(Object.hasOwn(values, file), `${file} was not read`);
      for (const leaf of leaves) assert.ok(files.includes(leaf), `${leaf} is gone`);
    });

    it('for imports of values', () => {
      assert.deepEqual(findBreaches(values), []);
    });

    it('for imports of types too', async () => {
      const entries = await Promise.all(files.map(async file => [file, await readSource(file)] as const));
      assert.deepEqual(findBreaches(Object.fromEntries(entries)), []);
    });

    it('and in no circle, types counted', async () => {
      const entries = await Promise.all(files.map(async file => [file, await readSource(file)] as const));
      assert.deepEqual(findCircles(Object.fromEntries(entries)), []);
    });

    it('with at most twenty files in a folder', () => {
      const folders = new Map<string, number>();
      for (const file of files) folders.set(dirname(file), (folders.get(dirname(file)) ?? 0) + 1);
      assert.deepEqual(
        [...folders].filter(([, count]) => count > 20),
        [],
      );
    });

    it('with as many files for each command as CONTRIBUTING.md says, to the next ten', async () => {
      const guide = await readFile(join(root, 'CONTRIBUTING.md'), 'utf8');
      const [line = ''] = /^Files that a command imports.*$/m.exec(guide) ?? [];
      const named = [...line.matchAll(/`([\w/-]+\.ts)` (\d+)/g)].map(([, path = '', count = '']) => ({ path, count }));
      const graph = new Map(Object.entries(values));
      const counted = named.map(({ path }) => {
        const reached = files.filter(file => file.startsWith('src/') && (file === path || reaches(path, file, graph)));
        return { path, count: String(Math.ceil(reached.length / 10) * 10) };
      });
      assert.deepEqual(named, counted);
      const commands = values['src/cli/commands.ts'] ?? [];
      for (const { path } of named) assert.ok(commands.includes(path), `${path} is no command`);
      for (const writes of ['setup/command', 'migrate/dual-trust', 'thumbprints/command'])
        assert.ok(
          named.some(({ path }) => path === `src/cli/${writes}.ts`),
          `${writes} is not counted`,
        );
    });

    for (const [name, named] of Object.entries(soleImporters)) {
      it(`so that nobody but ${named.join(', ')} imports ${name}`, () => {
        const importers = files.filter(file => values[file]?.some(target => `${target}/`.startsWith(`${name}/`)));
        assert.deepEqual([...importers].sort(), [...named].sort());
      });
    }
  });

  describe('would be seen to break', () => {
    for (const { file, target } of planted) {
      it(`where ${file} imports ${target}`, () => {
        assert.deepEqual(findBreaches(readMetafile(metafileOf(file, target))), [`${file} imports ${target}`]);
      });
    }
  });

  it('would see a circle, and not what leads to one', () => {
    const imports = { 'a.ts': ['b.ts'], 'b.ts': ['c.ts', 'node:fs'], 'c.ts': ['b.ts'], 'd.ts': [] };
    assert.deepEqual(findCircles(imports), ['b.ts is in a circle', 'c.ts is in a circle']);
  });

  describe('let through', () => {
    for (const { file, target } of allowed) {
      it(`${target} in ${file}`, () => {
        assert.deepEqual(findBreaches(readMetafile(metafileOf(file, target))), []);
      });
    }
  });
});

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseDocument } from 'yaml';
import { root } from '../../scripts/package/read-package.ts';
import { makeScratchFolder } from '../harness/scratch-folder.ts';

type Json = Readonly<Record<string, unknown>>;

function readYaml(path: string): { readonly text: string; readonly value: Json } {
  const text = readFileSync(join(root, path), 'utf8');
  const document = parseDocument(text);
  assert.deepEqual([...document.errors, ...document.warnings].map(String), [], path);
  return { text, value: document.toJS() as Json };
}

/** Every object in a value, the value itself included. */
function listObjects(value: unknown): readonly Json[] {
  if (typeof value !== 'object' || value === null) return [];
  const inner = Object.values(value).flatMap(listObjects);
  return Array.isArray(value) ? inner : [value as Json, ...inner];
}

/** Every text in a value, keys aside. */
function listTexts(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(listTexts) : [];
}

function textsOf(objects: readonly Json[], ...keys: readonly string[]): readonly string[] {
  return objects.flatMap(one => keys.flatMap(key => (typeof one[key] === 'string' ? [one[key]] : [])));
}

const workflows = readdirSync(join(root, '.github/workflows')).map(name => `.github/workflows/${name}`);
const files = ['azure-pipelines.yml', ...workflows];

/** Names and hashes of all files of a folder, one that somebody added or hid included. */
const sumUp = 'find . -type f -print0 | LC_ALL=C sort --zero-terminated | xargs --null sha256sum | base64 --wrap=0';

/** The publishing steps of the three places, each with what may run beside it. */
const azure = readYaml('azure-pipelines.yml').value;
const github = readYaml('.github/workflows/release.yml').value as Json & {
  readonly jobs: Readonly<Record<string, Json>>;
};
const azureStages = azure['stages'] as readonly Json[];
const publish = azureStages.find(({ stage }) => stage === 'publish') ?? {};
const publishing = [
  { name: 'the marketplace', job: publish },
  { name: 'npm', job: github.jobs['npm'] ?? {} },
  { name: 'the files', job: github.jobs['files'] ?? {} },
];

describe('release/workflows', () => {
  for (const path of files) {
    const { text, value } = readYaml(path);
    const objects = listObjects(value);

    it(`${path} refers to no stored secret`, () => {
      assert.doesNotMatch(text, /secrets\.|secrets\[|inherit|NODE_AUTH_TOKEN|NPM_TOKEN|_authToken|\bPAT\b|password/i);
      assert.deepEqual(
        textsOf(objects, 'group', 'secureFile').filter(one => !one.startsWith('ci-')),
        [],
      );
    });

    it(`${path} pins every action by a whole commit, with its version beside it`, () => {
      const used = [...text.matchAll(/^\s*(?:- )?uses: (.*)$/gm)].map(([, one = '']) => one);
      assert.equal(used.length, textsOf(objects, 'uses').length);
      for (const one of used) assert.match(one, /^[\w.-]+\/[\w.-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
    });

    it(`${path} installs by the lock, and runs nobody's scripts`, () => {
      const installs = listTexts(value).filter(one => /\bnpm (?:ci|i|install|exec)\b|\bnpx\b/.test(one));
      for (const one of installs) assert.match(one, /^npm ci --ignore-scripts /);
      assert.ok(installs.length > 0, 'nothing is installed');
    });

    it(`${path} puts no expression into a script`, () => {
      const scripts = textsOf(objects, 'run', 'bash', 'script', 'inlineScript');
      assert.ok(scripts.length > 1, `${scripts.length} scripts`);
      for (const one of scripts) assert.doesNotMatch(one, /\$\{\{|\$\((?!\()[A-Z]\w+\.|\$\[/);
    });

    it(`${path} has scripts that a shell can read`, function () {
      if (spawnSync('bash', ['--version']).status !== 0) {
        console.log('*** SKIPPED: bash is not on PATH, so the scripts of the workflows are not parsed');
        this.skip();
      }
      for (const input of textsOf(objects, 'run', 'bash', 'inlineScript')) {
        const { status, stderr } = spawnSync('bash', ['-n'], { input, encoding: 'utf8' });
        assert.equal(status, 0, `${input}\n${stderr}`);
      }
    });
  }

  for (const { name, job } of publishing) {
    const objects = listObjects(job);

    it(`what publishes to ${name} checks out nothing`, () => {
      assert.deepEqual(
        textsOf(objects, 'uses').filter(one => one.startsWith('actions/checkout@')),
        [],
      );
      assert.deepEqual(
        textsOf(objects, 'checkout').filter(one => one !== 'none'),
        [],
      );
    });

    it(`what publishes to ${name} compares the files with checksums that did not come with them, first of all`, () => {
      const scripts = textsOf(objects, 'run', 'bash', 'inlineScript');
      assert.equal(scripts[0]?.trim(), `sums=$(${sumUp})\ntest "$sums" = "$SUMS"`);
      assert.match(listTexts(job).join('\n'), /needs\.build\.outputs\.sums|stageDependencies\.build\.build\.outputs/);
    });

    it(`what publishes to ${name} waits for an approval`, () => {
      assert.equal(textsOf(objects, 'environment').length, 1);
    });
  }

  it('what publishes installs the packager alone, as the lock of this repository has it', () => {
    const readJson = (path: string) => JSON.parse(readFileSync(join(root, path), 'utf8')) as Json;
    const wanted = readJson('scripts/release/publisher/package.json');
    const own = readJson('package.json')['devDependencies'] as Json;
    assert.deepEqual(wanted['dependencies'], { 'tfx-cli': own['tfx-cli'] });
    assert.equal(wanted['scripts'] ?? wanted['devDependencies'], undefined);
    const [published, locked] = ['scripts/release/publisher/package-lock.json', 'package-lock.json'].map(path => {
      const packages = readJson(path)['packages'] as Readonly<Record<string, Json>>;
      return new Map(
        Object.entries(packages).map(([name, one]) => [name, `${String(one['version'])} ${String(one['integrity'])}`]),
      );
    });
    const strange = [...(published ?? [])].filter(([name, one]) => name !== '' && locked?.get(name) !== one);
    assert.deepEqual(strange, []);
    const build = listTexts(azureStages.find(({ stage }) => stage === 'build')).join('\n');
    const copies = [...build.matchAll(/\bcp (.*) dist\/release$/gm)].map(([, files]) => files);
    assert.deepEqual(copies, ['scripts/release/publisher/package.json scripts/release/publisher/package-lock.json']);
  });

  it('takes the checksums of a build by the very same command', () => {
    for (const build of [azureStages.find(({ stage }) => stage === 'build'), github.jobs['build']])
      assert.ok(
        textsOf(listObjects(build), 'run', 'bash').some(one => one.includes(`sums=$(${sumUp})`)),
        'another command',
      );
  });

  describe('compares so that', () => {
    const tampered: readonly (readonly [string, (folder: string) => void])[] = [
      [
        'a changed file is seen',
        folder => {
          writeFileSync(join(folder, 'a.vsix'), 'other');
        },
      ],
      [
        'a file too many is seen',
        folder => {
          writeFileSync(join(folder, 'b.vsix'), 'b');
        },
      ],
      [
        'a hidden file is seen',
        folder => {
          writeFileSync(join(folder, '.npmrc'), 'registry=x');
        },
      ],
      [
        'a missing file is seen',
        folder => {
          rmSync(join(folder, 'a.vsix'));
        },
      ],
    ];
    const run = (folder: string, script: string, env: NodeJS.ProcessEnv = {}) =>
      spawnSync('bash', ['-e', '-o', 'pipefail', '-c', script], {
        cwd: folder,
        encoding: 'utf8',
        env: { PATH: process.env['PATH'], ...env },
      });
    const compare = textsOf(listObjects(publish), 'bash')[0] ?? '';
    let folder = '';
    let sums = '';

    beforeEach(function () {
      if (process.platform !== 'linux') {
        console.log('*** SKIPPED: the publishing jobs run on Linux; their comparison was not tried here');
        this.skip();
      }
      folder = makeScratchFolder('sums');
      writeFileSync(join(folder, 'a.vsix'), 'a');
      sums = run(folder, sumUp).stdout;
    });

    it('the files as they were built pass', () => {
      assert.equal(run(folder, compare, { SUMS: sums }).status, 0);
    });

    it('no checksums at all do not', () => {
      assert.notEqual(run(folder, compare).status, 0);
    });

    for (const [what, tamper] of tampered) {
      it(what, () => {
        tamper(folder);
        assert.notEqual(run(folder, compare, { SUMS: sums }).status, 0);
      });
    }
  });

  it('publishes from tags only', () => {
    assert.deepEqual(github['on'], { push: { tags: ['v*'] } });
    for (const name of ['npm', 'files'])
      assert.equal(github.jobs[name]?.['if'], "github.ref_type == 'tag' && github.ref_protected", name);
    for (const stage of azureStages.filter(one => one['stage'] !== 'test'))
      assert.equal(
        stage['condition'],
        "and(succeeded(), startsWith(variables['Build.SourceBranch'], 'refs/tags/v'))",
        String(stage['stage']),
      );
  });

  it('gives each job of GitHub the rights that it needs, and none by default', () => {
    assert.deepEqual(github['permissions'], {});
    const rights = Object.entries(github.jobs).map(([name, { permissions }]) => [name, permissions]);
    assert.deepEqual(Object.fromEntries(rights), {
      build: { contents: 'read' },
      npm: { 'id-token': 'write' },
      files: { contents: 'write' },
    });
    assert.deepEqual(readYaml('.github/workflows/ci.yml').value['permissions'], { contents: 'read' });
  });

  it('lets the right to publish meet no code of the repository', () => {
    for (const name of ['npm', 'files']) {
      const scripts = textsOf(listObjects(github.jobs[name]), 'run').join('\n');
      assert.doesNotMatch(scripts, /npm (?:ci|run|test)|node |npx/);
    }
    const azureScripts = textsOf(listObjects(publish), 'bash', 'inlineScript').join('\n');
    assert.doesNotMatch(azureScripts, /npm (?:run|test)|npx|scripts\//);
  });

  it('publishes to npm with provenance, to the marketplace with a token of this run', () => {
    assert.match(listTexts(github.jobs['npm']).join('\n'), /npm publish .*\.tgz" --provenance /);
    const [cli, ...others] = listObjects(publish).filter(one => one['task'] === 'AzureCLI@2');
    assert.equal(others.length, 0);
    const script = listTexts(cli).join('\n');
    assert.match(script, /az account get-access-token --resource 499b84ac-1321-427f-aa17-267ca6975798/);
    assert.match(script, /task\.setsecret\]\$token"\n.*extension publish [^]*--token "\$token"/);
  });

  it('runs the suite on three systems with both Nodes', () => {
    const ci = readYaml('.github/workflows/ci.yml').value as { jobs: { test: { strategy: { matrix: Json } } } };
    const systems = ['ubuntu-latest', 'windows-latest', 'macos-latest'];
    assert.deepEqual(ci.jobs.test.strategy.matrix, { system: systems, node: [20, 24] });
    const [test] = azureStages.flatMap(({ jobs }) => jobs as readonly { strategy?: { matrix?: Json } }[]);
    const cells = Object.values(test?.strategy?.matrix ?? {}) as readonly { image: string; node: string }[];
    const wanted = systems.flatMap(image => ['20.x', '24.x'].map(node => `${image} ${node}`));
    assert.deepEqual(cells.map(({ image, node }) => `${image.toLowerCase()} ${node}`).sort(), wanted.sort());
  });
});

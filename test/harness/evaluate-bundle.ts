import { EventEmitter } from 'node:events';
import { readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { compileFunction } from 'node:vm';

type Environment = Readonly<Record<string, string>>;
type Entry = (
  exports: object,
  require: NodeJS.Require,
  module: object,
  process: object,
  filename: string,
  dirname: string,
  global: object,
) => void;

/** A process as a bundle sees it: pipes for outputs, nobody at the terminal, its own environment. */
export class PretendedProcess extends EventEmitter {
  readonly argv: readonly string[];
  readonly env: Environment;
  readonly outputs = { stdout: '', stderr: '' };
  readonly stdin = { isTTY: false };
  readonly stdout = this.openPipe('stdout');
  readonly stderr = this.openPipe('stderr');
  noDeprecation = false;
  exitCode: number | undefined;

  constructor(argv: readonly string[], env: Environment) {
    super();
    this.argv = argv;
    this.env = env;
  }

  private openPipe(name: 'stdout' | 'stderr') {
    const write = (text: string) => {
      this.outputs[name] += text;
      return true;
    };
    return Object.assign(new EventEmitter(), { isTTY: false, write });
  }
}

const entries = new Map<string, Entry>();
const parameters = ['exports', 'require', 'module', 'process', '__filename', '__dirname', 'global'];

/** What was read of a path, as long as the file there is the same. */
const read = new Map<string, { readonly stamp: string; readonly entry: Entry }>();

/** Compiles a built bundle once, wherever copies of it are. */
export function compileBundle(file: string): Entry {
  const { ino, size, mtimeMs } = statSync(file);
  const stamp = `${ino} ${size} ${mtimeMs}`;
  const known = read.get(file);
  if (known?.stamp === stamp) return known.entry;
  const code = readFileSync(file, 'utf8').replace(/^#!.*/, '');
  const entry = entries.get(code) ?? (compileFunction(code, parameters, { filename: file }) as Entry);
  entries.set(code, entry);
  read.set(file, { stamp, entry });
  return entry;
}

/** Returns a process of which all that the pretended one has not is this one's. */
export function pretend(pretended: object): object {
  return new Proxy(pretended, { get: (own, name): unknown => Reflect.get(name in own ? own : process, name) });
}

/**
 * Evaluates a built bundle in this process, and returns what it exports. Each call evaluates it again, so that no run sees
 * what another one kept.
 */
export function evaluateBundle(file: string, pretended: PretendedProcess): unknown {
  return evaluateFiles(file, { own: pretended, global });
}

/** What files see that are evaluated in this process. */
interface Surroundings {
  readonly own: object;
  readonly global: object;
  /** Returns what stands in the place of a part of Node. */
  readonly replace?: (name: string) => unknown;
}

/** Evaluates a file, and those beside it that it requires, each once; returns what it exports. */
export function evaluateFiles(main: string, { own, global, replace = () => undefined }: Surroundings): unknown {
  const seen = pretend(own);
  const loaded = new Map<string, { exports: object }>();
  const load = (path: string): unknown => {
    const known = loaded.get(path);
    if (known !== undefined) return known.exports;
    const module = { exports: {} };
    loaded.set(path, module);
    const ofNode = createRequire(path);
    const find = (name: string): unknown =>
      name.startsWith('./') ? load(join(dirname(path), name)) : (replace(name) ?? ofNode(name));
    compileBundle(path)(module.exports, find as NodeJS.Require, module, seen, path, dirname(path), global);
    return module.exports;
  };
  return load(main);
}

import { EventEmitter } from 'node:events';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { compileFunction } from 'node:vm';

type Environment = Readonly<Record<string, string>>;
type Entry = (exports: object, require: NodeJS.Require, module: object, process: object) => void;

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

function compileBundle(file: string): Entry {
  const code = readFileSync(file, 'utf8').replace(/^#!.*/, '');
  return compileFunction(code, ['exports', 'require', 'module', 'process'], { filename: file }) as Entry;
}

/**
 * Evaluates a built bundle in this process, and returns what it exports. Node compiles it once; each call evaluates it anew,
 * so that no run sees what another one kept. All of the process that the pretended one has not is this one's.
 */
export function evaluateBundle(file: string, pretended: PretendedProcess): unknown {
  const entry = entries.get(file) ?? compileBundle(file);
  entries.set(file, entry);
  const seen = new Proxy(pretended, {
    get: (own, name): unknown => Reflect.get(name in own ? own : process, name),
  });
  const module = { exports: {} };
  entry(module.exports, createRequire(file), module, seen);
  return module.exports;
}

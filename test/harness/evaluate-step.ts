import { EventEmitter } from 'node:events';
import fs from 'node:fs';
import { evaluateFiles } from './evaluate-bundle.ts';
import { createLineSplitter } from './line-splitter.ts';
import type { ProcessOutcome, ProcessRequest, StreamName } from './process.ts';

type Request = Pick<ProcessRequest, 'file' | 'args' | 'cwd' | 'environment' | 'stop' | 'onLine'>;

/** What a program came to that was evaluated. */
export interface Evaluated {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What Node, the loader of programs or the C library reads for itself when a process starts. */
const readAtStart = /^(?:NODE_|SSL_CERT_|OPENSSL_|LD_|FAKETIME|TZ$|LANG$|LC_)/i;

/** Returns whether a program with this environment finds in this process what it would find in one of its own. */
export function canEvaluate(environment: Readonly<Record<string, string>>): boolean {
  return process.platform !== 'win32' && !Object.keys(environment).some(name => readAtStart.test(name));
}

/** A process as a step sees its own: two pipes that end in lines, its own environment, and an end that it chooses. */
class StepProcess extends EventEmitter {
  readonly argv: readonly string[];
  readonly execPath: string;
  readonly env: Record<string, string>;
  readonly cwd: () => string;
  readonly stdout;
  readonly stderr;
  exitCode: number | undefined;
  readonly outcome: Promise<ProcessOutcome>;
  readonly printed = { stdout: '', stderr: '' };
  readonly #own = new EventEmitter();
  #hasEnded = false;

  constructor({ file, args, cwd, environment, onLine }: Request) {
    super();
    this.argv = [file, ...args];
    this.execPath = file;
    this.env = { ...environment };
    this.cwd = () => cwd;
    this.stdout = this.#openPipe('stdout', onLine);
    this.stderr = this.#openPipe('stderr', onLine);
    this.outcome = new Promise((resolve, reject) => {
      this.#own.once('ended', resolve).once('failed', reject);
    });
  }

  readonly fail = (reason: Error): void => {
    this.#own.emit('failed', reason);
  };

  readonly exit = (code?: number): void => {
    this.#own.emit('flush');
    this.#hasEnded = true;
    this.#own.emit('ended', { exitCode: code ?? this.exitCode ?? 0, signal: undefined } satisfies ProcessOutcome);
  };

  #openPipe(name: StreamName, onLine: Request['onLine']) {
    const splitter = createLineSplitter();
    const emit = (lines: readonly string[]) => {
      if (!this.#hasEnded) for (const line of lines) onLine(line, name);
    };
    this.#own.on('flush', () => {
      emit(splitter.end());
    });
    const write = (chunk: string | Uint8Array, then?: () => void): boolean => {
      if (!this.#hasEnded) this.printed[name] += Buffer.from(chunk).toString();
      emit(splitter.push(Buffer.from(chunk)));
      if (then !== undefined) setImmediate(then);
      return true;
    };
    return { write };
  }
}

/** Node's files, but what is written to stdout and stderr by their numbers goes to the process's own. */
function writeToPipes({ stdout, stderr }: StepProcess): typeof fs {
  const writeSync = (file: number, bytes: Buffer): number => {
    if (file !== 1 && file !== 2) return fs.writeSync(file, bytes);
    (file === 1 ? stdout : stderr).write(bytes);
    return bytes.length;
  };
  return { ...fs, writeSync: writeSync as typeof fs.writeSync };
}

/** Loads a program and the files beside it, each once for this process, with `process` and `global` of its own. */
function loadProgram(main: string, own: StepProcess): void {
  const files = writeToPipes(own);
  const global = Object.create(globalThis) as object;
  evaluateFiles(main, { own, global, replace: name => (/^(?:node:)?fs$/.test(name) ? files : undefined) });
}

/**
 * Runs a program of Node in this process, which takes a fifth of the time of one of its own: for what it decides. How it
 * starts, is stopped, and ends is for a process of its own: one that is evaluated ends where it calls `process.exit`, and a
 * program that never does where all of it was evaluated (`endsAtOnce`).
 */
export function evaluateProcess(request: Request, endsAtOnce: boolean): Promise<ProcessOutcome> {
  const own = new StepProcess(request);
  request.stop.addEventListener('abort', () => {
    own.fail(new Error('A step that is stopped needs a process of its own: start the job with isEvaluated: false.'));
  });
  loadProgram(request.args[0] ?? '', own);
  if (endsAtOnce) own.exit();
  return own.outcome;
}

/**
 * Evaluates a program as `evaluateProcess` does, and returns all that it printed. It ends by `process.exit`, or where all
 * of it was evaluated (`endsAtOnce`).
 */
export async function evaluateProgram(
  [file = '', ...args]: readonly string[],
  environment: Readonly<Record<string, string>>,
  endsAtOnce = false,
): Promise<Evaluated> {
  const stop = new AbortController().signal;
  const own = new StepProcess({ file, args, cwd: process.cwd(), environment, stop, onLine: () => undefined });
  loadProgram(args[0] ?? '', own);
  if (endsAtOnce) own.exit();
  const { exitCode } = await own.outcome;
  return { exitCode, ...own.printed };
}

import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { makeScratchFolder } from '../harness/scratch-folder.ts';

type Environment = Readonly<Record<string, string>>;

/** How a client ended, undefined if it was killed, and what it printed. */
export interface Ended {
  readonly exitCode: number | undefined;
  readonly output: string;
}

interface Interpreter {
  /** Writes a line, and returns the next one of the interpreter; undefined if it has ended. */
  readonly ask: (line: string) => Promise<string | undefined>;
  readonly kill: () => void;
  /** Ends it where it has nothing to do. */
  readonly end: () => void;
}

const interpreters = new Map<string, Interpreter>();

/** What the loader of programs reads, and libfaketime: it has to be there when an interpreter starts. */
const readAtStart = /^(?:PATH$|LD_|FAKETIME|NO_FAKE_)/;

/**
 * Runs a client in a fork of the interpreter that this line starts and that has loaded it, with the environment of the
 * call. One call of a client at a time. Where the time is over, the interpreter is killed with its fork.
 */
export async function runPreloaded(
  line: readonly string[],
  args: readonly string[],
  env: Environment,
  limitMs: number,
): Promise<Ended> {
  const start = Object.fromEntries(Object.entries(env).filter(([name]) => readAtStart.test(name)));
  const key = JSON.stringify([line, start]);
  const interpreter = interpreters.get(key) ?? open(line, start);
  interpreters.set(key, interpreter);
  const cwd = makeScratchFolder('cell');
  const output = join(makeScratchFolder('output'), 'output.txt');
  const timer = setTimeout(() => {
    interpreters.delete(key);
    interpreter.kill();
  }, limitMs);
  const exitCode = await interpreter.ask(JSON.stringify({ args, env, cwd, output }));
  clearTimeout(timer);
  const text = existsSync(output) ? readFileSync(output, 'utf8') : '';
  return { exitCode: exitCode === undefined ? undefined : Number(exitCode), output: text };
}

/** Ends what `runPreloaded` started. */
export function endInterpreters(): void {
  for (const { end } of interpreters.values()) end();
}

function open([command = '', ...args]: readonly string[], env: Environment): Interpreter {
  const child = spawn(command, args, { env, detached: true, stdio: ['pipe', 'pipe', 'inherit'] });
  let answer = (_line: string | undefined): void => undefined;
  const lines = createInterface({ input: child.stdout });
  lines.on('line', line => {
    answer(line);
  });
  lines.on('close', () => {
    answer(undefined);
  });
  return {
    ask: line =>
      new Promise(resolve => {
        answer = resolve;
        child.stdin.write(`${line}\n`);
      }),
    kill: () => {
      process.kill(-(child.pid ?? 0), 'SIGKILL');
    },
    end: () => {
      child.stdin.end();
    },
  };
}

import { spawn, spawnSync, type ChildProcessByStdio } from 'node:child_process';
import { Socket } from 'node:net';
import { constants } from 'node:os';
import type { Readable, Writable } from 'node:stream';

import { sendConsoleEvent } from './console-control.ts';
import { createLineSplitter } from './line-splitter.ts';
import type { AgentTimings } from './types.ts';

export type StreamName = 'stdout' | 'stderr';

export interface ProcessRequest {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly timings: Required<AgentTimings>;
  /** Aborted to stop the process. */
  readonly stop: AbortSignal;
  readonly onLine: (line: string, stream: StreamName) => void;
}

export interface ProcessOutcome {
  /** 128 plus the signal's number for a process that a signal ended, as .NET tells it. */
  readonly exitCode: number;
  readonly signal: string | undefined;
}

type Child = ChildProcessByStdio<Writable, Readable, Readable>;

export const agentTimings: Required<AgentTimings> = {
  sigintWaitMs: 7500,
  sigtermWaitMs: 2500,
  openStreamsWaitMs: 5000,
};

/**
 * Runs a process as the agent does: nothing on stdin, both outputs line by line into one listener, an end to waiting
 * for children that keep the outputs open, and the agent's sequence of signals to stop it.
 * Agent: Agent.Sdk/ProcessInvoker.cs and ProcessInvoker.MacLinux.cs.
 */
export function runProcess(request: ProcessRequest): Promise<ProcessOutcome> {
  const { file, args, cwd, environment, stop, timings } = request;
  const child = spawn(file, args, { cwd, env: { ...environment }, stdio: ['pipe', 'pipe', 'pipe'], windowsHide: true });
  child.stdin.on('error', () => undefined);
  child.stdin.end();
  const listening = listenToLines(child, request.onLine);
  const outcome = awaitEnd(child, timings.openStreamsWaitMs).finally(listening.end);
  const stopNow = () => void stopProcess(child, outcome, timings);
  stop.addEventListener('abort', stopNow, { once: true });
  if (stop.aborted) stopNow();
  outcome.catch(() => undefined);
  return outcome;
}

/** What comes after the end is read and dropped, so that a child left behind neither blocks nor breaks. */
function listenToLines(child: Child, onLine: ProcessRequest['onLine']) {
  let ended = false;
  const flushes = (['stdout', 'stderr'] as const).map(name => {
    const splitter = createLineSplitter();
    const emit = (lines: readonly string[]) => {
      if (!ended) for (const line of lines) onLine(line, name);
    };
    child[name].on('data', (chunk: Buffer) => {
      emit(splitter.push(chunk));
    });
    child[name].on('end', () => {
      emit(splitter.end());
    });
    return () => {
      if (child[name] instanceof Socket) child[name].unref();
    };
  });
  const end = () => {
    ended = true;
    child.unref();
    for (const release of flushes) release();
  };
  return { end };
}

function awaitEnd(child: Child, openStreamsWaitMs: number): Promise<ProcessOutcome> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      const outcome = { exitCode: code ?? 128 + signalNumber(signal), signal: signal ?? undefined };
      const timer = setTimeout(() => {
        killTree(child);
        resolve(outcome);
      }, openStreamsWaitMs);
      child.once('close', () => {
        clearTimeout(timer);
        resolve(outcome);
      });
    });
  });
}

function signalNumber(signal: NodeJS.Signals | null): number {
  return signal === null ? 0 : constants.signals[signal];
}

/** Agent: ProcessInvoker.cs, CancelAndKillProcessTree; the waits begin once the signal is sent. */
async function stopProcess(child: Child, outcome: Promise<unknown>, timings: Required<AgentTimings>): Promise<void> {
  await signal(child, 'SIGINT');
  if (await endsWithin(outcome, timings.sigintWaitMs)) return;
  await signal(child, 'SIGTERM');
  if (await endsWithin(outcome, timings.sigtermWaitMs)) return;
  killTree(child);
}

/** On Windows the agent sends Ctrl+C and Ctrl+Break to the step's console. */
async function signal(child: Child, name: 'SIGINT' | 'SIGTERM'): Promise<void> {
  if (process.platform !== 'win32') child.kill(name);
  else if (child.pid !== undefined) await sendConsoleEvent(child.pid, name === 'SIGINT' ? 'ctrl-c' : 'ctrl-break');
}

function endsWithin(outcome: Promise<unknown>, milliseconds: number): Promise<boolean> {
  return new Promise(resolve => {
    const timer = setTimeout(resolve, milliseconds, false);
    const ended = () => {
      clearTimeout(timer);
      resolve(true);
    };
    outcome.then(ended, ended);
  });
}

/** Named so by the agent, yet on Linux and macOS it kills this one process; its children live on to the job's end. */
function killTree(child: Child): void {
  if (process.platform === 'win32')
    spawnSync('taskkill', ['/pid', String(child.pid), '/T', '/F'], { windowsHide: true });
  else child.kill('SIGKILL');
}

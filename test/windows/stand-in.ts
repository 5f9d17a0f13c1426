import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where the stand-ins for Windows' programs are, under wine; undefined on a real Windows. */
const folder = process.env['AWS_WIF_STAND_INS'];

/** Skips a test loudly if it needs the stand-ins: it makes Windows' programs slow, or counts them. */
export function requireStandIns(context: Mocha.Context): string {
  if (folder !== undefined) return folder;
  console.log(`    *** SKIPPED: ${context.test?.title ?? ''}: it needs stand-ins for Windows' programs ***`);
  return context.skip();
}

/** Returns which of the replaced programs ran since the last call. */
export function takeCalls(standIns: string): readonly string[] {
  const log = join(standIns, 'calls.log');
  const calls = existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : [];
  rmSync(log, { force: true });
  return calls.map(call => call.split(' | ')[0] ?? '');
}

/** Makes each of the replaced programs take so long. */
export function slowDown(standIns: string, ms: number): void {
  writeFileSync(join(standIns, 'slow.txt'), String(ms));
}

/** Which uses of an open file its holder leaves to others: 1 reading, 2 writing, 4 deleting. */
export type Sharing = 0 | 1 | 3 | 7;

/** A program that opens whichever of some files is there, again and again. */
export interface Holder {
  readonly ended: Promise<unknown>;
}

/** Starts it, and waits until it has begun. */
export async function hold(
  standIns: string,
  sharing: Sharing,
  ms: number,
  ...paths: readonly string[]
): Promise<Holder> {
  const child = spawn(join(standIns, 'hold.exe'), [String(sharing), String(ms), ...paths], { windowsHide: true });
  const ended = once(child, 'exit');
  await once(child.stdout, 'data');
  return { ended };
}

/** Gives everybody a right to read a folder, as a careless step would; with Windows' own program or its stand-in. */
export async function loosen(path: string): Promise<void> {
  const child = execFile('C:\\Windows\\System32\\icacls.exe', [path, '/grant', '*S-1-1-0:R']);
  const [code] = (await once(child, 'exit')) as [number];
  if (code !== 0) throw new Error(`icacls.exe ended with ${code}`);
}

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { makeScratchFolder } from './scratch-folder.ts';

const browser = process.env['CHROMIUM'] ?? '/usr/bin/chromium';

const switches = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Returns whether there is a browser; if there is none it says loudly what is not tested. */
export function hasChromium(what: string): boolean {
  if (existsSync(browser)) return true;
  console.log(`*** SKIPPED: ${what}: there is no Chromium; CHROMIUM can name one. ***`);
  return false;
}

/** Opens a page of a file; returns its elements as they came to be. */
export async function openPage(path: string, more: readonly string[] = ['--dump-dom']): Promise<string> {
  const profile = join(makeScratchFolder('chromium'), 'profile');
  const args = [...switches, ...more, `--user-data-dir=${profile}`, pathToFileURL(path).href];
  return (await promisify(execFile)(browser, args, { timeout: 120_000, maxBuffer: 50_000_000 })).stdout;
}

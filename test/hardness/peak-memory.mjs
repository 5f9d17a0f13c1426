// Loaded into a process by NODE_OPTIONS=--import=<this file>: appends the process's peak memory, in kilobytes, to the file
// that PEAK_MEMORY names, as a line with the name of its script.
import { appendFileSync } from 'node:fs';
import { basename } from 'node:path';

process.once('exit', () => {
  const { maxRSS } = process.resourceUsage();
  appendFileSync(process.env.PEAK_MEMORY, `${basename(process.argv[1] ?? '')} ${maxRSS}\n`);
});

import { uptime } from 'node:os';
import type { Clock } from '../session/life.ts';

/**
 * The clock of this machine. The time since boot is Node's `os.uptime()`: of the machine, not of a process, so that the
 * step and the processes of later steps count from the same moment, and time asleep counts, too. libuv reads it from
 * /proc/uptime (Linux; in a container as that container sees it), from the kernel's boot time (macOS, whole seconds) and
 * from GetTickCount64 (Windows). `process.hrtime()` and `performance.now()` begin anywhere, so that no other process can
 * compare them.
 *
 * @see https://nodejs.org/api/os.html#osuptime
 * @see https://docs.libuv.org/en/v1.x/misc.html#c.uv_uptime
 */
export const hostClock: Clock = {
  now: () => ({ hostMs: Date.now(), sinceBootMs: readSinceBoot() }),
};

function readSinceBoot(): number | undefined {
  try {
    return Math.round(uptime() * 1000);
  } catch {
    // Some sandboxes hide it; then the host's clock has to do.
    return undefined;
  }
}

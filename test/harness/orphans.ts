import { readFileSync, readdirSync } from 'node:fs';

/**
 * Kills what the job's steps left running: every process with the job's VSTS_PROCESS_LOOKUP_ID in its environment.
 * Only on Linux, where /proc shows it. Agent: Agent.Worker/JobExtension.cs, FinalizeJob.
 */
export function killOrphans(lookupId: string): readonly number[] {
  if (process.platform !== 'linux') return [];
  const marker = `VSTS_PROCESS_LOOKUP_ID=${lookupId}`;
  const orphans = readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .map(Number)
    .filter(pid => pid !== process.pid && readEnvironment(pid).includes(marker));
  return orphans.filter(kill);
}

function readEnvironment(pid: number): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
  } catch {
    return [];
  }
}

function kill(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGKILL');
  } catch {
    return false;
  }
}

import { spawnSync } from 'node:child_process';
import { arch, cpus, loadavg, platform, totalmem } from 'node:os';

/** A Node to measure with. */
export interface NodeBinary {
  readonly major: number;
  readonly path: string;
  readonly version: string;
}

/** Returns the Node that runs this, and the one that NODE24 names; says so if there is none. */
export function findNodes(): readonly NodeBinary[] {
  const path = process.env['NODE24'];
  const own = describeNode(process.execPath);
  if (own.major !== 20) console.log(`*** NOT NODE 20: this is ${own.version}, and counts as what it is.`);
  if (path === undefined || path === '') {
    console.log('*** NODE 24 IS NOT MEASURED: set NODE24 to the path of one.');
    return [own];
  }
  return [own, describeNode(path)];
}

function describeNode(path: string): NodeBinary {
  const { stdout } = spawnSync(path, ['--version'], { encoding: 'utf8' });
  const [, version = '', major = ''] = /^(v(\d+)\S+)/.exec(stdout) ?? [];
  if (version === '') throw new Error('NODE24 names no Node.');
  return { major: Number(major), path, version };
}

/** Returns what the machine is, in words that do not name it. */
export function describeMachine(nodes: readonly NodeBinary[]): string {
  const processors = cpus();
  const gigabytes = Math.round(totalmem() / 2 ** 30);
  const model = processors[0]?.model.trim() ?? '';
  const named = model === '' || model === 'unknown' ? '' : ` (${model})`;
  const versions = nodes.map(({ version }) => version).join(' and ');
  const load = loadavg()[0]?.toFixed(1) ?? '?';
  return `${platform()} ${arch()}, ${processors.length} cores${named}, ${gigabytes} GiB, Node ${versions}, load average ${load} at the start`;
}

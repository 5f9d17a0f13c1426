// Loaded into the task's process by NODE_OPTIONS=--import=<this file>: writes each path that it opens or reads, each
// program that it starts and each address that it connects to, as JSON lines into the file that RECORD_READS names.
import childProcess from 'node:child_process';
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';
import { promisify } from 'node:util';

const file = process.env.RECORD_READS;
const { appendFileSync } = fs;

function record(kind, value) {
  appendFileSync(file, `${JSON.stringify({ kind, value: String(value) })}\n`);
}

function watch(owner, names, kind, describe = String) {
  for (const name of names) {
    owner[name] = wrap(owner[name], first => {
      if (first !== file) record(kind, describe(first));
    });
  }
}

/** Some functions have a form for util.promisify besides, which others rely on. */
function wrap(original, tell) {
  const wrapped = wrapPlain(original, tell);
  const promised = original[promisify.custom];
  return promised === undefined ? wrapped : Object.assign(wrapped, { [promisify.custom]: wrapPlain(promised, tell) });
}

function wrapPlain(original, tell) {
  return function (first, ...rest) {
    tell(first);
    return Reflect.apply(original, this, [first, ...rest]);
  };
}

function describeAddress(first) {
  const [options] = [first].flat();
  return `${options?.host ?? options}:${options?.port}`;
}

record('arguments', JSON.stringify([...process.execArgv, ...process.argv]));
watch(fs, ['open', 'openSync', 'readFile', 'readFileSync', 'createReadStream', 'readdir', 'readdirSync'], 'read');
watch(fs.promises, ['open', 'readFile', 'readdir', 'opendir'], 'read');
watch(childProcess, ['spawn', 'spawnSync', 'exec', 'execSync', 'execFile', 'execFileSync', 'fork'], 'program');
watch(net.Socket.prototype, ['connect'], 'connection', describeAddress);
syncBuiltinESMExports();

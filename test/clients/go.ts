import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeScratchFolder } from '../harness/scratch-folder.ts';
import { callers, listProfile, needProgram, print, type Client } from './client.ts';

const goCode = '/usr/share/gocode';
const github = join(goCode, 'src/github.com/aws');

/** Go reads the clock past libfaketime, so its own `time` is built with a shift that this variable names. */
export const goClockVariable = 'GO_CLOCK_SHIFT_SECONDS';

const withConfig = '`AWS_SHARED_CREDENTIALS_FILE`, `AWS_PROFILE`; `AWS_CONFIG_FILE` with `AWS_SDK_LOAD_CONFIG`';
const allFiles = '`AWS_CONFIG_FILE`, `AWS_SHARED_CREDENTIALS_FILE`, `AWS_PROFILE`';

export const goV1 = describeGo('SDK for Go v1', 'go-v1.go', ['aws-sdk-go', 'aws/version.go'], withConfig);
export const goV2 = describeGo('SDK for Go v2', 'go-v2.go', ['aws-sdk-go-v2', 'aws/go_module_metadata.go'], allFiles);

function describeGo(
  name: string,
  source: string,
  [library, versionFile]: readonly [string, string],
  reads: string,
): Client {
  return {
    name,
    findGap: () => needProgram('go') ?? (existsSync(join(github, library)) ? undefined : `no ${library} in ${goCode}`),
    readVersion: () => /ersion = "([^"]+)"/.exec(readFileSync(join(github, library, versionFile), 'utf8'))?.[1] ?? '',
    call: (service, profile) => ({ command: build(source), args: [service, ...listProfile(profile)] }),
    serves: ['static', 'refreshing'],
    roads: ['instance', 'container'],
    notes: {
      reads,
      needs: 'nothing',
      remedy: 'the error names the profile or the helper: look its code up in troubleshooting.md',
    },
  };
}

const built = new Map<string, string>();

/** Builds a caller once per process and without network, from the sources of Debian's packages. */
function build(source: string): string {
  const before = built.get(source);
  if (before !== undefined) return before;
  const folder = makeScratchFolder('go');
  const target = join(folder, 'caller');
  const shift = process.env['SHIFTED_GO'] === undefined ? [] : writeShiftedTime(folder);
  const env = { ...process.env, GO111MODULE: 'off', GOPATH: goCode, GOFLAGS: '' };
  const args = ['build', ...shift, '-o', target, join(callers, source)];
  const { status, stderr, error } = spawnSync('go', args, { env, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${source} was not built: ${stderr}`, { cause: error });
  built.set(source, target);
  return target;
}

/** Returns the arguments that build with a `time` whose clock can be shifted; none for a Go that is written otherwise. */
function writeShiftedTime(folder: string): readonly string[] {
  const path = join(print('go', 'env', 'GOROOT'), 'src/time/time.go');
  const text = readFileSync(path, 'utf8');
  const shifted = text
    .replace('\tsec, nsec, mono := now()\n', '\tsec, nsec, mono := now()\n\tsec += clockShift\n')
    .replace('\t_ "unsafe" // for go:linkname\n', '\t"syscall"\n\t_ "unsafe" // for go:linkname\n');
  if (!shifted.includes('sec += clockShift') || !shifted.includes('"syscall"')) return [];
  writeFileSync(join(folder, 'time.go'), shifted + readShift);
  writeFileSync(join(folder, 'overlay.json'), JSON.stringify({ Replace: { [path]: join(folder, 'time.go') } }));
  return ['-overlay', join(folder, 'overlay.json')];
}

const readShift = `
var clockShift = readClockShift()

func readClockShift() int64 {
	text, _ := syscall.Getenv("${goClockVariable}")
	sign, shift := int64(1), int64(0)
	for _, digit := range text {
		if digit == '-' {
			sign = -1
		} else {
			shift = shift*10 + int64(digit-'0')
		}
	}
	return sign * shift
}
`;

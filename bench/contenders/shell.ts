import { spawnSync } from 'node:child_process';
import { accessSync, constants, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Contender } from '../measure.ts';
import type { StandIns } from '../stand-ins.ts';
import type { Trust } from '../trust.ts';
import { describeExchange, findExchangeFault, oneExchange } from './exchange.ts';

const askToken = `#!/bin/sh
set -eu
token=$(curl --silent --show-error --fail --request POST --header "Authorization: Bearer $JOB_TOKEN" \\
  --header 'Content-Type: application/json' --header 'Content-Length: 0' "$TOKEN_URL" |
  sed 's/.*"oidcToken":"\\([^"]*\\)".*/\\1/')
`;

const curlScript = `${askToken}
curl --silent --show-error --fail "$STS_URL" --data Action=AssumeRoleWithWebIdentity --data Version=2011-06-15 \\
  --data-urlencode "RoleArn=$ROLE_ARN" --data RoleSessionName=shell --data-urlencode "WebIdentityToken=$token" |
  sed 's/></>\\n</g' | sed -n 's/^<\\(AccessKeyId\\|SecretAccessKey\\|SessionToken\\|Expiration\\)>\\([^<]*\\)<.*/\\1=\\2/p'
`;

const awsScript = `${askToken}
"$AWS_PROGRAM" sts assume-role-with-web-identity --role-arn "$ROLE_ARN" --role-session-name shell \\
  --web-identity-token "$token" --endpoint-url "$STS_URL" --region "$REGION" --output json
`;

/** Returns the shell script that needs only curl and sed. */
export function planCurl(folder: string, trust: Trust, standIns: StandIns): Contender {
  return planScript({ name: 'shell, curl and sed', file: 'curl.sh', text: curlScript }, folder, trust, standIns);
}

/** Returns the shell script with curl and the AWS CLI, undefined (and says so) where that is not installed. */
export function planAwsCli(folder: string, trust: Trust, standIns: StandIns): Contender | undefined {
  const program = findAwsCli();
  if (program === undefined) {
    console.log('*** THE AWS CLI IS NOT MEASURED: no aws on PATH.');
    return undefined;
  }
  const script = { name: 'shell, curl and AWS CLI', file: 'aws.sh', text: awsScript };
  const plan = planScript(script, folder, trust, standIns);
  return { ...plan, environment: { ...plan.environment, AWS_PROGRAM: program } };
}

interface Script {
  readonly name: string;
  readonly file: string;
  readonly text: string;
}

function planScript({ name, file, text }: Script, folder: string, trust: Trust, standIns: StandIns): Contender {
  const path = join(folder, file);
  writeFileSync(path, text);
  return {
    name,
    file: '/bin/sh',
    args: [path],
    environment: {
      PATH: process.env['PATH'] ?? '',
      ...describeExchange(standIns),
      HOME: folder,
      CURL_CA_BUNDLE: trust.file,
      AWS_CA_BUNDLE: trust.file,
      AWS_EC2_METADATA_DISABLED: 'true',
    },
    findFault: (ran, seen) => findExchangeFault(ran.stdout, ran, seen, oneExchange),
  };
}

/** Returns the program itself: a version manager's stand-in for it would take longer than the program. */
function findAwsCli(): string | undefined {
  const found = (process.env['PATH'] ?? '')
    .split(delimiter)
    .map(folder => join(folder, 'aws'))
    .find(isProgram);
  if (found?.includes('/shims/') !== true) return found;
  const { stdout } = spawnSync('pyenv', ['which', 'aws'], { encoding: 'utf8' });
  const real = stdout.trim();
  return isProgram(real) ? real : undefined;
}

/** Returns what the AWS CLI says it is: its version and that of its Python. */
export function describeAwsCli(): string | undefined {
  const program = findAwsCli();
  if (program === undefined) return undefined;
  const { stdout, stderr } = spawnSync(program, ['--version'], { encoding: 'utf8' });
  return /^(\S+ \S+)/.exec(`${stdout}${stderr}`)?.[1];
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return path !== '';
  } catch {
    return false;
  }
}

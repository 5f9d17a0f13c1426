import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { names } from '../../test/bundles/scene.ts';
import type { NodeBinary } from '../machine.ts';
import type { Contender } from '../measure.ts';
import type { StandIns } from '../stand-ins.ts';
import type { Trust } from '../trust.ts';
import { findExchangeFault } from './exchange.ts';

/** The variable that names the bundle: dist/index.js of a checkout of aws-actions/configure-aws-credentials. */
const variable = 'CONFIGURE_AWS_CREDENTIALS';

/** Returns the path of the action's bundle, undefined (and says so) if none is given. */
export function findAction(): string | undefined {
  const path = process.env[variable];
  if (path !== undefined && existsSync(path)) return path;
  console.log(`*** CONFIGURE-AWS-CREDENTIALS IS NOT MEASURED: set ${variable} to the path of its dist/index.js.`);
  return undefined;
}

/** Returns the action's version, where its package.json lies beside the bundle's folder. */
export function describeAction(bundle: string): string {
  const path = join(dirname(dirname(bundle)), 'package.json');
  if (!existsSync(path)) return 'of unknown version';
  return String((JSON.parse(readFileSync(path, 'utf8')) as { version?: unknown }).version);
}

/**
 * Returns the action as a runner of GitHub starts it. It asks for its token in GitHub's way, and after the exchange it
 * asks AWS STS who it is, on a connection of its own; that is what it does, and so it counts.
 */
export function planAction(bundle: string, folder: string, node: NodeBinary, trust: Trust, s: StandIns): Contender {
  const files = { GITHUB_ENV: join(folder, 'github-env'), GITHUB_OUTPUT: join(folder, 'github-output') };
  return {
    name: 'configure-aws-credentials',
    file: node.path,
    args: [bundle],
    environment: {
      PATH: process.env['PATH'] ?? '',
      HOME: folder,
      ...files,
      ...describeRunner(folder, s),
      ...trust.environment(node.major),
      AWS_ENDPOINT_URL_STS: s.stsUrl,
      AWS_EC2_METADATA_DISABLED: 'true',
    },
    prepare: () => {
      for (const file of Object.values(files)) writeFileSync(file, '');
      rmSync(join(folder, '.aws'), { recursive: true, force: true });
    },
    findFault: (ran, seen) =>
      findExchangeFault(readFileSync(files.GITHUB_ENV, 'utf8'), ran, seen, {
        requests: ['AssumeRoleWithWebIdentity', 'GetCallerIdentity'],
      }),
  };
}

function describeRunner(folder: string, { gitHubTokenUrl }: StandIns): Readonly<Record<string, string>> {
  return {
    CI: 'true',
    GITHUB_ACTIONS: 'true',
    GITHUB_REPOSITORY: 'contoso/infra',
    GITHUB_WORKFLOW: 'infra-main',
    GITHUB_ACTION: 'aws',
    GITHUB_ACTOR: 'contoso',
    GITHUB_REF: 'refs/heads/main',
    GITHUB_SHA: '0123456789abcdef0123456789abcdef01234567',
    GITHUB_WORKSPACE: folder,
    RUNNER_TEMP: folder,
    ACTIONS_ID_TOKEN_REQUEST_URL: gitHubTokenUrl,
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: names.jobToken,
    INPUT_AUDIENCE: 'sts.amazonaws.com',
    'INPUT_AWS-REGION': names.region,
    'INPUT_ROLE-TO-ASSUME': names.roleArn,
  };
}

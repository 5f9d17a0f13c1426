import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { copyBuilt } from '../harness/build-once.ts';
import { findLeaks } from '../harness/canaries.ts';
import type { Fault } from '../fakes/faults.ts';
import { runSituation, answerWith, type FailedRun, type Situation } from './failure-row.ts';
import { agentEnvironment, secureServers } from './secure-servers.ts';
import { names, openScene } from './scene.ts';
import { countRequests, listPublished, listSecrets, runInScene, runStep, runTask } from './task-run.ts';

const switching: Fault = {
  kind: 'raw',
  bytes: 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n',
};

/** Runs the packed task in a situation, judges it, and puts everything away. */
async function judgeSituation(situation: Situation, judge: (run: FailedRun) => void): Promise<void> {
  const run = await runSituation(situation);
  try {
    judge(run);
  } finally {
    await run.scene.close();
  }
}

function assertRefused({ step, scene }: FailedRun, code: string, requests: readonly [number, number]): void {
  assert.equal(step.result, 'Failed', step.log.join('\n'));
  const error = step.issues.find(({ type }) => type === 'error');
  assert.match(error?.message ?? '', new RegExp(`^${code}:`));
  assert.deepEqual(listPublished(step), []);
  assert.deepEqual(countRequests(scene), requests);
}

describe('bundles/core-attacks', function () {
  describe('a server that switches protocols', () => {
    it('never lets a later step act as the role of an earlier use', async () => {
      const prod = 'arn:aws:iam::111111111111:role/prod';
      const scene = await openScene();
      scene.addRole(prod);
      const { job, step } = await runTask(scene);
      assert.equal(step.result, 'Succeeded');
      scene.sts.failNext(switching, 9);
      const second = await runStep(scene, job, { inputs: { roleArn: prod, maxAttempts: '1' } });
      const later = await job.runScript({ command: process.execPath, args: ['-p', '1'] });
      assert.deepEqual([second.result, later.result], ['Failed', 'Skipped']);
      await scene.close();
    });
  });

  describe('a region variable that the pipeline has made read-only', () => {
    for (const name of ['AWS_DEFAULT_REGION']) {
      it(`${name} is left as it is where it says the same`, async () => {
        const job = { variables: { [name]: names.region }, readOnlyVariables: [name] };
        await runInScene(
          () => undefined,
          // An output variable of that name is refused by the agent whatever its value.
          { inputs: { region: '' }, job, step: { refName: '' } },
          ({ step }) => {
            assert.equal(step.result, 'Succeeded', step.log.join('\n'));
          },
        );
      });
    }
  });

  describe('a long text that holds a secret is cut between words, never within the secret', () => {
    const filler = 'word '.repeat(380);

    it('in a message of Azure DevOps', async () => {
      const token = `job-${'Tok3nOfTheJob'.repeat(190)}`;
      const scene = await openScene();
      scene.azureDevOps.jobTokens.add(token);
      scene.azureDevOps.failNext(answerWith(400, { message: `${filler}${token} was not accepted` }));
      const { step } = await runTask(scene, { job: { accessToken: token } });
      assert.equal(step.result, 'Failed');
      assert.ok(!step.rawLines.join('\n').includes(token.slice(0, 40)));
      await scene.close();
    });

    it('in the code and the message of AWS', async () => {
      const scene = await openScene();
      const token = await scene.azureDevOps.mintToken(names.connections.entra.id);
      scene.azureDevOps.bendNext({ verbatim: { oidcToken: token } });
      scene.sts.failNext({ status: 400, code: `Odd ${filler}${token}`, message: `${filler}${token}` });
      const { step } = await runTask(scene);
      assert.equal(step.result, 'Failed');
      const shown = step.rawLines.filter(line => !line.includes('task.setsecret')).join('\n');
      assert.ok(!shown.includes(token.slice(0, 60)));
      await scene.close();
    });
  });

  it('keys in an answer are protected before anything in it is judged', async () => {
    await judgeSituation(
      {
        answer: {
          kind: 'rewrite',
          rewrite: xml => {
            const key = /<SecretAccessKey>([^<]+)</.exec(xml)?.[1] ?? '';
            return xml.replace(/(<Arn>[^<]+)</, `$1/${key}<`);
          },
        },
      },
      run => {
        assertRefused(run, 'StsIdentityMismatch', [1, 1]);
        assert.deepEqual(findLeaks(run.step.rawLines, listSecrets(run.scene)), []);
      },
    );
  });

  it('the session is named after the build, whatever release variables a log line has set', async () => {
    const job = {
      variables: {
        'Build.BuildId': '4711',
        'System.JobAttempt': '1',
        'Release.DefinitionName': 'payroll-prod',
        'Release.ReleaseId': '99',
        'Release.AttemptNumber': '7',
      },
    };
    await runInScene(
      () => undefined,
      { job },
      ({ scene }) => {
        assert.equal(scene.sts.calls[0]?.parameters['RoleSessionName'], 'infra-main-4711-1');
      },
    );
  });

  describe('an ID token whose issuer does not fit its subject is not sent to AWS', () => {
    // More of them are in test/identity/check-id-token.test.ts.
    it('the Entra issuer with names', async () => {
      await judgeSituation({ bend: { claims: { sub: 'sc://contoso/Platform/aws-deploy' } } }, run => {
        assertRefused(run, 'TokenNotForConnection', [1, 0]);
      });
    });

    it('an Entra subject where the job does not say its organization', async () => {
      await judgeSituation({ variables: { 'System.CollectionId': undefined } }, run => {
        assertRefused(run, 'TokenNotForConnection', [1, 0]);
      });
    });
  });

  describe('authorities of NODE_EXTRA_CA_CERTS', () => {
    it('do not count where a variable named SECRET_NODE_EXTRA_CA_CERTS poses as a secret one', async () => {
      const { scene: options, trusting } = await secureServers(['sts']);
      const scene = await openScene(options);
      const variables = { SECRET_NODE_EXTRA_CA_CERTS: trusting['NODE_EXTRA_CA_CERTS'] ?? '' };
      const { step } = await runTask(scene, {
        inputs: { maxAttempts: '1' },
        job: { inheritedEnvironment: agentEnvironment, variables },
      });
      assert.match(step.log.join('\n'), /NetworkTls/);
      assert.deepEqual(countRequests(scene), [1, 0]);
      await scene.close();
    });

    it('do not count where a variable of the pipeline names them', async () => {
      const { scene: options, trusting } = await secureServers(['sts']);
      const scene = await openScene(options);
      const variables = { NODE_EXTRA_CA_CERTS: trusting['NODE_EXTRA_CA_CERTS'] ?? '' };
      const { step } = await runTask(scene, {
        inputs: { maxAttempts: '1' },
        job: { inheritedEnvironment: agentEnvironment, variables },
      });
      assert.equal(step.result, 'Failed');
      assert.match(step.log.join('\n'), /NODE_EXTRA_CA_CERTS is a variable of this pipeline/);
      assert.match(step.log.join('\n'), /NetworkTls/);
      assert.deepEqual(countRequests(scene), [1, 0]);
      await scene.close();
    });
  });

  it('maskAccountId comes before the inputs, with System.Debug too', async () => {
    const job = { variables: { 'System.Debug': 'true' } };
    await judgeSituation(
      { inputs: { maskAccountId: 'true', allowedAccountIds: '999999999999' }, job: () => job },
      ({ step }) => {
        for (const account of [names.accountId, '999999999999']) {
          const shown = step.rawLines.filter(line => line.includes(account));
          assert.deepEqual(shown, [`##vso[task.setsecret]${account}`]);
        }
      },
    );
  });

  const brokenUp = [
    ['arn:aws:iam::77771\u200b666\u00e95555:role/deploy', '8888-4444-3333'],
    ['arn:aws:iam::7777 8888 5555:role/deploy', '8888_4444_3333'],
    ['arn:aws:iam::88887777555:role/deploy', '88884444333'],
    ['arn:aws:iam::12:role/deploy-888877775555', '888844443333,8888-7777-5555'],
    ['arn:aws:iam::7777.8888.5555:role/deploy', '8888, 4444 - 3333'],
  ] as const;
  for (const [roleArn, allowedAccountIds] of brokenUp) {
    it(`maskAccountId hides account ids that are broken up, too: ${roleArn}, ${allowedAccountIds}`, async () => {
      await judgeSituation({ inputs: { maskAccountId: 'true', roleArn, allowedAccountIds } }, run => {
        assertRefused(run, 'InputInvalid', [0, 0]);
        // A port of the stand-ins may hold any four digits.
        const log = run.step.log.join('\n').replaceAll(/127\.0\.0\.1:\d+/g, '');
        assert.doesNotMatch(log, /7777|5555|8888|4444|3333/);
      });
    });
  }

  it('a message that is tried again is free of the job token, too', async () => {
    await runInScene(
      ({ azureDevOps }) => {
        azureDevOps.failNext(answerWith(503, { message: `the token ${names.jobToken} met a problem` }));
      },
      {},
      ({ step }) => {
        assert.equal(step.result, 'Succeeded');
        assert.match(step.log.join('\n'), /the token \*\*\* met a problem.*Trying again/);
      },
    );
  });

  const damages: readonly (readonly [name: string, content: string | undefined, shown: RegExp])[] = [
    ['is missing', undefined, /Cannot find module '\.\/step\.js'/],
    ['is cut off', '"use strict";(function(){', /SyntaxError: /],
    ['is empty', '', /TypeError: /],
    ['throws', "throw new Error('##vso[task.complete result=Succeeded;]');", /Error: /],
  ];
  for (const [name, content, shown] of damages) {
    it(`a step whose own file ${name} fails and says why, whatever NODE_OPTIONS makes of rejections`, () => {
      const folder = copyBuilt('build/AWSAssumeRoleWIF/AWSAssumeRoleWIFV1');
      const file = join(folder, 'step.js');
      if (content === undefined) rmSync(file);
      else writeFileSync(file, content);
      const env = { ...agentEnvironment, NODE_OPTIONS: '--unhandled-rejections=none' };
      const { status, stdout, stderr } = spawnSync(process.execPath, [join(folder, 'main.js')], {
        env,
        encoding: 'utf8',
      });
      assert.deepEqual([status, stdout], [1, '']);
      assert.match(stderr, /^InternalError: /);
      assert.match(stderr, shown);
      assert.doesNotMatch(stderr, /##vso\[/);
      // Node's own words would be a line of the bundle, thousands of characters long.
      assert.ok(stderr.length < 2000, stderr);
    });
  }

  it('NODE_DEBUG shows no header, with the job token or another, in the step or in the helper', async () => {
    const scene = await openScene();
    const environment = { ...agentEnvironment, NODE_DEBUG: 'http,https,tls,net' };
    const { job, step } = await runTask(scene, {
      inputs: { refreshCredentials: 'true' },
      job: { inheritedEnvironment: environment },
    });
    assert.equal(step.result, 'Succeeded', step.log.join('\n'));
    assert.deepEqual(findLeaks(step.rawLines, listSecrets(scene)), []);
    const line = /credential_process = (.*)/.exec(
      readFileSync(job.variable('AWS_SHARED_CREDENTIALS_FILE') ?? '', 'utf8'),
    );
    const state = /'?([^\s']+refresh-[0-9a-f]+)'? (\S+)$/.exec(line?.[1] ?? '');
    rmSync(`${state?.[1]?.replace('refresh-', 'cache-') ?? ''}.1`);
    const helper = spawn('sh', ['-c', line?.[1] ?? ''], { env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
    const [stdout, stderr] = await Promise.all([text(helper.stdout), text(helper.stderr)]);
    assert.match(stdout, /^\{"Version":1,/);
    assert.equal(stderr, '');
    await scene.close();
  });

  it('AWS_DEFAULT_PROFILE, which botocore prefers to AWS_PROFILE, is refused next to a profile', async () => {
    await judgeSituation({ variables: { AWS_DEFAULT_PROFILE: 'network' } }, run => {
      assertRefused(run, 'ProfileHidden', [0, 0]);
    });
  });

  it('a maskAccountId that is neither true nor false hides what it was meant to hide', async () => {
    await judgeSituation({ inputs: { maskAccountId: 'yes' } }, run => {
      assertRefused(run, 'InputInvalid', [0, 0]);
      assert.ok(!run.step.log.join('\n').includes(names.accountId));
    });
  });

  it('one request that stalls is tried again within the step', async () => {
    await runInScene(
      ({ sts }) => {
        sts.failNext({ kind: 'hang' });
      },
      { inputs: { timeoutSeconds: '40' } },
      ({ scene, step }) => {
        assert.equal(step.result, 'Succeeded', step.log.join('\n'));
        assert.deepEqual(countRequests(scene), [1, 2]);
      },
    );
  });
});

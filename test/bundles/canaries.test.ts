import assert from 'node:assert/strict';
import { redirectTo, type Fault } from '../fakes/faults.ts';
import { findLeaks } from '../harness/canaries.ts';
import { agentSecrets, agentWithSecrets, runSituation, type Situation } from './failure-row.ts';
import { unpackTask } from './packed-task.ts';
import { recordProcess } from './recorded-process.ts';
import { runAhead } from './run-ahead.ts';
import { names, type Scene } from './scene.ts';
import { listSecrets, type TaskRun } from './task-run.ts';
import { checkModes, readOpenFiles } from './temp-files.ts';

const echo: Fault = { kind: 'alter', alter: answer => ({ ...answer, status: 400, body: repeat(String(answer.body)) }) };
/** Successes, and what a service repeats of what it was sent; bundles/failures looks at all other failures in this way. */
const rows: readonly (readonly [name: string, situation: Situation])[] = [
  ['the happy path', {}],
  ['a classic release', { issuer: 'azure-devops', job: () => ({ hostType: 'release', accessTokenVariable: 'plain' }) }],
  ['an account id that is masked', { inputs: { maskAccountId: 'true' } }],
  ['a 400 that repeats job token and ID token', { azureDevOps: echo }],
  ['an error of AWS that repeats the ID token', { arrange: echoIdToken }],
  ['an ID token that is none', { bend: { verbatim: { oidcToken: `${agentSecrets.variable}.b` } } }],
  ['a redirect with the job token', { azureDevOps: redirectTo(`https://evil.example/?${names.jobToken}`) }],
];

describe('bundles/canaries', () => {
  before(() => {
    unpackTask();
  });

  const find = runAhead(rows, async ([, situation]) => {
    const recording = recordProcess();
    const run = await runSituation({
      ...situation,
      agentEnvironment: recording.environment,
      job: scene => ({ agent: agentWithSecrets, ...situation.job?.(scene) }),
    });
    try {
      checkSilence(run, [...listSecrets(run.scene), ...Object.values(agentSecrets)], recording.list('arguments'));
    } finally {
      await run.scene.close();
      recording.remove();
    }
  });

  for (const row of rows) it(`shows no secret in ${row[0]}`, () => find(row));
});

function checkSilence({ job, step }: TaskRun, hidden: readonly string[], commandLine: readonly string[]): void {
  assert.ok(step.rawLines.some(line => line.startsWith('##vso[task.debug]')));
  for (const lines of [step.rawLines, step.stdoutLines, step.stderrLines, step.log]) {
    assert.deepEqual(findLeaks(lines, hidden), []);
  }
  assert.equal(commandLine.length, 1);
  assert.deepEqual(findLeaks([...commandLine, ...step.issues.map(({ message }) => message)], hidden), []);
  checkModes(job);
  assert.deepEqual(findLeaks(readOpenFiles(job), hidden), []);
}

/** An error as Azure DevOps words it, with the job token and a good answer's body in its message. */
function repeat(body: string): string {
  return JSON.stringify({ message: `Bearer ${names.jobToken} is odd`, sent: body });
}

function echoIdToken({ azureDevOps, sts }: Scene): void {
  const alter = () => {
    const message = `Value '${azureDevOps.issuedTokens.at(-1) ?? ''}' at 'webIdentityToken' is odd`;
    const body = `<ErrorResponse><Error><Code>ValidationError</Code><Message>${message}</Message></Error></ErrorResponse>`;
    return { status: 400, headers: { 'content-type': 'text/xml' }, body };
  };
  sts.failNext({ kind: 'alter', alter });
}

import assert from 'node:assert/strict';
import { redirectTo, type Fault } from '../fakes/faults.ts';
import { stsErrors } from '../fakes/sts-errors.ts';
import { findLeaks } from '../harness/canaries.ts';
import type { AgentSettings } from '../harness/types.ts';
import { answerWith, runSituation, type Situation } from './failure-row.ts';
import { unpackTask } from './packed-task.ts';
import { recordProcess } from './recorded-process.ts';
import { runAhead } from './run-ahead.ts';
import { names, type Scene } from './scene.ts';
import { listSecrets, type TaskRun } from './task-run.ts';
import { checkModes, finishCleanly, readOpenFiles } from './temp-files.ts';

/** Passwords and a variable with characters that are escaped in one place or another. */
const secrets = { proxy: 'pr0xy;p%ss]w"rd+4QzT', certificate: 'c3rt-p%ss;w]rd/9XkL', variable: 's3cret-variable-7HbN' };

const certificate = { certificate: '/none/cert.pem', key: '/none/key.pem', archive: '/none/cert.pfx' };
const agent: AgentSettings = {
  proxy: { url: 'http://proxy.invalid:8080', username: 'agent', password: secrets.proxy, bypassList: ['.*'] },
  certificates: { client: { ...certificate, password: secrets.certificate } },
};

const echo: Fault = { kind: 'alter', alter: answer => ({ ...answer, status: 400, body: repeat(String(answer.body)) }) };
const askJobToken = redirectTo(`https://evil.example/?${names.jobToken}`);

const rows: readonly (readonly [name: string, situation: Situation])[] = [
  ['the happy path', {}],
  ['the happy path on the Azure DevOps issuer', { issuer: 'azure-devops' }],
  ['a classic release', { job: () => ({ hostType: 'release', accessTokenVariable: 'plain' }) }],
  ['an account id that is masked', { inputs: { maskAccountId: 'true' } }],
  ['wrong inputs', { inputs: { roleArn: 'x', region: 'y' } }],
  ['an unknown connection', { inputs: { serviceConnection: 'z' } }],
  ['a strange token URL', { job: () => ({ oidcRequestUri: 'https://evil.example/oidctoken' }) }],
  ['a 400 that repeats job token and ID token', { azureDevOps: echo }],
  ['an error of AWS that repeats the ID token', { arrange: echoIdToken }],
  ['an ID token that is none', { bend: { verbatim: { oidcToken: `${secrets.variable}.b` } } }],
  ['a token of a pipeline', { bend: { claims: { sub: 'p://a/b/c' } } }],
  ['a redirect', { azureDevOps: askJobToken }],
  ['a 500', { azureDevOps: answerWith(500, {}) }],
  ['AccessDenied', { sts: stsErrors.accessDenied }],
  ['throttling', { sts: stsErrors.throttling }],
  ['another role', { answer: { kind: 'replace', element: 'Arn', text: 'arn:aws:sts::1:x' } }],
  ['no session token', { answer: { kind: 'omit', element: 'SessionToken' } }],
  ['a short secret key', { answer: { kind: 'replace', element: 'SecretAccessKey', text: 'short' } }],
  ['cut XML', { sts: { kind: 'truncate' } }],
  ['a document type', { answer: { kind: 'doctype' } }],
  ['an answer broken off', { sts: { kind: 'reset-mid-body' } }],
];

describe('bundles/canaries', () => {
  before(() => {
    unpackTask();
  });

  const find = runAhead(rows, async ([, situation]) => {
    const recording = recordProcess();
    const secretVariables = { MY_SECRET: secrets.variable };
    const run = await runSituation({
      ...situation,
      variables: { 'System.Debug': 'true' },
      agentEnvironment: recording.environment,
      job: scene => ({ agent, secretVariables, ...situation.job?.(scene) }),
    });
    try {
      checkSilence(run, [...listSecrets(run.scene), ...Object.values(secrets)], recording.list('arguments'));
      await finishCleanly(run.job);
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

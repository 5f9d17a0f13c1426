import assert from 'node:assert/strict';
import { admit, profiles, readJsonBlocks, runRefused, type Refusal } from './diagnosis-row.ts';
import { answerWith } from './failure-row.ts';
import { unpackTask } from './packed-task.ts';
import { names } from './scene.ts';
import { listIssues } from './task-run.ts';

const { accountId, roleArn } = names;

function count(text: string, part: string): number {
  return text.split(part).length - 1;
}

describe('bundles/diagnosis of several roles', () => {
  before(() => {
    unpackTask();
  });

  it('shares a diagnosis among roles of an account', async () => {
    const lines = ['a', 'b', 'c'].map(name => `${name} = arn:aws:iam::${accountId}:role/${name}`);
    const { diagnosis, summary } = await runRefused(profiles(`good = ${roleArn}`, ...lines));
    assert.equal(count(diagnosis, 'Diagnosis of '), 1);
    assert.match(diagnosis, /Roles: a = \S+role\/a, b = \S+role\/b, c = \S+role\/c\n/);
    assert.ok(!diagnosis.includes('role/deploy'), diagnosis);
    assert.equal(readJsonBlocks(summary).length, 2);
  });

  it('names one cause of many accounts once, with a headline and every role in the summary', async () => {
    const ids = Array.from({ length: 8 }, (_, index) => String(200_000_000_000 + index));
    const lines = ids.map(id => `p${id} = arn:aws:iam::${id}:role/deploy`);
    const { diagnosis, summary, run } = await runRefused(profiles(`good = ${roleArn}`, ...lines));
    const [headline, cause, ...others] = listIssues(run.step, 'error');
    assert.equal(headline, '8 of 9 roles were refused; no credentials were published.');
    assert.match(cause ?? '', /^StsProviderMissing: AWS STS refused 8 roles with /);
    assert.deepEqual(others, []);
    assert.equal(count(diagnosis, 'Diagnosis of '), 1);
    for (const id of ids) assert.ok(summary.includes(`- account \`${id}\`: \`deploy\``), summary);
    assert.deepEqual(readJsonBlocks(summary)[0], admit('entra', '200000000000'));
  });

  it('tells a chained role that was refused from one that the ID token did not get', async () => {
    const spoke = `arn:aws:iam::${accountId}:role/spoke`;
    const { diagnosis, summary } = await runRefused({ inputs: { roleChain: spoke } });
    assert.ok(diagnosis.includes(`with the session of ${roleArn}`), diagnosis);
    assert.ok(diagnosis.includes(`does not name ${roleArn}, or requires another sts:ExternalId`), diagnosis);
    assert.deepEqual(readJsonBlocks(summary), []);
  });

  it('explains an ID token that Azure DevOps did not renew', async () => {
    const { run, diagnosis, summary } = await runRefused({
      issuer: 'azure-devops',
      arrange: ({ azureDevOps }) => {
        // With 60 s to live a token is asked for again before it is sent.
        azureDevOps.bendNext({ lifetimeSeconds: 60 });
        azureDevOps.server.failNext(
          answerWith(403, { message: 'No more.' }),
          9,
          () => azureDevOps.issuedTokens.length > 0,
        );
      },
    });
    assert.ok(listIssues(run.step, 'error')[0]?.startsWith('TokenRequestForbidden: '), run.step.log.join('\n'));
    assert.ok(summary.includes('connection aws-deploy-old'), summary);
    for (const text of ['refused the next one', 'exists and that this pipeline may use it'])
      assert.ok(diagnosis.includes(text) && summary.includes(text), `"${text}" is not in\n${diagnosis}\n${summary}`);
    assert.deepEqual(readJsonBlocks(summary), []);
  });

  for (const [name, refusal] of Object.entries({
    'wrong inputs': { inputs: { roleArn: 'x' } },
    'an answer that is not from AWS': {
      arrange: ({ sts }) => {
        sts.tamperNext({ kind: 'omit', element: 'SessionToken' }, 9);
      },
    },
  } satisfies Readonly<Record<string, Refusal>>)) {
    it(`has no diagnosis of ${name}`, async () => {
      const { run, summary } = await runRefused(refusal);
      assert.equal(run.step.result, 'Failed');
      assert.ok(!`${run.step.log.join('\n')}${summary}`.includes('Diagnosis'), summary);
    });
  }

  for (const [name, inputs] of [
    ['a provider that is missing', { roleArn: 'arn:aws:iam::777777777777:role/deploy' }],
    ['a chained role', { roleChain: 'arn:aws:iam::777777777777:role/spoke' }],
  ] as const) {
    it(`shows no account id with maskAccountId: ${name}`, async () => {
      const { run, summary } = await runRefused({ inputs: { maskAccountId: 'true', ...inputs } });
      const lines = run.step.rawLines.filter(line => !line.startsWith('##vso[task.setsecret]'));
      const text = [...lines, summary].join('\n');
      assert.ok(
        run.step.log.some(line => line.includes('Diagnosis of ')),
        text,
      );
      for (const id of [accountId, '777777777777']) assert.ok(!text.includes(id), text);
      assert.ok(text.includes('***'));
    });
  }
});

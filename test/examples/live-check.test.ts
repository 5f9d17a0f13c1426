import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseDocument } from 'yaml';
import { checkInputs, inputNames, type RawInputs } from '../../tasks/AWSAssumeRoleWIF/AWSAssumeRoleWIFV1/inputs.ts';
import { unpackTask } from '../bundles/packed-task.ts';
import { names, openScene, type IssuerKind, type Scene } from '../bundles/scene.ts';
import { readPage, root } from '../docs/pages.ts';
import { findTaskSteps } from '../docs/pipelines.ts';
import { makeScratchFolder } from '../harness/scratch-folder.ts';
import type { StepResult } from '../harness/types.ts';

type Step = Readonly<Record<string, unknown>> & { readonly name?: string; readonly displayName?: string };
type PipelineJob = {
  readonly job: string;
  readonly steps: readonly Step[];
  readonly variables?: Record<string, string>;
};

const text = readFileSync(join(root, 'examples/live-check.yml'), 'utf8');
const document = parseDocument(text);
const pipeline = document.toJS() as { readonly jobs: readonly PipelineJob[]; readonly trigger: string };

/** The steps of a job, those behind a condition of the template included. */
function listSteps({ steps }: PipelineJob): readonly Step[] {
  return steps.flatMap(step => {
    const [[key, value] = ['', undefined]] = Object.entries(step);
    return key.startsWith('${{') ? (value as readonly Step[]) : [step];
  });
}

const steps = pipeline.jobs.flatMap(listSteps);

function scriptOf(displayName: string): string {
  const found = steps.find(step => step.displayName === displayName)?.['bash'];
  assert.ok(typeof found === 'string', `no script is called ${displayName}`);
  return found;
}

const report = pipeline.jobs.find(({ job }) => job === 'report');

/** The numbers of the checks that the page marks as done by the pipeline. */
function listPromised(): readonly string[] {
  const rows = readPage('docs/live-checks.md')
    .text.split('\n')
    .flatMap(line => [...line.matchAll(/^- \*\*(\d+)\*\* \((\w+)/g)]);
  assert.ok(rows.length > 10, `${rows.length} rows`);
  return rows.flatMap(([, number = '', by]) => (by === 'pipeline' ? [number] : []));
}

const hasTools = ['bash', 'curl', 'jq'].every(tool => spawnSync(tool, ['--version']).status === 0);

describe('examples/live-check', () => {
  it('is YAML, and starts only by hand', () => {
    assert.deepEqual([...document.errors, ...document.warnings].map(String), []);
    assert.deepEqual([pipeline.trigger, (pipeline as { pr?: string }).pr], ['none', 'none']);
  });

  for (const [index, { inputs }] of findTaskSteps(pipeline).entries()) {
    it(`gives use ${index + 1} of the task inputs that it takes: ${Object.keys(inputs).join(', ')}`, () => {
      assert.deepEqual(
        Object.keys(inputs).filter(key => !inputNames.some(name => name === key)),
        [],
      );
      const id = 'f0cda5b5-1aff-46ac-a80b-054d5c4f9b8a';
      const raw = Object.fromEntries(inputNames.map(name => [name, inputs[name] ?? ''])) as RawInputs;
      const connection = raw.connectionType === '' ? 'serviceConnection' : 'azureDevOpsConnection';
      const checked = checkInputs(
        { ...raw, connectionType: raw.connectionType || 'azureRM', [connection]: id },
        {
          findConnection: one => ({ id: one, scheme: 'WorkloadIdentityFederation', subject: undefined }),
          regionVariables: {},
          run: { definition: 'live', runId: '1', attempt: '1' },
          environment: [],
        },
      );
      assert.ok(checked.goals.length > 0, 'the task would assume no role');
    });
  }

  it('does the checks that the page promises, and no other', () => {
    const rows = [...scriptOf('Table').matchAll(/^\s*row (\d+) /gm)].map(([, number = '']) => number);
    assert.deepEqual([...new Set(rows)], listPromised());
  });

  it('reports answers that jobs before it give', () => {
    const variables = Object.entries(report?.variables ?? {});
    assert.ok(variables.length > 5, `${variables.length} answers`);
    for (const [name, expression] of variables) {
      const [, from, step, output] = /^\$\[ dependencies\.(\w+)\.outputs\['(\w+)\.(\w+)'\] \]$/.exec(expression) ?? [];
      const job = pipeline.jobs.find(one => one.job === from);
      assert.ok(job !== undefined, `${name} is from no job`);
      const script = listSteps(job).find(one => one.name === step);
      assert.equal(output, name);
      assert.ok(
        JSON.stringify(script).includes(`variable=${name};isOutput=true`),
        `${String(step)} does not set ${name}`,
      );
      assert.ok(scriptOf('Table').includes(`"$${name.toUpperCase()}"`), `the table leaves ${name} out`);
    }
  });

  it('waits for all jobs before it reports', () => {
    const others = pipeline.jobs.map(({ job }) => job).filter(job => job !== 'report');
    assert.deepEqual((report as unknown as { dependsOn: string[] }).dependsOn.sort(), others.sort());
  });

  it('checks out nothing and hands no token to a command line', () => {
    for (const job of pipeline.jobs) assert.deepEqual(listSteps(job)[0], { checkout: 'none' }, job.job);
    assert.doesNotMatch(text, /--header "Auth|-H "?Auth|--token/);
  });
});

/** The answer that a step of the pipeline gives. */
function answerOf({ commands }: StepResult): string {
  return commands.find(({ event }) => event === 'setvariable')?.data ?? 'no answer';
}

describe('examples/live-check scripts', function () {
  before(function () {
    if (hasTools && process.platform !== 'win32') return;
    console.log('*** SKIPPED: bash, curl or jq is not on PATH, so the scripts of the live checks are not run');
    this.skip();
  });

  for (const script of steps.flatMap(step => (typeof step['bash'] === 'string' ? [step['bash']] : []))) {
    it(`parse: ${script.split('\n')[1] ?? ''}`, () => {
      const { status, stderr } = spawnSync('bash', ['-n'], { input: script, encoding: 'utf8' });
      assert.equal(status, 0, stderr);
    });
  }

  /** Runs the step and then a script in one job, as the pipeline does. */
  async function runAfterStep(issuer: IssuerKind, script: string, inputs: Record<string, string>, name?: string) {
    const scene: Scene = await openScene();
    try {
      const job = await scene.startJob();
      const given = { ...scene.inputs(issuer, inputs), ...(name === undefined ? {} : { roleArn: name }) };
      await job.runTask({ taskDirectory: unpackTask(), refName: 'aws', inputs: given, continueOnError: true });
      const step = await job.runScript({
        command: 'bash',
        condition: 'always',
        args: ['--norc', '--noprofile', '-c', scriptOf(script)],
        environment: {
          CONNECTION_ID: names.connections[issuer].id,
          SYSTEM_ACCESSTOKEN: names.jobToken,
          ACCOUNT: '$(aws.AWS_ACCOUNT_ID)',
        },
      });
      await job.finish();
      return step;
    } finally {
      await scene.close();
    }
  }

  const stranger = 'arn:aws:iam::111111111111:role/nobody';
  const runs = [
    { issuer: 'entra', script: 'Check 2', says: /^held: tokens of login\.microsoftonline\.com live 8\d{4} seconds$/ },
    {
      issuer: 'azure-devops',
      script: 'Check 2',
      says: /^held: tokens of vstoken\.dev\.azure\.com live \d{3} seconds$/,
    },
    { issuer: 'entra', script: 'Check 3', says: /^held: / },
    { issuer: 'entra', script: 'Check 3', role: stranger, says: /^did not hold: the step failed/ },
    { issuer: 'entra', script: 'Check 9, keys', says: /^held: / },
    { issuer: 'entra', script: 'Check 9, keys', role: stranger, says: /^did not hold: / },
    { issuer: 'entra', script: 'Check 9, refresh', inputs: { refreshCredentials: 'true' }, says: /^held: / },
    { issuer: 'entra', script: 'Check 9, refresh', says: /^did not hold: / },
  ] as const;
  for (const { issuer, script, says, ...more } of runs) {
    const inputs = 'inputs' in more ? more.inputs : {};
    const role = 'role' in more ? more.role : undefined;
    it(`${script} on the issuer ${issuer}${role ? ' without a role' : ''} ${JSON.stringify(inputs)}`, async () => {
      const step = await runAfterStep(issuer, script, inputs, role);
      assert.match(answerOf(step), says, step.log.join('\n'));
      assert.doesNotMatch(step.rawLines.join('\n'), /eyJ|SecretAccessKey|aws_session_token/);
    });
  }

  const comparisons = [
    { azp: '111111111111', aud: '$(aud.AWS_ACCOUNT_ID)', on: 'true', says: /^held: STS took azp, not aud/ },
    { azp: '111111111111', aud: '222222222222', on: 'true', says: /^did not hold: .* both/ },
    { azp: '$(azp.AWS_ACCOUNT_ID)', aud: '222222222222', on: 'true', says: /^did not hold: STS took aud/ },
    { azp: '$(azp.AWS_ACCOUNT_ID)', aud: '$(aud.AWS_ACCOUNT_ID)', on: 'true', says: /^did not hold: .* neither/ },
    { azp: '$(azp.AWS_ACCOUNT_ID)', aud: '$(aud.AWS_ACCOUNT_ID)', on: 'false', says: /^not run: / },
  ];
  for (const { azp, aud, on, says } of comparisons) {
    it(`Check 1 with azp ${azp} and aud ${aud}, twoProviders ${on}`, () => {
      const { stdout } = runBash(scriptOf('Check 1'), { AZP: azp, AUD: aud, TWO_PROVIDERS: on });
      assert.match(stdout.replace(/^##vso\[[^\]]*\]/, ''), says);
    });
  }

  function runBash(script: string, environment: Readonly<Record<string, string>>) {
    const { status, stdout } = spawnSync('bash', ['-c', script], {
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], ...environment },
    });
    return { status, stdout };
  }

  const answers = [
    'CHECK1',
    'CHECK2',
    'CHECK3',
    'CHECK6',
    'CHECK7',
    'CHECK9KEYS',
    'CHECK9REFRESH',
    'CHECK10',
    'CHECK16',
  ];

  function runTable(changes: Readonly<Record<string, string>>) {
    const held = Object.fromEntries(answers.map(name => [name, 'held: as was assumed: yes']));
    return runBash(scriptOf('Table'), { ...held, AGENT_TEMPDIRECTORY: makeScratchFolder('table'), ...changes });
  }

  it('prints a table of what held', () => {
    const { status, stdout } = runTable({ CHECK7: 'not run: toolkit is off' });
    assert.equal(status, 0);
    assert.match(
      stdout,
      /^\| # \| result \| what was seen \|\n\| --- \| --- \| --- \|\n\| 1 \| held \| as was assumed: yes \|\n/,
    );
    assert.match(stdout, /\n\| 7 \| not run \| toolkit is off \|\n/);
    assert.match(stdout, /\n##vso\[task\.uploadsummary\]\S+live-checks\.md\n$/);
    assert.equal(stdout.match(/^\| \d+ \|/gm)?.length, answers.length);
  });

  for (const answer of ['did not hold: it is otherwise', '', "$[ dependencies.linux.outputs['x'] ]"]) {
    it(`fails where a check says "${answer}"`, () => {
      const { status, stdout } = runTable({ CHECK10: answer });
      assert.equal(status, 1);
      assert.match(stdout, /\n\| 10 \| did not hold \| (?:it is otherwise|the job failed)/);
    });
  }
});

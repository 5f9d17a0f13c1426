import assert from 'node:assert/strict';

import { parseCommand } from './logging-command.ts';
import { inJob, printing, removeThrowaways, runOnce, writeTask } from './throwaway-task.ts';

describe('harness: parsing a logging command', () => {
  const parsed = [
    ['##vso[task.debug]x', { area: 'task', event: 'debug', properties: {}, data: 'x' }],
    ['text ##vso[a.b c=d]e', { area: 'a', event: 'b', properties: { c: 'd' }, data: 'e' }],
    [
      '##vso[A.B C=x%3By;d=%5D%0D%0A%AZP25;]%AZP250A',
      { area: 'A', event: 'B', properties: { c: 'x;y', d: ']\r\n%' }, data: '%0A' },
    ],
    [
      '##vso[a.b x=1; y=2;z=;=w;v==3;u==]',
      { area: 'a', event: 'b', properties: { x: '1', ' y': '2', v: '3' }, data: '' },
    ],
    ['##vso[a.b x=1=2]d]', { area: 'a', event: 'b', properties: { x: '1=2' }, data: 'd]' }],
  ] as const;
  for (const [line, command] of parsed)
    it(`reads ${JSON.stringify(line)}`, () => {
      assert.deepEqual(parseCommand(line), command);
    });

  for (const line of ['', '##vso', '##vso[task.debug', '##vso[task]x', '##vso[a.b.c]x', '##vso[ a.b]x', '##VSO[a.b]x'])
    it(`refuses ${JSON.stringify(line)}`, () => {
      assert.equal(parseCommand(line), undefined);
    });
});

describe('harness: logging commands', () => {
  after(removeThrowaways);

  it('sets variables for later steps, secret and plain, also from stderr and from within a line', async () => {
    await inJob({}, async job => {
      const main = `console.error('oops ##vso[TASK.SetVariable variable=A.b;]x%AZP250A');
        console.log('##vso[task.setvariable variable=S;issecret=TRUE]hidden-value');`;
      const step = await job.runTask({ taskDirectory: writeTask({ main }) });
      assert.equal(step.result, 'Succeeded');
      assert.equal(job.variable('a.B'), 'x%0A');
      assert.equal(job.expand('$(s) $(none)'), 'hidden-value $(none)');
      const next = await job.runTask({ taskDirectory: writeTask({ main: '' }) });
      assert.equal(next.environment['A_B'], 'x%0A');
      assert.equal(next.environment['SECRET_S'], 'hidden-value');
    });
  });

  it('keeps a secret secret when it is set again without issecret', async () => {
    await inJob({}, async job => {
      const set = (line: string) => job.runTask({ taskDirectory: writeTask({ main: printing(line) }) });
      await set('##vso[task.setvariable variable=S;issecret=true]first-value');
      await set('##vso[task.setvariable variable=s]second-value');
      assert.equal(job.isSecret('S'), true);
      assert.equal(job.mask('second-value'), '***');
    });
  });

  it('sets an output variable under the reference name alone, read-only', async () => {
    await inJob({}, async job => {
      const line = '##vso[task.setvariable variable=KEY;isOutput=true;issecret=true]v4lue';
      const step = await job.runTask({ taskDirectory: writeTask({ main: printing(line) }), refName: 'aws' });
      assert.equal(job.variable('KEY'), undefined);
      assert.equal(job.variable('aws.KEY'), 'v4lue');
      assert.deepEqual(step.outputVariables, { KEY: { value: 'v4lue', secret: true } });
      const again = await job.runTask({
        taskDirectory: writeTask({ main: printing('##vso[task.setvariable variable=aws.KEY]n') }),
      });
      assert.equal(again.result, 'Failed');
      assert.match(again.issues[1]?.message ?? '', /^Overwriting readonly variable 'aws.KEY' is not permitted/);
    });
  });

  it('fails an output variable in a step without a reference name', async () => {
    const step = await runOnce(printing('##vso[task.setvariable variable=KEY;isOutput=true]v'), { refName: '' });
    assert.equal(step.result, 'Failed');
    assert.match(step.issues.map(({ message }) => message).join('\n'), /Unable to process command .*\n.*RefName/);
  });

  it('treats the outputVariables of task.json as output without being told', async () => {
    await inJob({}, async job => {
      const main = printing('##vso[task.setvariable variable=Declared]v');
      await job.runTask({
        taskDirectory: writeTask({ main, json: { outputVariables: [{ name: 'declared' }] } }),
        refName: 'r',
      });
      assert.equal(job.variable('declared'), undefined);
      assert.equal(job.variable('r.declared'), 'v');
    });
  });

  it('refuses to overwrite read-only variables, in classic only with a warning', async () => {
    const main = printing('##vso[task.setvariable variable=system.accesstoken]mine');
    assert.equal((await runOnce(main)).result, 'Failed');
    const classic = await runOnce(main, {}, { hostType: 'release', accessTokenVariable: 'plain' });
    assert.equal(classic.result, 'Succeeded');
    assert.match(
      classic.issues[0]?.message ?? '',
      /^Overwriting readonly variable 'system.accesstoken'\. This behavior/,
    );
  });

  it('refuses a secret of several lines, and leaves it unmasked', async () => {
    const step = await runOnce(
      printing('##vso[task.setvariable variable=S;issecret=true]line-one%0Aline-two', 'line-two'),
    );
    assert.equal(step.result, 'Failed');
    assert.ok(step.issues.some(({ message }) => message === 'Secrets cannot contain multiple lines'));
    assert.ok(step.log.includes('line-two'));
  });

  it('expands a variable that a step set to a macro, one step later', async () => {
    await inJob({ secretVariables: { hidden: 'treasure' } }, async job => {
      const main = printing('##vso[task.setvariable variable=M]<$(hidden)>');
      await job.runTask({ taskDirectory: writeTask({ main }) });
      assert.equal(job.variable('M'), '<$(hidden)>');
      const next = await job.runTask({ taskDirectory: writeTask({ main: '' }) });
      assert.equal(next.environment['SECRET_M'], '<treasure>');
      assert.equal(job.mask('<treasure>'), '***');
    });
  });

  const json = { restrictions: { commands: { mode: 'restricted' }, settableVariables: { allowed: ['AWS_*', 'KEY'] } } };

  it("obeys task.json's restrictions, with the agent's warnings, and masks what it refuses", async () => {
    await inJob({}, async job => {
      const main = printing(
        '##vso[task.setvariable variable=aws_region]r',
        '##vso[task.setvariable variable=OTHER;issecret=true]refused-secret',
        '##vso[task.setvariable variable=KEY;isoutput=true]o',
        '##vso[task.uploadsummary]/tmp/x.md',
        '##vso[task.setsecret]allowed',
      );
      const step = await job.runTask({ taskDirectory: writeTask({ main, json }), refName: 'r' });
      assert.equal(step.result, 'Succeeded');
      assert.deepEqual(
        [job.variable('AWS_REGION'), job.variable('OTHER'), job.variable('r.KEY')],
        ['r', undefined, 'o'],
      );
      assert.deepEqual(
        step.issues.map(({ message }) => message.slice(0, 82)),
        [
          "Setting variable 'OTHER' has been disabled by the task or build definition.",
          '##vso[task.uploadsummary] is not allowed in this step due to policy restrictions. ',
        ],
      );
      assert.equal(job.mask('refused-secret allowed'), '*** ***');
    });
  });

  it("obeys the step's target besides", async () => {
    await inJob({}, async job => {
      const main = printing('##vso[task.setvariable variable=AWS_A]1', '##vso[task.setvariable variable=KEY]2');
      const taskDirectory = writeTask({ main, json });
      await job.runTask({ taskDirectory, target: { settableVariables: ['KEY'] } });
      assert.deepEqual([job.variable('AWS_A'), job.variable('KEY')], [undefined, '2']);
      const none = await job.runTask({ taskDirectory, target: { commands: 'restricted', settableVariables: 'none' } });
      assert.equal(none.issues.length, 2);
    });
  });

  const refused = [
    ['##vso[task.complete result=Cancelled]', "Command doesn't have valid result value."],
    ['##vso[task.nosuch]', '##vso[task.nosuch] is not a recognized command for task command extension.'],
    [
      '##vso[task.setvariable issecret=true]v',
      "Required field 'variable' is missing in ##vso[task.setvariable] command.",
    ],
    ['##vso[task.uploadsummary]/no/such/file', 'Cannot upload task attachment file, attachment file location is not'],
    ['##vso[task.logissue type=notice]x', 'issue type notice is not an expected issue type.'],
    ['##vso[task.logdetail]x', "Can't update timeline record, timeline record id is not provided."],
    ['##vso[release.updatereleasename]x', 'release commands are not supported for Build flow.'],
  ] as const;
  for (const [line, message] of refused)
    it(`fails the step for ${line}`, async () => {
      const step = await runOnce(printing(line));
      assert.equal(step.result, 'Failed');
      assert.ok(
        step.issues.some(issue => issue.type === 'error' && issue.message.startsWith(message)),
        step.log.join('\n'),
      );
    });

  it('only warns about an unknown area, whose text is gone, and about what is no command, whose text stays', async () => {
    const step = await runOnce(printing('##vso[constructor.bar]lost text', 'kept ##vso text'));
    assert.equal(step.result, 'Succeeded');
    assert.match(step.issues[0]?.message ?? '', /^Cannot find command extension for ##vso\[constructor.command\]/);
    assert.match(step.issues[1]?.message ?? '', /^'kept ##vso text' contains logging command keyword/);
    assert.equal(
      step.log.some(line => line.includes('lost text')),
      false,
    );
    assert.ok(step.log.includes('kept ##vso text'));
  });

  it('shows debug lines and processed commands only where System.Debug is set', async () => {
    const main = printing('##vso[task.debug]detail', '##vso[task.setsecret]abc%AZP25def');
    assert.equal(
      (await runOnce(main)).log.some(line => line.startsWith('##[debug]')),
      false,
    );
    const { log } = await runOnce(main, {}, { variables: { 'System.Debug': 'true' } });
    assert.ok(log.includes('##[debug]detail'));
    assert.ok(log.includes('##[debug]Processed: ##vso[task.setsecret]***'));
  });

  it('renders issues of several lines, and lists ten of a type', async () => {
    const many = Array.from({ length: 12 }, (_, index) => `##vso[task.logissue type=warning]w${index}`);
    const step = await runOnce(printing('##vso[task.issue type=error;code=1]a%0Ab', ...many));
    assert.deepEqual(step.issues[0], { type: 'error', message: 'a\nb' });
    assert.equal(step.issues.length, 11);
    const at = step.log.indexOf('##[error]a');
    assert.deepEqual(step.log.slice(at, at + 3), ['##[error]a', 'b', '##[warning]w0']);
    assert.equal(step.result, 'Succeeded');
  });

  it('reads an uploaded summary when told, and tells at the end if it did not last', async () => {
    await inJob({}, async job => {
      const main = `const path = process.env.AGENT_TEMPDIRECTORY + '/s.md';
        require('node:fs').writeFileSync(path, '# hello');
        console.log('##vso[task.uploadsummary]' + path);`;
      const postJob = `require('node:fs').rmSync(process.env.AGENT_TEMPDIRECTORY + '/s.md');`;
      const step = await job.runTask({ taskDirectory: writeTask({ main, postJob }) });
      const [summary] = step.uploadedSummaries;
      assert.deepEqual([summary?.name, summary?.content], ['s.md', '# hello']);
      assert.deepEqual(job.listTempDirectory(), ['s.md']);
      assert.deepEqual((await job.finish()).lostUploads, [summary]);
    });
  });
});

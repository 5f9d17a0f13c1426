import assert from 'node:assert/strict';
import markdownIt from 'markdown-it';
import { findLeaks } from '../harness/canaries.ts';
import { channels, type Channel } from './hostile-channels.ts';
import { unpackTask } from './packed-task.ts';
import { runAhead } from './run-ahead.ts';
import { openScene } from './scene.ts';
import { isUseNote, listSecrets, runTask, type TaskRun } from './task-run.ts';

const command = '##vso[task.setvariable variable=X]1';

/** What an attacker writes where a log may repeat it. */
const texts = [
  // One line, with commands at its begin, in other letter case, with invisible characters, escaped, behind another's end.
  `${command} ##VSO[TASK.SETVARIABLE variable=X]1 ##\u200bvso[task.setvariable variable=X]1 #\u001b#vso[task.setvariable variable=X]1 %0A${command}%AZP250A ];${command}`,
  // What a terminal or a reader takes for something else, and several lines, by every character that somebody takes for a
  // line's end.
  '\u001b[31mred\u001b]8;;https://evil.example\u0007link\u001b]8;;\u0007\u009b2J deploy\u202etxt.exe\u2066\u2069\u200f' +
    ['a', '\n', '\r', '\r\n', '\u2028', '\u0085', '\v'].join(command) +
    '\n##[error]all is lost\n##[section]done',
];

/** Not to be printed as it is. A line's end is no part of a line. */
// eslint-disable-next-line no-control-regex
const unprintable = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/;

/** The task library repeats the inputs and variables it reads in these lines, which are text to the agent. */
const debugLine = '##vso[task.debug]';

/** What the task has no reason to repeat; everywhere else the text does show, made harmless. */
const silent = [
  'the error code of AWS',
  'the claim sub',
  'the claim aud',
  'the location of a redirect',
  'System.OidcRequestUri',
  // Only the characters around what nobody sees.
  'the variable AWS_REGION',
  // The session's name is in the summary alone.
  'the names of pipeline and branch, and AWS_ENDPOINT_URL',
];

/** All that this task has a use for. */
const ownCommands = [
  'task.debug',
  'task.issue',
  'task.logissue',
  'task.setsecret',
  'task.setvariable',
  'task.settaskvariable',
  'task.uploadsummary',
  'task.complete',
];

const rows = Object.entries(channels);

describe('bundles/hostile-text', () => {
  before(() => {
    unpackTask();
  });

  const find = runAhead(rows, async ([name, channel]) => {
    // A subject of several lines is one that the task does not repeat.
    const sent = name.includes('subject') ? texts : [texts.join(' ')];
    const logs: string[] = [];
    for (const text of sent) logs.push(await sendText(channel, text));
    assert.ok(logs[0]?.includes('variable=X') === true || silent.includes(name), logs[0]);
  });

  for (const row of rows) it(`in ${row[0]} does nothing and is not printed as it is`, () => find(row));
});

/** Returns the log, for what the text looks like in it. */
async function sendText(channel: Channel, text: string): Promise<string> {
  const scene = await openScene();
  const setup = channel(text, scene);
  const run = await runTask(scene, { ...setup, inputs: { maxAttempts: '2', ...setup.inputs } });
  try {
    judge(run, text);
    assert.deepEqual(findLeaks(run.step.rawLines, listSecrets(scene)), []);
    return run.step.log.join('\n');
  } finally {
    await scene.close();
  }
}

function judge({ job, step }: TaskRun, text: string): void {
  const shown = `${JSON.stringify(text)} gave:\n${step.rawLines.map(line => JSON.stringify(line)).join('\n')}`;
  assert.deepEqual([job.variable('X'), job.variable('aws.X')], [undefined, undefined], shown);
  assert.ok(!step.log.join('\n').includes('not a legal command'), shown);
  const strange = step.commands.filter(({ area, event }) => !ownCommands.includes(`${area}.${event}`));
  assert.deepEqual(strange, [], shown);
  const notes = step.commands.filter(({ event }) => event === 'settaskvariable');
  assert.ok(notes.length <= 1 && notes.every(isUseNote), shown);
  assert.equal(step.uploadedSummaries.length, 1, shown);
  for (const { content } of step.uploadedSummaries) judgeSummary(content);
  assert.equal(step.commands.filter(({ event }) => event === 'complete').length, 1, shown);
  for (const line of step.rawLines.filter(printed => !printed.startsWith(debugLine))) {
    assert.doesNotMatch(line, unprintable, shown);
    assert.doesNotMatch(line.replace(/^##vso\[/, ''), /##vso\[|##\[/i, shown);
  }
  for (const { message } of step.issues) assert.doesNotMatch(message.replaceAll('\n', ''), unprintable, shown);
}

/** All that a reader of Markdown might do: HTML, and links of what looks like one. */
const markdown = markdownIt({ html: true, linkify: true });

/** Markdown of our own, in which the text is text: no markup, no link, no command, one line each. */
function judgeSummary(content: string): void {
  assert.doesNotMatch(content.replaceAll('\n', ''), unprintable, content);
  assert.doesNotMatch(content, /##vso\[|##\[/i, content);
  const unfolded = content.replaceAll(/^<details><summary>[\w ,;]+<\/summary>$|^<\/details>$/gm, '');
  const kinds = markdown
    .parse(unfolded, {})
    .flatMap(({ type, children }) => [type, ...(children ?? []).map(one => one.type)]);
  const strange = kinds.filter(kind => /^(?:html_|link_|image|em_|s_|blockquote|hr)/.test(kind));
  assert.deepEqual(strange, [], content);
}

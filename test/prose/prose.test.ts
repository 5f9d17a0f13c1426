import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import rules from '../../scripts/prose/rules.json' with { type: 'json' };
import { root } from '../../scripts/package/read-package.ts';
import { makeScratchFolder } from '../harness/scratch-folder.ts';

const folder = makeScratchFolder('prose');

/** Sentences as they were before somebody rewrote them, one of each way in which they sounded translated. */
const translated: readonly string[] = [
  ...rules.map(({ bad }) => bad),
  'Later steps hold the credentials of that role.',
  'Know who AWS lets in.',
  'Retried is only what can pass.',
  'Empty where the input names roles; it is made where it is not there.',
  'Nothing of others is taken away, and a second run finds nothing to do.',
  'A proxy sent an answer that is none of its REST API.',
  "The step's 60 s were over while it waited.",
  'What answered in the place of the service was not taken at its word.',
  'Lines that begin with a hash are passed over.',
  'Only AWS can tell who is let in.',
  'It passes by itself as a rule.',
  'The token is of another issuer.',
];

/** Sentences in plain English, which nobody should have to rewrite. */
const plain: readonly string[] = [
  'Later steps in the job get short-lived credentials for that role.',
  'The task never reads or falls back to other credentials.',
  'Only transient failures are retried: network errors, time-outs, throttling.',
  'Optional if `profiles` lists at least one role.',
  'It never removes anything it did not create; running it again changes nothing.',
  'Timed out after 5 s (`timeoutSeconds`) waiting for Azure DevOps. No credentials were published.',
  'AWS was overloaded or unavailable and did not evaluate the request.',
  'This would grant access that does not exist today.',
  'The role trusts only its old subject. Press Ctrl-C again to stop immediately.',
  'Azure DevOps did not give this step a service connection named "aws".',
  'Run the same command again; it continues where it stopped. There is no proxy.',
  'It was copied from a log, where the agent masks it. They allow no more than the current documents.',
];

const page = ['# What is left out', '', '- The role [is made](x.md) **anew**', '', '| a |', '| - |', '| for one |'];
const source = [
  "const text = 'The role is made anew for this.';",
  '// Nothing is made anew here, likewise.',
  'const message = `Nothing speaks against ${text} now.`;',
  "import { x } from './made/anew/by/itself.ts';",
];
const quoted = [
  'The message is "Nothing speaks against it".',
  'Run `aws likewise anew`.',
  '```sh',
  'likewise anew',
  '```',
];

const files: Readonly<Record<string, readonly string[]>> = {
  'translated.md': translated.flatMap(sentence => [sentence, '']),
  'blocks.md': page,
  'texts.ts': source,
  'plain.md': [...plain.flatMap(sentence => [sentence, '']), ...quoted],
};

/** Lints all files in one process; returns the lines in which something was found, file by file. */
function lint(): (name: string) => readonly number[] {
  const paths = Object.entries(files).map(([name, lines]) => {
    writeFileSync(join(folder, name), lines.join('\n'));
    return join(folder, name);
  });
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, 'scripts/prose.mjs'), ...paths], {
    encoding: 'utf8',
  });
  assert.deepEqual({ status, stderr }, { status: 1, stderr: '' });
  const places = [...stdout.matchAll(/([\w.]+):(\d+): "/g)].map(([, name, line]) => ({ name, line: Number(line) }));
  return name =>
    [...new Set(places.filter(place => place.name === name).map(({ line }) => line))].sort((a, b) => a - b);
}

describe('prose', () => {
  let found: (name: string) => readonly number[];
  before(() => {
    found = lint();
  });

  it('finds each way of sounding translated in a page', () => {
    const lines = found('translated.md');
    assert.deepEqual(
      translated.filter((_, index) => !lines.includes(2 * index + 1)),
      [],
    );
  });

  it('finds it in headings, lists and tables, whatever code and links are between', () => {
    assert.deepEqual(found('blocks.md'), [1, 3, 7]);
  });

  it('finds it in the texts of code, and not in its comments, names and paths', () => {
    assert.deepEqual(found('texts.ts'), [1, 3]);
  });

  it('leaves plain English, code and quotations alone', () => {
    assert.deepEqual(found('plain.md'), []);
  });
});

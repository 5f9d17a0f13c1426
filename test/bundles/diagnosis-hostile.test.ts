import assert from 'node:assert/strict';
import { readJsonBlocks, runRefused } from './diagnosis-row.ts';
import { unpackTask } from './packed-task.ts';

/** What somebody may call a service connection; test/diagnosis and test/handoff/summary.test.ts have more. */
const hostile: Readonly<Record<string, string>> = {
  'a logging command and the end of the block': '##vso[task.setvariable variable=X]1 ``` ````\u0085```',
  'a policy variable and another statement':
    '${aws:username}${*}$${"}}},{"Effect":"Allow","Principal":"*","Action":"sts:*"',
  'markup and what cannot be seen':
    '<img src=x onerror=alert(1)> [x](https://evil.example) | *\u202etxt.\u200bexe\u2066\u00ad',
};

describe('bundles/diagnosis with hostile names', () => {
  before(() => {
    unpackTask();
  });

  for (const [name, text] of Object.entries(hostile)) {
    it(`shows ${name} harmless in log and summary, and as it is in the statement`, async () => {
      const sub = `sc://contoso/Platform/${text}`;
      const { run, summary } = await runRefused({
        issuer: 'azure-devops',
        arrange: ({ azureDevOps }) => {
          azureDevOps.bendNext({ claims: { sub } }, 9);
        },
      });
      assert.equal(run.job.variable('X'), undefined);
      const lines = run.step.rawLines.filter(line => !line.startsWith('##vso[task.debug]'));
      for (const line of lines) assert.doesNotMatch(line.replace(/^##vso\[/, ''), /##vso\[|##\[/i);
      assert.doesNotMatch(summary, /##vso\[|[\u0085\u202e\u200b\u2066\u00ad]/i);
      assert.doesNotMatch(leaveMarkup(summary), /[<`]|\]\(|evil/);
      assert.deepEqual(readJsonBlocks(summary).map(readSubject), [sub, sub]);
    });
  }
});

/** Returns what is left of Markdown without its code blocks and code spans, and what folds it. */
function leaveMarkup(markdown: string): string {
  const unfolded = markdown.replaceAll(/^<details><summary>[\w ,;]+<\/summary>$|^<\/details>$/gm, '');
  return unfolded
    .replaceAll(/^```(?:json|sh|powershell)\n.*?\n```$/gms, '')
    .replaceAll(/(?<!`)(`+)(?!`).+?(?<!`)\1(?!`)/g, '');
}

/** Returns the subject that a statement, or the one of a policy, is about: IAM reads `${$}` as a dollar. */
function readSubject(json: unknown): string {
  const [, value = ''] = /:sub":"((?:[^"\\]|\\.)*)"/.exec(JSON.stringify(json)) ?? [];
  const text = JSON.parse(`"${value}"`) as string;
  assert.doesNotMatch(text.replaceAll('${$}', ''), /\$\{/);
  return text.replaceAll('${$}', '$');
}

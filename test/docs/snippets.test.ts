import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { parseAllDocuments } from 'yaml';
import { readPages, type Snippet } from './pages.ts';
import { findScripts, parseYaml } from './pipelines.ts';
import { parseHcl } from '../infra/parse-hcl.ts';

const hasTerraform = spawnSync('terraform', ['version']).status === 0;
const hasBash = spawnSync('bash', ['--version']).status === 0;

function requireBash(context: Mocha.Context): void {
  if (hasBash) return;
  console.log('*** SKIPPED: bash is not on PATH, so the shell snippets are not parsed');
  context.skip();
}

/** Parses a script without running it. */
function parseShell(shell: 'sh' | 'bash', text: string): void {
  const { status, stderr } = spawnSync(shell, ['-n'], { input: text, encoding: 'utf8' });
  assert.equal(status, 0, stderr);
}

/** `$ command` lines of a terminal's text, continued lines included. */
function readCommands(text: string): string {
  return text
    .split(/^(?=\$ )/m)
    .filter(part => part.startsWith('$ '))
    .map(part => /^\$ (?:.*\\\n)*.*/.exec(part)?.[0].slice(2) ?? '')
    .join('\n');
}

/** Terraform's own idea of how it is written; it also refuses some of what the other parser takes. */
function checkFormat(text: string): void {
  if (!hasTerraform) return;
  const { status, stdout, stderr } = spawnSync('terraform', ['fmt', '-diff', '-check', '-'], {
    input: text,
    encoding: 'utf8',
  });
  assert.equal(status, 0, `${stdout}${stderr}`);
}

/** Says what became of a check. */
async function attempt(check: () => unknown): Promise<'taken' | 'refused'> {
  try {
    await check();
    return 'taken';
  } catch {
    return 'refused';
  }
}

type Check = (snippet: Snippet, context: Mocha.Context) => unknown;

const checks: Readonly<Record<string, Check>> = {
  yaml: ({ text }) => {
    for (const document of parseAllDocuments(text)) {
      assert.deepEqual('errors' in document ? document.errors.map(String) : [], []);
    }
  },
  json: ({ text }) => JSON.parse(text) as unknown,
  hcl: async ({ text, place }) => {
    // A type alone is how terraform-docs shows that of an input.
    const whole = text.startsWith('map(') ? `variable "x" {\n  type = ${text}}\n` : text;
    await parseHcl(place, whole);
    checkFormat(whole);
  },
  sh: ({ text }, context) => {
    requireBash(context);
    parseShell('sh', text);
  },
  bash: ({ text }, context) => {
    requireBash(context);
    parseShell('bash', text);
  },
  console: ({ text }, context) => {
    assert.match(text, /^\$ /, 'a terminal begins with a command');
    requireBash(context);
    parseShell('bash', readCommands(text));
  },
  powershell: ({ text }) => {
    checkContinued(text, '`');
  },
  bat: ({ text }) => {
    checkContinued(text, '^');
  },
  ini: ({ text }) => {
    for (const line of text.split('\n')) assert.match(line, /^(?:\[[^\]]+\]|[a-z_]+ = \S.*|#.*)?$/);
  },
  // What a log or an error says; nothing that anybody would paste into a file.
  text: ({ text }) => {
    assert.ok(text.trim() !== '', 'it is empty');
  },
};

/**
 * There is no PowerShell or cmd here: at least no line goes on as in another shell, and the next one does not begin
 * again.
 */
function checkContinued(text: string, sign: string): void {
  const lines = text.split('\n');
  for (const [index, line] of lines.entries()) {
    assert.doesNotMatch(line, /\S\s+\\$/, `${line}: sh goes on so`);
    assert.equal(line.endsWith(` ${sign}`), lines[index + 1]?.startsWith('  ') ?? false, line);
  }
}

describe('docs/snippets are what they say they are', () => {
  before(() => {
    if (!hasTerraform)
      console.log('*** SKIPPED: terraform is not on PATH, so the format of HCL snippets is not checked');
  });

  for (const snippet of readPages().flatMap(({ snippets }) => snippets)) {
    it(`${snippet.place}: ${snippet.language}`, async function () {
      const check = checks[snippet.language];
      assert.ok(check !== undefined, `the language "${snippet.language}" is none of ${Object.keys(checks).join(', ')}`);
      await check(snippet, this);
    });

    if (snippet.language !== 'yaml') continue;
    for (const [place, script] of findScripts(parseYaml(snippet.text)).entries()) {
      it(`${snippet.place}: script ${place + 1} of the pipeline`, function () {
        requireBash(this);
        parseShell('bash', script);
      });
    }
  }

  it('refuses what is broken', async function () {
    const snippet = { place: 'x.tf', page: 'x' };
    const broken: readonly (readonly [string, string])[] = [
      ['yaml', 'a: [1'],
      ['yaml', 'a: 1\na: 2'],
      ['json', '{"a": 1,}'],
      ['hcl', 'provider "aws" {'],
      ['ini', 'profile network'],
      ['console', 'aws-wif connection'],
    ];
    for (const [language, text] of broken) {
      const outcome = await attempt(() => checks[language]?.({ ...snippet, language, text }, this));
      assert.equal(outcome, 'refused', `${language} takes ${text}`);
    }
  });
});

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { entries, nameOf } from '../../src/cli/commands.ts';
import { startCompany, tokens } from '../cli/company.ts';
import type { RecordedServer } from '../fakes/recorded-server.ts';
import { makeScratchFolder } from '../harness/scratch-folder.ts';
import { findCommands, splitWords, type CommandWords } from './command-words.ts';
import { openCommands } from './open-commands.ts';
import { readPages } from './pages.ts';
import { findScripts, parseYaml } from './pipelines.ts';

const pages = readPages();
const { listOptions, parseWords, runCommand } = openCommands();

const shells = pages
  .flatMap(({ snippets }) => snippets)
  .flatMap(({ place, language, text }) => {
    if (language === 'yaml') return findScripts(parseYaml(text)).map(script => ({ place, text: script }));
    return ['sh', 'bash', 'console'].includes(language) ? [{ place, text }] : [];
  });

describe('docs/commands', () => {
  for (const { place, text } of shells) {
    for (const command of findCommands(text)) {
      it(`${place}: aws-wif ${command.args.join(' ')}`, async () => {
        await parseWords(command.args);
      });
    }
  }

  it('in the help of every command are command lines that it accepts', async () => {
    const named = entries.flatMap(one =>
      (one.subcommands ?? [undefined]).map(sub => [nameOf(one), ...(sub === undefined ? [] : [nameOf(sub)])]),
    );
    const groups = entries.filter(({ subcommands }) => subcommands !== undefined).map(one => [nameOf(one)]);
    let count = 0;
    for (const names of [[], ...groups, ...named]) {
      const { stdout } = await runCommand([...names, '--help'], { url: 'https://dev.azure.com', token: 'none' });
      const examples = stdout.replace(/ \\\n\s*/g, ' ').match(/(?<=^ {2}\$ )aws-wif .*(?<! \.\.\.)$/gm) ?? [];
      for (const example of examples) {
        await parseWords(splitWords(example.replace(/^aws-wif /, '')).args);
        count += 1;
      }
    }
    assert.ok(count > 50, `${count} examples were found`);
  });

  describe('in running text name commands and options that there are', () => {
    for (const { place, text } of pages
      .flatMap(({ codes }) => codes)
      .filter(one => /^(?:npx )?aws-wif /.test(one.text))) {
      it(`${place}: ${text}`, async () => {
        const [name = '', ...rest] = splitWords(text.replace(/^(?:npx )?aws-wif /, '')).args;
        const options = await listOptions([name, ...rest]);
        for (const option of rest.filter(word => word.startsWith('--'))) {
          assert.ok(options.includes(option), `aws-wif ${name} has no ${option}`);
        }
      });
    }
  });

  for (const args of [['connection', '--organisation', 'x'], ['trust-polices'], ['connection', '--issuer', 'github']]) {
    it(`would see the mistake in aws-wif ${args.join(' ')}`, async () => {
      await assert.rejects(parseWords(args));
    });
  }
});

/** Each command of a terminal with what stands below it. */
function splitTerminal(
  text: string,
): readonly { readonly command: CommandWords | undefined; readonly output: string }[] {
  return text
    .replace(/\\\n\s*/g, ' ')
    .split(/^(?=\$ )/m)
    .map(part => {
      const [line = '', ...output] = part.split('\n');
      return { command: findCommands(line)[0], output: output.join('\n').trimEnd() };
    });
}

/** Files that earlier commands of a page have made are in a folder of the test. */
function placeFiles(args: readonly string[], folder: string, files: ReadonlySet<string>): readonly string[] {
  return args.map(arg => (files.has(arg) ? join(folder, arg) : arg));
}

describe('docs/commands print what the pages show', () => {
  const folder = makeScratchFolder('docs-commands');
  let company: RecordedServer;
  before(async () => {
    company = await startCompany();
  });
  after(() => company.close());

  const terminals = pages.flatMap(({ snippets }) => snippets.filter(({ language }) => language === 'console'));

  for (const { place, text } of terminals) {
    it(place, async () => {
      const files = new Set<string>();
      for (const { command, output } of splitTerminal(text)) {
        assert.ok(command !== undefined, 'a terminal shows aws-wif alone: what else prints is not known here');
        const { stdout, stderr } = await runCommand(placeFiles(command.args, folder, files), {
          url: company.url,
          token: tokens.full,
        });
        if (command.into === undefined) assert.equal(output, `${stderr}${stdout}`.trimEnd());
        else {
          assert.equal(output, stderr.trimEnd());
          files.add(command.into);
          writeFileSync(join(folder, command.into), stdout);
          assert.notEqual(readFileSync(join(folder, command.into), 'utf8'), '');
        }
      }
    });
  }

  it('finds terminals at all', () => {
    assert.ok(terminals.length > 2, `${terminals.length} terminals`);
  });
});

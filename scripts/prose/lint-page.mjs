import { TextlintKernel } from '@textlint/kernel';
import markdown from '@textlint/textlint-plugin-markdown';
import { findDialect } from './find-dialect.mjs';

/** A rule of textlint: reports the dialect in each block of prose, whatever emphasis, code or links are in it. */
function reportDialect(context) {
  const { RuleError, Syntax, getSource, locator, report } = context;
  const check = node => {
    for (const { index, found, write } of findDialect(getSource(node)))
      report(node, new RuleError(`"${found}"; better: ${write}`, { padding: locator.at(index) }));
  };
  return { [Syntax.Paragraph]: check, [Syntax.Header]: check, [Syntax.TableCell]: check };
}

const kernel = new TextlintKernel();
const plugins = [{ pluginId: 'markdown', plugin: markdown.default ?? markdown }];
const rules = [{ ruleId: 'dialect', rule: reportDialect }];

/**
 * Returns what sounds translated in a page: its paragraphs, headings and tables. Code is left out.
 *
 * @param {string} text Markdown
 * @returns {Promise<readonly { readonly line: number, readonly message: string }[]>}
 */
export async function lintPage(text) {
  const { messages } = await kernel.lintText(text, { ext: '.md', plugins, rules });
  return messages.map(({ loc, message }) => ({ line: loc.start.line, message }));
}

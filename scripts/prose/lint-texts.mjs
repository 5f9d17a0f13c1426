import { createRequire } from 'node:module';
import { findDialect } from './find-dialect.mjs';

/** By `require`: an import takes 1 s more, since Node reads all 9 MB once more for the names in it. */
const ts = createRequire(import.meta.url)('typescript');

/** Fewer words than these are names, patterns or parts of a table. */
const leastWords = 3;

/** @param {ts.Node} node @returns {string | undefined} the text of a literal, with … for each value in it */
function readLiteral(node) {
  if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) return node.text;
  if (!ts.isTemplateExpression(node)) return undefined;
  return node.head.text + node.templateSpans.map(({ literal }) => `…${literal.text}`).join('');
}

/** @param {ts.Node} node */
function isCode(node) {
  return ts.isImportDeclaration(node) || ts.isExportDeclaration(node) || ts.isLiteralTypeNode(node);
}

/**
 * Returns what sounds translated in the texts of a source or a JSON file: its literals of some words. Names and comments
 * are left out.
 *
 * @param {string} source
 * @param {string} path its ending decides how it is read
 * @returns {readonly { readonly line: number, readonly message: string }[]}
 */
export function lintTexts(source, path) {
  const options = { languageVersion: ts.ScriptTarget.Latest, jsDocParsingMode: ts.JSDocParsingMode.ParseNone };
  const file = ts.createSourceFile(path, source, options);
  /** @type {{ readonly line: number, readonly message: string }[]} */
  const findings = [];
  /** @param {ts.Node} node */
  const visit = node => {
    if (isCode(node)) return;
    const text = readLiteral(node);
    if (text !== undefined && text.split(/\s+/).length > leastWords) {
      const line = file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1;
      for (const { found, write } of findDialect(text))
        findings.push({ line, message: `"${found}"; better: ${write}` });
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return findings;
}

// Types of all and lint of some at once: npm test
//   tsx scripts/check-code.ts FILE...    `.` lints all
// Both ask TypeScript about the same files. Here one program answers both, where `npm run types` and `npm run lint` each
// make their own.
import { ESLint } from 'eslint';
import ts from 'typescript';

/** The program of tsconfig.json; throws where that cannot be read. */
function openProgram(): ts.Program {
  const { config, error } = ts.readConfigFile('tsconfig.json', path => ts.sys.readFile(path)) as {
    readonly config: unknown;
    readonly error?: ts.Diagnostic;
  };
  if (error !== undefined) throw new Error(formatDiagnostics([error]));
  const { fileNames, options, errors } = ts.parseJsonConfigFileContent(config, ts.sys, process.cwd());
  if (errors.length > 0) throw new Error(formatDiagnostics(errors));
  return ts.createProgram(fileNames, options);
}

function formatDiagnostics(diagnostics: readonly ts.Diagnostic[]): string {
  return ts.formatDiagnostics(diagnostics, {
    getCanonicalFileName: name => name,
    getCurrentDirectory: () => process.cwd(),
    getNewLine: () => '\n',
  });
}

/** Lints files with the program's types; scripts in JavaScript are none of its files, and are linted without. */
async function lint(program: ts.Program, files: readonly string[]): Promise<string> {
  const code = files.filter(file => file === '.' || /\.(?:ts|mjs)$/.test(file));
  if (code.length === 0) return '';
  const parserOptions = { projectService: false, programs: [program] };
  const eslint = new ESLint({
    overrideConfig: [
      { languageOptions: { parserOptions } },
      { files: ['**/*.mjs'], languageOptions: { parserOptions: { programs: null } } },
    ],
  });
  const results = await eslint.lintFiles(code);
  return (await eslint.loadFormatter('stylish')).format(results);
}

const program = openProgram();
const faults = [
  formatDiagnostics(ts.getPreEmitDiagnostics(program)),
  await lint(program, process.argv.slice(2)),
].filter(text => text !== '');
for (const text of faults) console.log(text);
process.exitCode = faults.length > 0 ? 1 : 0;

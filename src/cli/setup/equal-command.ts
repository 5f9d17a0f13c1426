import type { Option } from 'commander';
import { neutralise } from '../../outside-text.ts';
import { quotePowerShell, quoteSh } from '../../setup/template/quote.ts';

export interface CommandSource {
  /** All options of the command, in the order of its help. */
  readonly known: readonly Option[];
  /** Their values by the names that the parser gives them. */
  readonly values: Readonly<Record<string, unknown>>;
  readonly shell: 'sh' | 'powershell';
}

/**
 * Returns the command line, in one line, that gives the options without a question; what a default says is left out.
 * Undefined where a value cannot be pasted safely.
 */
export function formatEqualCommand(name: string, { known, values, shell }: CommandSource): string | undefined {
  const words = known.flatMap(one => listWords(one, values[one.attributeName()]));
  // Windows PowerShell drops double quotes in what it hands to a program.
  if (words.some(word => neutralise(word) !== word || (shell === 'powershell' && word.includes('"')))) return undefined;
  const quote = shell === 'sh' ? quoteSh : quotePowerShell;
  return [name, ...words.map(word => (isPlain(word) ? word : quote(word)))].join(' ');
}

function listWords({ long, defaultValue }: Option, value: unknown): readonly string[] {
  if (value === undefined || value === false || value === defaultValue || typeof long !== 'string') return [];
  if (value === true) return [long];
  const texts = (Array.isArray(value) ? value : [value]) as readonly unknown[];
  return texts.flatMap(text => [long, String(text)]);
}

/** The same in every shell, cmd.exe included. */
function isPlain(word: string): boolean {
  return /^[\w/-][\w:./-]*$/.test(word);
}

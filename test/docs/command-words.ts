/** A command of a page, taken apart as a shell would. */
export interface CommandWords {
  readonly args: readonly string[];
  /** The file that its output goes to. */
  readonly into: string | undefined;
}

/** Returns the `aws-wif` commands in a shell text or a terminal's text, without what stands before and after them. */
export function findCommands(text: string): readonly CommandWords[] {
  return text
    .replace(/\\\n\s*/g, ' ')
    .split('\n')
    .flatMap(line =>
      /^(?:\$ )?\s*(?:npx )?aws-wif(?: .*)?$/.test(line)
        ? [splitWords(line.replace(/^(?:\$ )?\s*(?:npx )?aws-wif/, ''))]
        : [],
    );
}

/** Quotes as a shell reads them; nothing else that it expands is in these commands. */
export function splitWords(line: string): CommandWords {
  const words = [...line.matchAll(/'([^']*)'|"([^"]*)"|([^\s'"]+)/g)].map(
    ([whole, single, double]) => single ?? double ?? whole,
  );
  const end = words.findIndex(word => ['|', '&&', '||', ';', '#'].includes(word));
  const own = end < 0 ? words : words.slice(0, end);
  const arrow = own.indexOf('>');
  if (arrow >= 0) return { args: own.slice(0, arrow), into: own[arrow + 1] };
  const option = own.indexOf('--out');
  return { args: own, into: option < 0 ? undefined : own[option + 1] };
}

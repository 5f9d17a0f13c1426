/**
 * Returns a text whose lines have at most so many characters, broken at spaces. An example of a command goes on in the next
 * line as a shell takes it: with a backslash at the end.
 */
export function wrapLines(text: string, max: number): string {
  let isExample = false;
  return text
    .split('\n')
    .map(line => {
      isExample = /^ {2}\$ /.test(line) || (isExample && line.startsWith('      '));
      return wrapLine(line, max, isExample ? { end: ' \\', indent: '      ' } : { end: '', indent: indentOf(line) });
    })
    .join('\n');
}

interface Break {
  readonly end: string;
  readonly indent: string;
}

function wrapLine(line: string, max: number, broken: Break): string {
  const { end, indent } = broken;
  if (line.length <= max) return line;
  const place = line.lastIndexOf(' ', max - end.length);
  if (place <= indent.length) return line;
  return `${line.slice(0, place)}${end}\n${wrapLine(`${indent}${line.slice(place + 1)}`, max, broken)}`;
}

function indentOf(line: string): string {
  return /^ */.exec(line)?.[0] ?? '';
}

import { parseCommand } from './logging-command.ts';
import { escapeForUri } from './masking.ts';

/** A line that shows a secret to somebody who may not see it. */
export interface Leak {
  readonly line: string;
  readonly index: number;
  readonly secret: string;
  readonly form: 'plain' | 'base64' | 'uri' | 'json' | 'command';
}

/** Shorter Base64 cores turn up by chance. */
const minBase64Length = 8;

/**
 * Every line that holds one of the secrets, as it is or as Base64 (at all three alignments, both alphabets),
 * URI-encoded, JSON-escaped or escaped for a logging command. The value of a `task.setsecret` or of a secret
 * `task.setvariable` is where a secret belongs and does not count; the rest of such a line does.
 */
export function findLeaks(lines: readonly string[], secrets: readonly string[]): readonly Leak[] {
  const needles = secrets.filter(secret => secret !== '').flatMap(encodeSecret);
  return lines.flatMap((line, index) => {
    const visible = withoutMaskedValue(line);
    return needles
      .filter(({ text }) => visible.includes(text))
      .map(({ secret, form }) => ({ line, index, secret, form }));
  });
}

interface Needle {
  readonly text: string;
  readonly secret: string;
  readonly form: Leak['form'];
}

function encodeSecret(secret: string): readonly Needle[] {
  const base64 = [0, 1, 2].map(offset => base64Core(secret, offset)).filter(text => text.length >= minBase64Length);
  const urlSafe = base64.map(text => text.replaceAll('+', '-').replaceAll('/', '_'));
  const command = secret.replaceAll('%', '%AZP25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
  const forms: readonly (readonly [Leak['form'], string])[] = [
    ['plain', secret],
    ['uri', encodeURIComponent(secret)],
    ['uri', escapeForUri(secret)],
    ['json', JSON.stringify(secret).slice(1, -1)],
    ['command', command],
    ['command', command.replaceAll(']', '%5D').replaceAll(';', '%3B')],
    ...[...base64, ...urlSafe].map(text => ['base64', text] as const),
  ];
  const distinct = forms.filter(([, text], index) => forms.findIndex(other => other[1] === text) === index);
  return distinct.map(([form, text]) => ({ text, secret, form }));
}

/** The Base64 characters that the secret alone decides when `offset` bytes, modulo three, stand before it. */
function base64Core(secret: string, offset: number): string {
  const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(secret, 'utf8')]);
  const firstWhole = Math.ceil((offset * 8) / 6);
  const afterLastWhole = Math.floor((bytes.length * 8) / 6);
  return bytes.toString('base64').slice(firstWhole, afterLastWhole);
}

/** Only the first command of a line is one: what stands after `##vso[task.debug]` is text, whatever it looks like. */
function withoutMaskedValue(line: string): string {
  const command = parseCommand(line);
  const event = command?.area.toLowerCase() === 'task' ? command.event.toLowerCase() : undefined;
  const isSecret = command?.properties['issecret']?.trim().toLowerCase() === 'true';
  if (event !== 'setsecret' && !(event === 'setvariable' && isSecret)) return line;
  return line.slice(0, line.indexOf(']', line.indexOf('##vso[')) + 1);
}

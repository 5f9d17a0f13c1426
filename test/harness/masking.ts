/** The agent's log masker: what was registered becomes `***`. */
export interface Masker {
  readonly addValue: (value: string) => void;
  /** A secret variable of the job message, which alone is also masked as Base64, trimmed and without quotes. */
  readonly addMessageSecret: (value: string) => void;
  readonly mask: (text: string) => string;
}

interface Span {
  readonly start: number;
  readonly end: number;
}

/** Passwords in URLs are masked without being registered. Agent: AdditionalMaskingRegexes.cs. */
const urlPassword = /(?<=\/\/[^:/?#\n]+:)(?:[\w.~-]|(?:%|%AZP25)[0-9a-fA-F]{2}|[!$&'()*+,;=]|:)+(?=@)/g;

export function createMasker(): Masker {
  const secrets = new Set<string>();
  const addValue = (value: string) => {
    for (const form of [value, ...encoders.map(encode => encode(value))]) if (form !== '') secrets.add(form);
  };
  return {
    addValue,
    addMessageSecret: value => {
      if (value.trim() !== '') messageForms(value).forEach(addValue);
    },
    mask: text => replaceSpans(text, mergeSpans(findSpans(text, secrets))),
  };
}

/** Agent: HostContext.cs, the three AddValueEncoder calls; the encoders themselves are in the server's client library. */
const encoders: readonly ((value: string) => string)[] = [escapeAsJson, escapeForUri, unescapeBackslashes];

function escapeAsJson(value: string): string {
  return JSON.stringify(value)
    .slice(1, -1)
    .replace(/[\u0085\u2028\u2029]/g, character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** .NET's Uri.EscapeDataString: everything but RFC 3986's unreserved characters, upper-case hexadecimal. */
export function escapeForUri(value: string): string {
  const escapeByte = (byte: number) => {
    const character = String.fromCharCode(byte);
    return /[A-Za-z0-9._~-]/.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  };
  return [...Buffer.from(value, 'utf8')].map(escapeByte).join('');
}

/** Named BackslashEscape there, yet it takes backslashes away. */
function unescapeBackslashes(value: string): string {
  return value.replaceAll('\\\\', '\\').replaceAll("\\'", "'").replaceAll('\\"', '"').replaceAll('\\t', '\t');
}

/** Agent: Worker.cs, InitializeSecretMasker and AddUserSuppliedSecret. */
function messageForms(value: string): readonly string[] {
  const base64 = Buffer.from(value, 'utf8').toString('base64');
  const escapeLines = (text: string) => text.replaceAll('\r', '%0D').replaceAll('\n', '%0A');
  const escaped = [value, base64].flatMap(text => [
    text,
    escapeLines(text.replaceAll('%', '%AZP25')),
    escapeLines(text),
  ]);
  return escaped.flatMap(text => [text, ...withoutQuotes(text), text.replace(/^[\r\n ]+|[\r\n ]+$/g, '')]);
}

function withoutQuotes(text: string): readonly string[] {
  if (text.startsWith("'") && text.endsWith("'")) return [text.replace(/^'+|'+$/g, '')];
  if (text.startsWith('"') && text.endsWith('"')) return [text.replace(/^"+|"+$/g, '')];
  return [];
}

function findSpans(text: string, secrets: ReadonlySet<string>): Span[] {
  const spans: Span[] = [];
  for (const secret of secrets)
    for (let start = text.indexOf(secret); start >= 0; start = text.indexOf(secret, start + 1))
      spans.push({ start, end: start + secret.length });
  for (const match of text.matchAll(urlPassword))
    spans.push({ start: match.index, end: match.index + match[0].length });
  return spans.sort((a, b) => a.start - b.start);
}

/** Spans that touch become one, so two secrets side by side are one `***`. */
function mergeSpans(sorted: readonly Span[]): readonly Span[] {
  const merged: Span[] = [];
  for (const span of sorted) {
    const last = merged.at(-1);
    if (last === undefined || span.start > last.end) merged.push(span);
    else merged[merged.length - 1] = { start: last.start, end: Math.max(last.end, span.end) };
  }
  return merged;
}

function replaceSpans(text: string, spans: readonly Span[]): string {
  let masked = '';
  let position = 0;
  for (const { start, end } of spans) {
    masked += `${text.slice(position, start)}***`;
    position = end;
  }
  return masked + text.slice(position);
}

import type { HttpResponse } from '../identity/http.ts';

/** What STS said in an error answer. */
export interface StsError {
  readonly code: string;
  readonly message: string;
}

/**
 * Returns the code and message of an error answer of the AWS query API; undefined if it has neither. The SDK's own
 * reading fails on elements that are there twice, empty or nested, and then a throttled request would not be tried again:
 * here the first one that has a text counts.
 *
 * The answer has to be XML, and is not checked for being well-formed.
 *
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html
 */
export function readStsError({ status, body }: HttpResponse): StsError | undefined {
  if (status < 300) return undefined;
  const found: Partial<Record<string, string>> = {};
  let open: { readonly name: string; readonly from: number } | undefined;
  const xml = unwrap(body);
  for (const { 0: tag, 1: slash, 2: name = '', index } of xml.matchAll(tags)) {
    if (open === undefined && slash === '' && !tag.endsWith('/>')) open = { name, from: index + tag.length };
    if (slash === '' || open?.name !== name) continue;
    const text = readText(xml.slice(open.from, index));
    if (text !== '') found[name] ??= text;
    open = undefined;
  }
  const { Code: code, Message: message } = found;
  if (code === undefined && message === undefined) return undefined;
  return { code: code ?? 'no error code', message: message ?? 'no message' };
}

/** With any prefix: STS declares its namespace for the whole answer. */
const tags = /<(\/?)(?:[\w.-]+:)?(Code|Message)(?:\s[^<>]*)?\/?>/g;

/** Without comments, and with the texts of CDATA sections written as any other text. */
function unwrap(body: string): string {
  return body
    .replace(/<!--[^]*?(?:-->|$)/g, '')
    .replace(/<!\[CDATA\[([^]*?)(?:\]\]>|$)/g, (_, text: string) =>
      text.replaceAll('&', '&amp;').replaceAll('<', '&lt;'),
    );
}

const entities: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

function readText(xml: string): string {
  const text = xml.replace(/<[^<>]*>/g, ' ');
  const decoded = text.replace(/&(?:#(\d{1,7})|#x([\da-f]{1,6})|([a-z]{2,4}));/gi, (whole, ...groups: unknown[]) => {
    const [decimal, hex, name] = groups.map(group => (typeof group === 'string' ? group : ''));
    if (name !== undefined && name !== '') return entities[name] ?? whole;
    const point = decimal === '' ? parseInt(hex ?? '', 16) : Number(decimal);
    return point <= 0x10ffff ? String.fromCodePoint(point) : whole;
  });
  return decoded.trim();
}

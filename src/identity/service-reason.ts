import type { HttpResponse } from './http.ts';
import { isRecord, parseMarkedJson } from '../json.ts';
import { hideTokens } from '../secret-forms.ts';

/** What an answer says of itself, as far as it can be read. None of it is trusted, and no token is left in it. */
export interface ServiceReason {
  /** The service's own message: of its JSON, of the header x-tfs-serviceerror, or the title of a page. */
  readonly message: string | undefined;
  /** The name of .NET's exception, such as `UnauthorizedRequestException`. */
  readonly exception: string | undefined;
  readonly isPage: boolean;
  /** What speaks for another server than Azure DevOps, as a phrase; undefined if nothing is. */
  readonly stranger: string | undefined;
}

type Answer = Pick<HttpResponse, 'headers' | 'body'>;

/**
 * Reads why Azure DevOps refuses a request. Its errors come as `{"message"}`, `{"value":{"Message"}}`, `{"value":"text"}`
 * or `{"error":{"message"}}`, those of ASP.NET also with `ExceptionMessage` or `errors`, or as a page whose reason is in the
 * header x-tfs-serviceerror, URL-encoded.
 *
 * @see https://github.com/microsoft/azure-devops-node-api/blob/master/api/Serialization.ts
 */
export function readReason(answer: Answer): ServiceReason {
  const json = parseMarkedJson(answer.body);
  const isPage = isHtml(answer);
  const title = json === undefined ? readTitle(answer.body) : undefined;
  const message = findMessage(json) ?? readServiceError(answer.headers) ?? title;
  return {
    // A server may answer with what it was sent.
    message: message === undefined ? undefined : hideTokens(message),
    exception: findException(json),
    isPage,
    stranger: findStranger(answer, title),
  };
}

function isHtml({ headers, body }: Answer): boolean {
  return /\bhtml\b/i.test(headers['content-type'] ?? '') || /^\s*<(?:!doctype|html)/i.test(body.slice(0, 1000));
}

/** Names under which errors hold their message, the best first; letter case differs between services. */
const messageNames = [
  'exceptionmessage',
  'message',
  'errormessage',
  'value',
  'error_description',
  'error',
  'innerexception',
  'errors',
  'detail',
  'title',
];

function findMessage(value: unknown, depth = 0): string | undefined {
  if (typeof value === 'string') return depth > 0 && value.trim() !== '' ? value.trim() : undefined;
  if (depth > 3) return undefined;
  // A list may have a million entries; its first one is shown.
  if (Array.isArray(value)) return findMessage(value[0], depth + 1);
  if (!isRecord(value)) return undefined;
  const entries = Object.entries(value).map(([name, inner]) => [name.toLowerCase(), inner] as const);
  const found = messageNames.map(name => {
    const inner = entries.find(([key]) => key === name)?.[1];
    return findMessage(inner, depth + 1) ?? (name === 'errors' ? findFieldError(inner) : undefined);
  });
  return found.find(message => message !== undefined);
}

/** ASP.NET lists what is wrong by the names of fields: `{"errors":{"id":["The id is required."]}}`. */
function findFieldError(errors: unknown): string | undefined {
  return isRecord(errors) ? findMessage(Object.values(errors)[0], 2) : undefined;
}

function findException(json: unknown): string | undefined {
  const records = isRecord(json) ? [json, json['value'], json['error']] : [];
  const keys = records.flatMap(one => (isRecord(one) ? [one['typeKey'], one['TypeKey'], one['typeName']] : []));
  const key = keys.find(one => typeof one === 'string' && one !== '');
  return typeof key === 'string' ? /\b(\w{1,200})(?:,|$)/.exec(key)?.[1] : undefined;
}

/** Blanks are encoded as plus signs; what cannot be decoded is shown as it came. */
function readServiceError(headers: HttpResponse['headers']): string | undefined {
  const text = headers['x-tfs-serviceerror']?.trim() ?? '';
  if (text === '') return undefined;
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text.replaceAll('+', ' ');
  }
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'", nbsp: ' ' };

function readTitle(body: string): string | undefined {
  const [, title = ''] = /<title(?:\s[^<>]*)?>([^<]{1,500})<\/title>/i.exec(body.slice(0, 20_000)) ?? [];
  const text = title.replaceAll(/&(#?\w{2,5});/g, (entity, name: string) => entities[name] ?? entity);
  return text.trim() === '' ? undefined : text.trim().replaceAll(/\s+/g, ' ');
}

/** Azure DevOps marks its answers; a proxy between passes these headers on, and adds its own. */
function findStranger({ headers }: Answer, title: string | undefined): string | undefined {
  const names = Object.keys(headers);
  if (names.some(name => /^x-(?:tfs|vss)-/.test(name))) return undefined;
  if (title !== undefined && /azure devops|visual studio/i.test(title)) return undefined;
  const proxies = names.filter(name => /^(?:via|proxy-.+|x-squid-error|x-cache-lookup|x-proxy-.+)$/.test(name));
  if (proxies.length > 0) return `it has the headers of a proxy (${proxies.join(', ')})`;
  return 'it has none of the headers of Azure DevOps (x-tfs-…, x-vss-…)';
}

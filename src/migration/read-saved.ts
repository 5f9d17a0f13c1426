import type { ProviderState } from '../account/iam.ts';
import type { SavedDocument, SavedDocuments } from '../account/saved-documents.ts';

/** Returns the documents that a file saved; undefined where the text is no such file. */
export function readSaved(text: string): SavedDocuments | undefined {
  const value = parse(text);
  if (!isObject(value) || value['version'] !== 1) return undefined;
  const { account, partition, savedAt, entries } = value;
  if (typeof account !== 'string' || typeof partition !== 'string' || typeof savedAt !== 'string') return undefined;
  if (!Array.isArray(entries) || !entries.every(isEntry)) return undefined;
  return { version: 1, account, partition, savedAt, entries };
}

function isEntry(value: unknown): value is SavedDocument {
  if (!isObject(value)) return false;
  const { kind, before, after } = value;
  if (kind === 'trust-policy') {
    const isText = typeof value['roleName'] === 'string' && typeof after === 'string';
    return isText && (before === null || typeof before === 'string');
  }
  const isState = (one: unknown): boolean => one === null || isProvider(one);
  return kind === 'provider' && typeof value['arn'] === 'string' && isState(before) && isState(after);
}

function isProvider(value: unknown): value is ProviderState {
  if (!isObject(value)) return false;
  const { arn, url, clientIds, thumbprints, tags } = value;
  const isList = (one: unknown): boolean => Array.isArray(one) && one.every(item => typeof item === 'string');
  const isTags = isObject(tags) && Object.values(tags).every(tag => typeof tag === 'string');
  return typeof arn === 'string' && typeof url === 'string' && isList(clientIds) && isList(thumbprints) && isTags;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

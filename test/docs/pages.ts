import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import MarkdownIt from 'markdown-it';

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** A fenced piece of code, with the line at which it begins. */
export interface Snippet {
  readonly place: string;
  readonly page: string;
  readonly language: string;
  readonly text: string;
}

export interface Link {
  readonly place: string;
  readonly target: string;
}

/** A page of the documentation, taken apart. */
export interface Page {
  /** Its path in the repository, with slashes. */
  readonly path: string;
  readonly text: string;
  readonly headings: readonly { readonly level: number; readonly text: string; readonly anchor: string }[];
  readonly snippets: readonly Snippet[];
  /** What stands between backticks in running text. */
  readonly codes: readonly { readonly place: string; readonly text: string }[];
  readonly links: readonly Link[];
}

type Token = ReturnType<InstanceType<typeof MarkdownIt>['parse']>[number];

/** Returns every page that a reader is sent to. */
export function readPages(): readonly Page[] {
  const fixed = ['README.md', 'overview.md', 'SECURITY.md', 'CONTRIBUTING.md'].filter(path =>
    existsSync(join(root, path)),
  );
  return [...fixed, ...findMarkdown('docs'), ...findMarkdown('examples'), ...findMarkdown('infra')].map(path =>
    readPage(path),
  );
}

function findMarkdown(folder: string): readonly string[] {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .map(path => `${folder}/${path.replaceAll('\\', '/')}`)
    .filter(path => path.endsWith('.md') && !path.includes('/.'))
    .sort();
}

const read = new Map<string, Page>();

/** Returns a page of the repository, taken apart once. */
export function readPage(path: string): Page {
  const page = read.get(path) ?? takeApart(path);
  read.set(path, page);
  return page;
}

function takeApart(path: string): Page {
  const text = readFileSync(join(root, path), 'utf8');
  const tokens = new MarkdownIt({ html: true }).parse(text, {});
  return {
    path,
    text,
    headings: readHeadings(tokens),
    snippets: tokens
      .filter(({ type }) => type === 'fence')
      .map(token => ({ place: placeOf(path, token), page: path, language: token.info.trim(), text: token.content })),
    codes: listInline(tokens, path, 'code_inline').map(({ place, token }) => ({ place, text: token.content })),
    links: [
      ...listInline(tokens, path, 'link_open').map(({ place, token }) => ({
        place,
        target: String(token.attrGet('href') ?? ''),
      })),
      ...listInline(tokens, path, 'image').map(({ place, token }) => ({
        place,
        target: String(token.attrGet('src') ?? ''),
      })),
    ],
  };
}

function placeOf(path: string, { map }: Token): string {
  return `${path}:${(map?.[0] ?? 0) + 1}`;
}

function listInline(tokens: readonly Token[], path: string, type: string): readonly { place: string; token: Token }[] {
  return tokens.flatMap(outer =>
    (outer.children ?? []).filter(token => token.type === type).map(token => ({ place: placeOf(path, outer), token })),
  );
}

/** Anchors as GitHub and the marketplace make them: a heading that comes again gets a number. */
function readHeadings(tokens: readonly Token[]): Page['headings'] {
  const seen = new Map<string, number>();
  return tokens.flatMap((token, place) => {
    if (token.type !== 'heading_open') return [];
    const text = (tokens[place + 1]?.children ?? []).map(({ content }) => content).join('');
    const slug = text
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-');
    const before = seen.get(slug) ?? 0;
    seen.set(slug, before + 1);
    return [{ level: Number(token.tag.slice(1)), text, anchor: before === 0 ? slug : `${slug}-${before}` }];
  });
}

import { Option, type Command } from 'commander';
import { renderHtml } from './html.ts';
import { renderMarkdown } from './markdown.ts';
import type { Page } from './page.ts';

/** In what a page is written; `text` is what a command prints without a page. */
export type PageFormat = 'text' | 'markdown' | 'html';

export interface FormatOptions<Format extends string = PageFormat> {
  readonly format: Format;
  readonly json?: boolean;
}

/** Adds the option that says in what the report is written. */
export function addFormatOption(command: Command, formats: readonly string[] = ['text', 'markdown', 'html']): Command {
  const option = new Option('--format <format>', 'format of the report').choices(formats).default('text');
  return command.optionsGroup('Output:').addOption(option);
}

/** Returns a page in a format. */
export function renderPage(page: Page, format: Exclude<PageFormat, 'text'>): string {
  return (format === 'html' ? renderHtml(page) : renderMarkdown(page)).trimEnd();
}

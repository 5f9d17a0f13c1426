/** Longest piece of outside text that is ever shown; AWS and Azure messages are far shorter. */
const longest = 2000;

/** C0 and C1 controls (ESC among them), bidi controls, line separators, zero-width characters, byte order mark. */
const invisible = /[\p{Cc}\u061C\u200B-\u200F\u2028-\u202E\u2060-\u2069\uFEFF]/gu;

/**
 * Returns text from outside (an AWS or Azure message, a claim, a name) as one line that is safe to print in a
 * pipeline log: no control, ESC or bidi characters, and nothing the agent would take for a logging command. The agent
 * executes `##vso[` wherever it stands in a line and formats a line that begins with `##[`.
 *
 * It does not hide secrets and does not escape Markdown or HTML.
 *
 * @see https://learn.microsoft.com/azure/devops/pipelines/scripts/logging-commands
 */
export function neutralise(text: string): string {
  const line = text.replace(/[\r\n\t]+/g, ' ').replace(invisible, '');
  const harmless = line.replace(/##(?=vso\[|\[)/gi, '# #');
  return harmless.length > longest ? `${harmless.slice(0, longest)}…` : harmless;
}

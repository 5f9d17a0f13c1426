// Every target has its own quoting: a text from outside reaches none of them without one of these.

/**
 * Returns a text as one word of a POSIX shell. Throws for control characters, which a terminal would act on when the
 * command is pasted.
 *
 * @see https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html#tag_19_02_02
 */
export function quoteSh(text: string): string {
  refuseControls(text);
  const quoted = `'${text.replaceAll("'", "'\\''")}'`;
  // Two strings side by side are one word, and no logging command of Azure Pipelines where this is printed.
  return quoted.replace(/##(?=vso\[|\[)/gi, "#''#");
}

/**
 * Returns a text as one argument of PowerShell, which takes typographic quotation marks for its own. Throws for control
 * characters. Windows PowerShell drops double quotes in what it hands to a program: no argument may hold any.
 *
 * @see https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_quoting_rules
 */
export function quotePowerShell(text: string): string {
  refuseControls(text);
  return `'${text.replace(/['\u2018-\u201b]/g, '$&$&')}'`;
}

/**
 * Returns a text as a quoted string of HCL, in which `${` and `%{` begin a template; all except ASCII is escaped, as is
 * what would be a logging command of Azure Pipelines.
 *
 * @see https://developer.hashicorp.com/terraform/language/expressions/strings#escape-sequences
 */
export function quoteHcl(text: string): string {
  const escaped = text
    .replace(/["\\]/g, '\\$&')
    .replace(/[$%](?=\{)/g, '$&$&')
    .replace(/[^\x20-\x7e]/gu, escapeCodePoint)
    .replace(/##(?=vso\[|\[)/gi, '\\u0023#');
  return `"${escaped}"`;
}

function escapeCodePoint(character: string): string {
  const hex = (character.codePointAt(0) ?? 0).toString(16);
  return hex.length > 4 ? `\\U${hex.padStart(8, '0')}` : `\\u${hex.padStart(4, '0')}`;
}

function refuseControls(text: string): void {
  if (/\p{Cc}/u.test(text)) throw new RangeError('A command argument contains a control character.');
}

/** What YAML takes for something else than a text, or Azure Pipelines' parser did before. */
const otherYaml = /^(?:true|false|null|yes|no|on|off|y|n)$/i;

/** Words with single spaces between them, and what ARNs, paths and Regions are made of. */
const plainYaml = /^[A-Za-z][\w.-]*(?: [\w.-]+)*$|^[A-Za-z][\w.:/+=,@-]*[\w/+=@-]$/;

/**
 * Returns a text as a YAML value in one line, in quotes if it needs them; there what shows nothing is escaped, as is
 * what would be a logging command of Azure Pipelines. Expressions of Azure Pipelines stay: YAML has no escape for them.
 *
 * @see https://yaml.org/spec/1.2.2/#57-escaped-characters
 */
export function quoteYaml(text: string): string {
  if (plainYaml.test(text) && !otherYaml.test(text)) return text;
  return JSON.stringify(text)
    .replace(/[\p{Cc}\p{Default_Ignorable_Code_Point}\u2028\u2029]/gu, escapeCodePoint)
    .replace(/##(?=vso\[|\[)/gi, '\\u0023#');
}

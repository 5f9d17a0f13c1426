import { createHash } from 'node:crypto';
import { WifError } from '../errors.ts';

/**
 * One profile's section in a credentials or config file of ours. `use` is the id of the step that wrote it, `role` the
 * ARN of the role behind it; both are in a comment, so that each use can find what is its own.
 */
export interface ProfileSection {
  readonly name: string;
  readonly use: string;
  readonly role: string;
  /** Names and values as AWS spells them, in order. */
  readonly settings: Readonly<Record<string, string>>;
  /** Lines that others added to the section and that change neither credentials nor region, such as `output = json`. */
  readonly added?: readonly string[];
}

/** What is in a profile file: our sections, and those that others added, each as its own text. */
export interface ProfileFile {
  readonly sections: readonly ProfileSection[];
  readonly foreign: readonly string[];
}

/** Which of the two files: AWS puts the word `profile` before a name in the config file, except for `default`. */
export type ProfileFileKind = 'credentials' | 'config';

const banner = '# Written by AWSAssumeRoleWIF for this job and removed after it.';
const namePattern = /^[A-Za-z0-9][A-Za-z0-9_.@+-]{0,63}$/;
const ownerPattern = /^# use ([0-9a-f]{16}) role (\S+) sum ([0-9a-f]{16})$/;
// A value may hold line separators that no reader of such files takes for a line's end.
const settingPattern = /^([a-z][a-z0-9_]*) = (.*)$/s;

/**
 * Settings that decide who a profile is or which region it is in, in any letter case: Python reads names so.
 *
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html
 */
const decisive =
  /^(?:aws_\w*|credential_\w*|role_\w*|source_profile|web_identity_\w*|sso_\w*|login_\w*|external_id|mfa_\w*|duration_seconds|region|include_profile)$/i;

/**
 * Returns whether the text may name a profile. Not `DEFAULT`: to Python, and so to botocore and the AWS CLI, what stands
 * there is part of every profile.
 */
export function isProfileName(text: string): boolean {
  return namePattern.test(text) && text !== 'DEFAULT';
}

/**
 * Returns the text of a profile file, ours first. Values are checked once more here: one that would begin a line, a
 * section or a comment of its own is refused with a TypeError, since no checked value looks like that.
 *
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html
 */
export function renderProfiles({ sections, foreign }: ProfileFile, kind: ProfileFileKind): string {
  const blocks = [...sections.map(section => renderSection(section, kind).join('\n')), ...foreign];
  return [banner, ...blocks.flatMap(block => ['', block]), ''].join('\n');
}

/**
 * Returns what is in a profile file that was rendered here, and to which others, such as `aws configure set`, may
 * have added settings since. Throws `ProfileFileUnreadable` where that changes who one of our profiles is, or its
 * region: such a file is refused, not repaired. So is one that does not begin as ours do.
 */
export function parseProfiles(text: string, kind: ProfileFileKind): ProfileFile {
  if (text === '') return { sections: [], foreign: [] };
  // To Python a carriage return alone ends a line, too.
  const [first, ...lines] = text.split(/\r\n|\r|\n/);
  if (first !== banner) throw unreadable(kind, 'does not start with the line that this task writes');
  const { before, blocks } = splitBlocks(lines);
  if (before.some(line => !isIdle(line))) throw unreadable(kind, 'has a setting before its first profile');
  const sections = blocks.filter(isOwned).map(block => parseSection(block, kind));
  const foreign = blocks.filter(block => !isOwned(block));
  const names = new Set<string>();
  for (const { name } of sections) {
    if (names.has(name)) throw unreadable(kind, `has the profile "${name}" twice`);
    names.add(name);
  }
  refuseForeign(foreign, names, kind);
  return { sections, foreign: foreign.map(block => block.join('\n')) };
}

/**
 * Throws `ProfileFileUnreadable` where a profile of somebody else in the file has one of the given names: a client would
 * read both as one.
 */
export function refuseTakenNames({ foreign }: ProfileFile, names: readonly string[], kind: ProfileFileKind): void {
  refuseForeign(
    foreign.map(text => text.split('\n')),
    new Set(names),
    kind,
  );
}

/** A profile that stood for another role before. */
export interface ReplacedProfile {
  readonly name: string;
  readonly before: string;
  readonly after: string;
}

/**
 * Returns the sections with the new ones instead of those of the same name, and which changed their role. What
 * others added to a section stays with its name.
 */
export function mergeProfiles(
  standing: readonly ProfileSection[],
  added: readonly ProfileSection[],
): { readonly sections: readonly ProfileSection[]; readonly replaced: readonly ReplacedProfile[] } {
  const names = new Set(added.map(({ name }) => name));
  const kept = standing.filter(({ name }) => !names.has(name));
  const replaced = standing.flatMap(before => {
    const after = added.find(({ name }) => name === before.name);
    return after === undefined || after.role === before.role
      ? []
      : [{ name: before.name, before: before.role, after: after.role }];
  });
  const fresh = added.map(section => {
    const lines = standing.find(({ name }) => name === section.name)?.added;
    return lines === undefined ? section : { ...section, added: lines };
  });
  return { sections: [...kept, ...fresh], replaced };
}

/** Returns the sections that another use than the given one wrote. */
export function dropUse(sections: readonly ProfileSection[], use: string): readonly ProfileSection[] {
  return sections.filter(section => section.use !== use);
}

function renderSection(section: ProfileSection, kind: ProfileFileKind): readonly string[] {
  const { name, use, role, settings, added = [] } = section;
  if (!isProfileName(name)) throw new TypeError('a profile of that name cannot be written');
  const lines = Object.entries(settings).map(([key, value]) => renderSetting(key, value));
  const owner = `# use ${use} role ${role} sum ${sumUp(name, use, role, lines)}`;
  if (!ownerPattern.test(owner)) throw new TypeError('a profile of that use and role cannot be written');
  return [`[${titleOf(name, kind)}]`, owner, ...lines, ...added];
}

/** Shows that somebody changed a line, not that nobody could have: whoever can write the file can compute it. */
function sumUp(name: string, use: string, role: string, lines: readonly string[]): string {
  return createHash('sha256')
    .update([name, use, role, ...lines].join('\n'))
    .digest('hex')
    .slice(0, 16);
}

/** A value on one line that begins no section or comment; some SDKs see a comment after a blank, too. */
function isValue(text: string): boolean {
  return text !== '' && !/\p{Cc}|^[[#;\s]|\s[#;]|\s$/u.test(text);
}

function renderSetting(key: string, value: string): string {
  // The message does not hold the value: it may be a key.
  if (!isValue(value)) throw new TypeError(`the value of ${key} cannot be written`);
  // Only such settings are looked for when the file is read again.
  if (!decisive.test(key)) throw new TypeError(`${key} is not one of our settings`);
  return `${key} = ${value}`;
}

function titleOf(name: string, kind: ProfileFileKind): string {
  return kind === 'config' && name !== 'default' ? `profile ${name}` : name;
}

/** A title and the lines below it, without blank ones at the end. */
type Block = readonly string[];

/** Readers differ in which blanks and control characters they pass over: here all of them count for nothing. */
const unseen = String.raw`[\s\p{Cc}\p{Cf}]`;
const titlePattern = new RegExp(`^${unseen}*\\[([^\\]]*)`, 'u');
const unseenPattern = new RegExp(unseen, 'gu');

function splitBlocks(lines: readonly string[]): { readonly before: Block; readonly blocks: readonly Block[] } {
  const starts = lines.flatMap((line, index) => (titlePattern.test(line) ? [index] : []));
  const blocks = starts.map((start, index) => trimEnd(lines.slice(start, starts[index + 1])));
  return { before: lines.slice(0, starts[0]), blocks };
}

function trimEnd(lines: Block): Block {
  return lines.slice(0, lines.findLastIndex(line => line.trim() !== '') + 1);
}

/** A blank line or a comment. */
function isIdle(line: string): boolean {
  return /^\s*(?:$|[#;])/.test(line);
}

function isOwned([, owner = '']: Block): boolean {
  return ownerPattern.test(owner);
}

function parseSection(block: Block, kind: ProfileFileKind): ProfileSection {
  const [title = '', owner = '', ...lines] = block;
  const name = readName(title);
  const [, use = '', role = '', sum] = ownerPattern.exec(owner) ?? [];
  const own = listDecisive(lines);
  const isWhole = isProfileName(name) && title === `[${titleOf(name, kind)}]` && sumUp(name, use, role, own) === sum;
  if (!isWhole) throw unreadable(kind, `has changed credentials or a changed Region in ${describe(name)}`);
  const settings = Object.fromEntries(own.map(splitSetting));
  const added = lines.filter(line => !own.includes(line) && line.trim() !== '');
  return { name, use, role, settings, ...(added.length === 0 ? {} : { added }) };
}

/** The line is one of ours, as the sum has shown. */
function splitSetting(line: string): readonly [string, string] {
  const [, key = '', value = ''] = settingPattern.exec(line) ?? [];
  return [key, value];
}

/** Some readers end a name at an equals sign, others at a colon, too. */
function isDecisive(line: string): boolean {
  return decisive.test((/^[^=:]*/.exec(line)?.[0] ?? '').replace(unseenPattern, ''));
}

/**
 * Returns the lines that decide. To Python an indented line goes on with the value before it, comments and blank lines
 * between them or not.
 */
function listDecisive(lines: Block): Block {
  let continues = true;
  return lines.filter(line => {
    if (isIdle(line)) return false;
    if (/^\s/.test(line)) return continues || isDecisive(line);
    continues = isDecisive(line);
    return continues;
  });
}

/** Python's tools take quotes and backslashes out of a name as a shell does. */
function readName(title: string): string {
  const inside = (titlePattern.exec(title)?.[1] ?? '').replace(/["'\\]/g, '');
  return inside.replace(/^\s*profile\s+/, '').replace(unseenPattern, '');
}

/** What is no name may be anything, a key too. */
function describe(name: string): string {
  return isProfileName(name) ? `the profile "${name}"` : 'a section';
}

function refuseForeign(blocks: readonly Block[], names: ReadonlySet<string>, kind: ProfileFileKind): void {
  for (const [title = '', ...lines] of blocks) {
    const name = readName(title);
    if (name === 'DEFAULT') throw unreadable(kind, 'has a section [DEFAULT], which Python adds to every profile');
    if (names.has(name)) throw unreadable(kind, `has another profile "${name}"`);
    if (lines.some(line => ownerPattern.test(line.trim())))
      throw unreadable(kind, `has lines of this task in ${describe(name)}, which this task did not write`);
  }
}

function unreadable(kind: ProfileFileKind, fault: string): WifError {
  const variable = kind === 'config' ? 'AWS_CONFIG_FILE' : 'AWS_SHARED_CREDENTIALS_FILE';
  return new WifError({
    code: 'ProfileFileUnreadable',
    found: `The job's AWS ${kind} file (${variable}) ${fault}. It was left as it is.`,
    expected:
      "other steps write profiles only under other names, and do not change this task's credentials or Regions.",
    remedy: `Find the step that changed it (aws configure, for example). Let its script use its own file (export ${variable}="$PWD/${kind}") or another profile name, then run the job again: each job starts with new files.`,
  });
}

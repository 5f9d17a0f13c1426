/** What CHANGELOG.md says about a version: its notes, or why they will not do. */
export type Notes = { readonly text: string; readonly problems: readonly string[] };

const expected = (version: string) => `"## ${version} (YYYY-MM-DD)"`;

function isDate(text: string): boolean {
  const time = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : NaN;
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}

function judgeDate(version: string, date: string, today: string): readonly string[] {
  if (!isDate(date)) return [`CHANGELOG.md gives ${version} the date "${date}"; expected ${expected(version)}.`];
  if (date > today) return [`CHANGELOG.md gives ${version} the date ${date}, which is after ${today}.`];
  return [];
}

/** Finds the notes of a version, which must be the newest; `today` is YYYY-MM-DD. */
export function readNotes(changelog: string, version: string, today: string): Notes {
  const [newest = ''] = changelog.split(/^## /m).slice(1);
  const [, found = '', date = ''] = /^(\S+)(?: \(([^)\n]*)\))?$/m.exec(newest.split('\n')[0] ?? '') ?? [];
  const text = newest.split('\n').slice(1).join('\n').trim();
  if (found !== version) {
    const standing = found === '' ? 'no section' : `the newest section ${found}`;
    return { text: '', problems: [`CHANGELOG.md has ${standing}; expected ${expected(version)} on top.`] };
  }
  const empty = text === '' ? [`CHANGELOG.md says nothing under ${version}; expected what users notice.`] : [];
  return { text, problems: [...judgeDate(version, date, today), ...empty] };
}

import assert from 'node:assert/strict';
import { readNotes } from '../../scripts/release/changelog.ts';

const changelog = (heading: string, body = '- A thing.\n') =>
  `# Changelog\n\nNewest first.\n\n## ${heading}\n\n${body}\n## 1.0.0 (2026-01-01)\n\n- First.\n`;

const refused = [
  { what: 'no section', text: '# Changelog\n', says: /no section; expected "## 1\.2\.0 \(YYYY-MM-DD\)" on top/ },
  { what: 'another version on top', text: changelog('1.3.0 (2026-11-01)'), says: /the newest section 1\.3\.0/ },
  { what: 'a longer version', text: changelog('1.2.01 (2026-11-01)'), says: /the newest section 1\.2\.01/ },
  { what: 'no release yet', text: changelog('1.2.0 (unreleased)'), says: /the date "unreleased"/ },
  { what: 'no date', text: changelog('1.2.0'), says: /the date ""/ },
  { what: 'a date that is none', text: changelog('1.2.0 (2026-02-30)'), says: /the date "2026-02-30"/ },
  { what: 'another way to write a date', text: changelog('1.2.0 (1.11.2026)'), says: /the date "1\.11\.2026"/ },
  { what: 'a date to come', text: changelog('1.2.0 (2026-11-21)'), says: /2026-11-21, which is after 2026-11-20/ },
  { what: 'nothing to say', text: changelog('1.2.0 (2026-11-01)', ''), says: /says nothing under 1\.2\.0/ },
];

describe('release/changelog', () => {
  it('takes the notes of the newest version', () => {
    for (const date of ['2026-11-20', '2024-02-29'])
      assert.deepEqual(readNotes(changelog(`1.2.0 (${date})`), '1.2.0', '2026-11-20'), {
        text: '- A thing.',
        problems: [],
      });
  });

  for (const { what, text, says } of refused) {
    it(`refuses ${what}`, () => {
      const { problems } = readNotes(text, '1.2.0', '2026-11-20');
      assert.equal(problems.length, 1);
      assert.match(problems[0] ?? '', says);
    });
  }
});

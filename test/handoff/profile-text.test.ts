import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  dropUse,
  isProfileName,
  mergeProfiles,
  parseProfiles,
  renderProfiles,
  type ProfileFileKind,
  type ProfileSection,
} from '../../src/handoff/profile-text.ts';

const use = '0123456789abcdef';
const other = 'fedcba9876543210';
const kinds: readonly ProfileFileKind[] = ['credentials', 'config'];

function sectionOf(name: string, change: Partial<ProfileSection> = {}): ProfileSection {
  return { name, use, role: 'arn:aws:iam::111111111111:role/deploy', settings: { region: 'eu-west-1' }, ...change };
}

const names = [
  'default',
  'network',
  'a',
  '0',
  'azure-pipelines',
  'A.b_c@d+e-f',
  'profile',
  'constructor',
  'x'.repeat(64),
];
const noNames = [
  '',
  ' ',
  '-network',
  '.network',
  '_network',
  'net work',
  'net/work',
  'net]work',
  '[network',
  'network]\nregion = x',
  'network\n',
  'network\r',
  'network\u0000',
  'netwörk',
  'network;',
  '#network',
  'profile network',
  '__proto__',
  'x'.repeat(65),
];

const values = [
  'eu-west-1',
  'canary/secret+access/key==',
  "'/a b/node' '/c d/script.js' '/e/state' 0123456789abcdef.1",
  'C:/agents/a1/node.exe C:/agents/a1/script.js',
  'a[b]',
  'a#b',
  'a;b',
  'a = b',
  'ü',
];
const noValues = [
  { name: 'nothing', value: '' },
  { name: 'a line feed', value: 'a\nb' },
  { name: 'a line feed at the end', value: 'a\n' },
  { name: 'a carriage return', value: 'a\rb' },
  { name: 'both', value: 'a\r\naws_access_key_id = AKIACANARY' },
  { name: 'a NUL', value: 'a\u0000b' },
  { name: 'a section', value: '[default]' },
  { name: 'a comment', value: '# a' },
  { name: 'another comment', value: '; a' },
  { name: 'a blank first', value: ' a' },
  { name: 'a tab first', value: '\ta' },
  { name: 'a blank last', value: 'a ' },
  { name: 'a no-break space last', value: 'a\u00a0' },
];

/** AWS SDKs for JavaScript and Go take these for the beginning of a comment, wherever they stand in a line. */
const cut = [' #', ' ;', '\t#', '\t;'];

const good = renderProfiles([sectionOf('default'), sectionOf('network', { use: other })], 'credentials');

const foreign: readonly { readonly name: string; readonly text: string }[] = [
  { name: 'no banner', text: good.slice(good.indexOf('\n') + 1) },
  { name: 'another banner', text: good.replace('Written by', 'written by') },
  { name: 'a file of aws configure', text: '[default]\naws_access_key_id = AKIAPLANTED000000000\n' },
  { name: 'a line before the banner', text: `\n${good}` },
  { name: 'a byte order mark', text: `\ufeff${good}` },
  { name: 'a line at the end', text: `${good}x` },
  { name: 'an empty line at the end', text: `${good}\n` },
  { name: 'no line feed at the end', text: good.slice(0, -1) },
  { name: 'a blank at the end of a line', text: good.replace('eu-west-1', 'eu-west-1 ') },
  { name: 'lines that end in CR LF', text: good.replaceAll('\n', '\r\n') },
  { name: 'a comment of its own', text: good.replace('region', '# mine\nregion') },
  { name: 'a setting without blanks', text: good.replace('region = ', 'region=') },
  { name: 'a setting in capitals', text: good.replace('region', 'REGION') },
  { name: 'an indented setting', text: good.replace('region', '  region') },
  { name: 'a setting that is empty', text: good.replace('region = eu-west-1', 'region = ') },
  { name: 'a setting twice', text: good.replace('region = eu-west-1', 'region = a\nregion = b') },
  { name: 'a line without an equals sign', text: good.replace('region = eu-west-1', 'region') },
  { name: 'a section without an owner', text: good.replace(`# use ${use} role`, '# role') },
  { name: 'an owner that is no id', text: good.replace(use, 'x'.repeat(16)) },
  { name: 'an owner in capitals', text: good.replace(other, other.toUpperCase()) },
  { name: 'a section without a title', text: good.replace('[default]\n', '') },
  { name: 'a section with a hostile name', text: good.replace('[default]', '[de fault]') },
  { name: 'a section of the config file', text: good.replace('[default]', '[profile default]') },
  { name: 'a section of another kind', text: good.replace('[default]', '[sso-session default]') },
  { name: 'two sections without a line between', text: good.replace('\n\n[network]', '\n[network]') },
  { name: 'two lines between sections', text: good.replace('\n\n[network]', '\n\n\n[network]') },
  { name: 'a torn file', text: good.slice(0, good.length / 2) },
  { name: 'nothing but the banner, torn', text: good.slice(0, 20) },
  { name: 'a blank', text: ' ' },
  { name: 'bytes that are no text', text: '\u0000\u0001' },
];

const sections: fc.Arbitrary<readonly ProfileSection[]> = fc.uniqueArray(
  fc.record(
    {
      name: fc.oneof(fc.constant('default'), fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_.@+-]{0,20}$/)),
      use: fc.stringMatching(/^[0-9a-f]{16}$/),
      role: fc.stringMatching(/^arn:aws:iam::\d{12}:role\/[!-~]{1,20}$/),
      settings: fc.dictionary(
        fc.stringMatching(/^[a-z][a-z0-9_]{0,10}$/),
        fc.stringMatching(/^[!-"$-:<-Z\\^-~]([ -~]{0,20}[!-~])?$/).filter(text => !/[ \t][#;]/.test(text)),
        { maxKeys: 4, noNullPrototype: true },
      ),
    },
    { noNullPrototype: true },
  ),
  { selector: ({ name }) => name, maxLength: 5 },
);

describe('handoff/profile-text', () => {
  describe('profile names match ^[A-Za-z0-9][A-Za-z0-9_.@+-]{0,63}$', () => {
    for (const name of names) {
      it(`takes ${name}`, () => {
        assert.ok(isProfileName(name));
        for (const kind of kinds)
          assert.equal(parseProfiles(renderProfiles([sectionOf(name)], kind), kind)[0]?.name, name);
      });
    }

    for (const name of noNames) {
      it(`refuses ${JSON.stringify(name)}, and writes no profile of that name`, () => {
        assert.ok(!isProfileName(name));
        for (const kind of kinds) {
          assert.throws(() => renderProfiles([sectionOf(name)], kind), { name: 'TypeError', message: /of that name/ });
        }
      });
    }
  });

  describe('AWS puts the word profile before a name in the config file, but for default', () => {
    const titles = [
      { kind: 'credentials', name: 'default', title: '[default]' },
      { kind: 'credentials', name: 'network', title: '[network]' },
      { kind: 'config', name: 'default', title: '[default]' },
      { kind: 'config', name: 'network', title: '[profile network]' },
      { kind: 'config', name: 'profile', title: '[profile profile]' },
    ] as const;
    for (const { kind, name, title } of titles) {
      it(`writes ${title} for ${name} in the ${kind} file`, () => {
        assert.ok(
          renderProfiles([sectionOf(name)], kind)
            .split('\n')
            .includes(title),
        );
      });
    }

    it('reads a file of the one kind not as one of the other', () => {
      for (const kind of kinds) {
        const text = renderProfiles([sectionOf('network')], kind);
        const wrong = kind === 'config' ? 'credentials' : 'config';
        assert.throws(() => parseProfiles(text, wrong), { code: 'ProfileFileUnreadable', message: new RegExp(wrong) });
      }
    });
  });

  describe('values written to an INI file are checked again for CR, LF, NUL and leading [, #, ;', () => {
    for (const value of values) {
      it(`writes ${value} as it is`, () => {
        const text = renderProfiles([sectionOf('network', { settings: { credential_process: value } })], 'credentials');
        assert.ok(text.split('\n').includes(`credential_process = ${value}`));
        assert.equal(parseProfiles(text, 'credentials')[0]?.settings['credential_process'], value);
      });
    }

    for (const { name, value } of noValues) {
      it(`refuses ${name}, and does not repeat it`, () => {
        const render = () =>
          renderProfiles([sectionOf('network', { settings: { aws_session_token: value } })], 'config');
        assert.throws(render, {
          name: 'TypeError',
          message: 'the value of aws_session_token cannot be written',
        });
      });
    }

    for (const sign of cut) {
      it(`refuses ${JSON.stringify(sign)} inside a value, where some SDKs see a comment begin`, () => {
        const settings = { credential_process: `'/agent${sign}1/node'` };
        assert.throws(() => renderProfiles([sectionOf('network', { settings })], 'credentials'), {
          name: 'TypeError',
          message: 'the value of credential_process cannot be written',
        });
      });
    }

    for (const role of ['', 'a b', 'arn\n[default]', 'arn\r', ' arn']) {
      it(`refuses the role ${JSON.stringify(role)}`, () => {
        assert.throws(() => renderProfiles([sectionOf('network', { role })], 'config'), {
          name: 'TypeError',
          message: /use and role/,
        });
      });
    }

    for (const wrong of ['', 'x', use.toUpperCase(), `${use}0`, `${use}\n`, '../../etc/passwd']) {
      it(`refuses the use ${JSON.stringify(wrong)}`, () => {
        assert.throws(() => renderProfiles([sectionOf('network', { use: wrong })], 'config'), {
          name: 'TypeError',
          message: /use and role/,
        });
      });
    }

    it('writes nothing that begins a line of its own, whatever the value', () => {
      const text = fc.oneof(
        fc.string(),
        fc.string({ unit: fc.constantFrom('\n', '\r', '[', ']', '#', ';', ' ', 'a') }),
      );
      fc.assert(
        fc.property(text, value => {
          try {
            const lines = renderProfiles([sectionOf('n', { settings: { region: value } })], 'config').split(/[\r\n]/);
            assert.deepEqual(lines.slice(2), ['[profile n]', lines[3], `region = ${value}`, '']);
          } catch (thrown) {
            assert.ok(thrown instanceof TypeError, String(thrown));
          }
        }),
        { numRuns: 2000 },
      );
    });
  });

  describe('a file of ours that does not parse is refused, not repaired', () => {
    for (const kind of kinds) {
      it(`reads every ${kind} file that was written here as what it was`, () => {
        fc.assert(
          fc.property(sections, written => {
            const text = renderProfiles(written, kind);
            assert.deepEqual(parseProfiles(text, kind), written);
            assert.equal(renderProfiles(parseProfiles(text, kind), kind), text);
          }),
          { numRuns: 500 },
        );
      });

      it(`reads no ${kind} file as no profiles`, () => {
        assert.deepEqual(parseProfiles('', kind), []);
        assert.deepEqual(parseProfiles(renderProfiles([], kind), kind), []);
      });
    }

    for (const { name, text } of foreign) {
      it(`refuses ${name}, and does not show it`, () => {
        assert.throws(
          () => parseProfiles(text, 'credentials'),
          (error: Error) => {
            assert.match(error.message, /^ProfileFileUnreadable: .*AWS credentials file.*left as it is/);
            assert.doesNotMatch(error.message, /PLANTED|eu-west-1/);
            return true;
          },
        );
      });
    }

    it('refuses any change of one character, or reads what stands there then', () => {
      const place = fc.nat({ max: good.length - 1 });
      fc.assert(
        fc.property(place, fc.constantFrom('', '\n', ' ', '#', '[', ']', '=', 'x', '\u0000'), (at, put) => {
          const changed = good.slice(0, at) + put + good.slice(at + 1);
          try {
            const parsed = parseProfiles(changed, 'credentials');
            assert.equal(changed === '' ? '' : renderProfiles(parsed, 'credentials'), changed);
          } catch (thrown) {
            assert.match(String(thrown), /ProfileFileUnreadable/);
          }
        }),
        { numRuns: 2000 },
      );
    });
  });

  describe('a profile name that this job holds for another role is replaced', () => {
    const spoke = 'arn:aws:iam::222222222222:role/spoke';
    const standing = [sectionOf('default'), sectionOf('network'), sectionOf('audit', { use: other })];

    it('keeps the others in their order and puts the new ones last', () => {
      const { sections: merged } = mergeProfiles(standing, [sectionOf('network', { use: other }), sectionOf('new')]);
      assert.deepEqual(
        merged.map(({ name, use: by }) => `${name} of ${by}`),
        [`default of ${use}`, `audit of ${other}`, `network of ${other}`, `new of ${use}`],
      );
    });

    it('tells both roles', () => {
      const { replaced } = mergeProfiles(standing, [sectionOf('network', { role: spoke })]);
      assert.deepEqual(replaced, [{ name: 'network', before: 'arn:aws:iam::111111111111:role/deploy', after: spoke }]);
    });

    for (const { name, added } of [
      { name: 'the same role again', added: [sectionOf('network', { use: other })] },
      { name: 'a new name', added: [sectionOf('new', { role: spoke })] },
      { name: 'a name in other letter case, which is another profile', added: [sectionOf('Network', { role: spoke })] },
      { name: 'nothing', added: [] },
    ]) {
      it(`tells nothing of ${name}`, () => {
        assert.deepEqual(mergeProfiles(standing, added).replaced, []);
      });
    }

    it('drops what one use wrote, and nothing else', () => {
      assert.deepEqual(
        dropUse(standing, use).map(({ name }) => name),
        ['audit'],
      );
      assert.deepEqual(dropUse(standing, other), standing.slice(0, 2));
      assert.deepEqual(dropUse(standing, 'ffffffffffffffff'), standing);
      assert.deepEqual(dropUse([], use), []);
    });
  });
});

import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  dropUse,
  isProfileName,
  mergeProfiles,
  parseProfiles,
  refuseTakenNames,
  renderProfiles,
  type ProfileFileKind,
  type ProfileSection,
} from '../../src/handoff/profile-text.ts';
import { scaleRuns } from '../hardness/fuzz/check.ts';

const use = '0123456789abcdef';
const other = 'fedcba9876543210';
const kinds: readonly ProfileFileKind[] = ['credentials', 'config'];

function render(sections: readonly ProfileSection[], kind: ProfileFileKind): string {
  return renderProfiles({ sections, foreign: [] }, kind);
}

function parse(text: string, kind: ProfileFileKind): readonly ProfileSection[] {
  const { sections, foreign } = parseProfiles(text, kind);
  assert.deepEqual(foreign, []);
  return sections;
}

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

/** AWS SDKs for JavaScript and Go take these for the beginning of a comment, wherever they are in a line. */
const cut = [' #', ' ;', '\t#', '\t;'];

const mine = { aws_access_key_id: 'ASIACANARY', aws_secret_access_key: 'canary', region: 'eu-west-1' };
const good = render(
  [sectionOf('default', { settings: mine }), sectionOf('network', { use: other, settings: mine })],
  'credentials',
);
const owner = good.split('\n').find(line => line.startsWith('# use')) ?? '';

/** What others may add to a file of ours: it is kept, and changes none of our profiles. */
const harmless: readonly { readonly name: string; readonly text: string; readonly foreign?: readonly string[] }[] = [
  { name: 'a blank at the end of the file', text: `${good} ` },
  { name: 'an empty line at the end', text: `${good}\n` },
  { name: 'no line feed at the end', text: good.slice(0, -1) },
  { name: 'lines that end in CR LF, as Python writes them on Windows', text: good.replaceAll('\n', '\r\n') },
  { name: 'no line between sections', text: good.replace('\n\n[network]', '\n[network]') },
  { name: 'two lines between sections', text: good.replace('\n\n[network]', '\n\n\n[network]') },
  { name: 'a comment in front', text: good.replace('\n\n[default]', '\n# of somebody\n[default]') },
  ...['output = json', 'OUTPUT: json', '# mine', '; mine', 's3 =\n  max_queue_size = 9', 'cli_pager =', 'retries'].map(
    line => ({ name: `${JSON.stringify(line)} in our section`, text: good.replace('1\n', `1\n${line}\n`) }),
  ),
  { name: 'output before our settings', text: good.replace('\naws_access', '\noutput = json\naws_access') },
  ...['[other]\naws_access_key_id = AKIA', '[Default]\nregion = x', '[sso-session network]\nregion = x', '[x'].map(
    block => ({ name: JSON.stringify(block), text: `${good}\n${block}\n`, foreign: [block] }),
  ),
  {
    name: 'a section of others in front',
    text: good.replace('\n\n[default]', '\n[other]\noutput = json\n\n[default]'),
    foreign: ['[other]\noutput = json'],
  },
];

/** What changes our profiles, or may: such a file is refused, not repaired. */
const harmful: readonly { readonly name: string; readonly text: string }[] = [
  { name: 'no banner', text: good.slice(good.indexOf('\n') + 1) },
  { name: 'another banner', text: good.replace('Written by', 'written by') },
  { name: 'a file of aws configure', text: '[default]\naws_access_key_id = AKIAPLANTED000000000\n' },
  { name: 'a line before the banner', text: `\n${good}` },
  { name: '[default] before the banner', text: `[default]\n${good}` },
  { name: 'a byte order mark', text: `\ufeff${good}` },
  { name: 'a setting before the first section', text: good.replace('\n\n[default]', '\nrole_arn = x\n[default]') },
  ...['region = us-east-1', 'REGION: x', '  region=x', 'aws_session_token = x', 'credential_process = x'].flatMap(
    line => [
      { name: `${line} in our section`, text: good.replace('west-1\n', `west-1\n${line}\n`) },
      { name: `${line} before our settings`, text: good.replace('\naws_access', `\n${line}\naws_access`) },
    ],
  ),
  ...[
    'role_arn',
    'source_profile',
    'credential_source',
    'sso_session',
    'web_identity_token_file',
    'aws_account_id',
  ].map(key => ({ name: `${key} in our section`, text: good.replace('west-1\n', `west-1\n${key} = x\n`) })),
  { name: 'a name with an odd blank', text: good.replace('west-1\n', 'west-1\nrole_arn\u001f = x\n') },
  { name: 'a line that only Python sees', text: good.replace('west-1\n', 'west-1\n# x\rrole_arn = x\n') },
  { name: 'a line that goes on with ours', text: good.replace('west-1\n', 'west-1\n# x\n\n  more\n') },
  { name: 'an indented line first', text: good.replace('\naws_access', '\n more = x\naws_access') },
  { name: 'another key', text: good.replace('ASIACANARY', 'AKIAPLANTED') },
  { name: 'another region', text: good.replace('eu-west-1', 'us-east-1') },
  { name: 'a setting less', text: good.replace('aws_secret_access_key = canary\n', '') },
  { name: 'settings in another order', text: good.replace(/(aws_access.*\n)(aws_secret.*\n)/, '$2$1') },
  { name: 'a setting without blanks', text: good.replace('region = ', 'region=') },
  { name: 'a setting in capitals', text: good.replace('region', 'REGION') },
  { name: 'a setting twice', text: good.replace('region = eu-west-1', 'region = eu-west-1\nregion = eu-west-1') },
  { name: 'a blank at the end of a line', text: good.replace('eu-west-1', 'eu-west-1 ') },
  { name: 'an owner with another sum', text: good.replace(/sum \w{4}/, 'sum 0000') },
  { name: 'an owner with another use', text: good.replace(use, 'f'.repeat(16)) },
  { name: 'an owner with another role', text: good.replace('role/deploy', 'role/other') },
  { name: 'an owner in capitals', text: good.replace(other, other.toUpperCase()).replace('[network]', '[default]') },
  { name: 'our settings under another title', text: good.replace('[default]', '[default]\n[planted]') },
  { name: 'our section under another name', text: good.replace('[default]', '[planted]') },
  { name: 'our section under an odd title', text: good.replace('[default]', '[ default ]') },
  { name: 'a title of the config file', text: good.replace('[default]', '[profile default]') },
  { name: 'our lines in a section of others', text: `${good}\n[x]\noutput = json\n${owner}\n` },
  ...['[network]', '[ network ]', '[profile network]', '["network"]', "[net'wor'k]", ' [network] ; x', '[network'].map(
    title => ({ name: `a second section ${title}`, text: `${good}\n${title}\noutput = json\n` }),
  ),
  { name: "Python's [DEFAULT]", text: `${good}\n[DEFAULT]\nrole_arn = x\n` },
  { name: 'our section twice', text: `${good}\n${good.slice(good.indexOf('[default]'))}` },
  { name: 'a torn file', text: good.slice(0, good.indexOf('canary')) },
  { name: 'nothing but the banner, torn', text: good.slice(0, 20) },
  { name: 'a space', text: ' ' },
  { name: 'bytes that are no text', text: '\u0000\u0001' },
];

const sections: fc.Arbitrary<readonly ProfileSection[]> = fc.uniqueArray(
  fc.record(
    {
      name: fc.oneof(fc.constant('default'), fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_.@+-]{0,20}$/)),
      use: fc.stringMatching(/^[0-9a-f]{16}$/),
      role: fc.stringMatching(/^arn:aws:iam::\d{12}:role\/[!-~]{1,20}$/),
      settings: fc.dictionary(
        fc.stringMatching(/^aws_[a-z0-9_]{0,10}$/),
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
        for (const kind of kinds) assert.equal(parse(render([sectionOf(name)], kind), kind)[0]?.name, name);
      });
    }

    for (const name of noNames) {
      it(`refuses ${JSON.stringify(name)}, and writes no profile of that name`, () => {
        assert.ok(!isProfileName(name));
        for (const kind of kinds) {
          assert.throws(() => render([sectionOf(name)], kind), { name: 'TypeError', message: /of that name/ });
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
          render([sectionOf(name)], kind)
            .split('\n')
            .includes(title),
        );
      });
    }

    it('reads a file of the one kind not as one of the other', () => {
      for (const kind of kinds) {
        const text = render([sectionOf('network')], kind);
        const wrong = kind === 'config' ? 'credentials' : 'config';
        assert.throws(() => parse(text, wrong), { code: 'ProfileFileUnreadable', message: new RegExp(wrong) });
      }
    });
  });

  describe('values written to an INI file are checked again for CR, LF, NUL and leading [, #, ;', () => {
    for (const value of values) {
      it(`writes ${value} as it is`, () => {
        const text = render([sectionOf('network', { settings: { credential_process: value } })], 'credentials');
        assert.ok(text.split('\n').includes(`credential_process = ${value}`));
        assert.equal(parse(text, 'credentials')[0]?.settings['credential_process'], value);
      });
    }

    for (const { name, value } of noValues) {
      it(`refuses ${name}, and does not repeat it`, () => {
        const write = () => render([sectionOf('network', { settings: { aws_session_token: value } })], 'config');
        assert.throws(write, {
          name: 'TypeError',
          message: 'the value of aws_session_token cannot be written',
        });
      });
    }

    for (const sign of cut) {
      it(`refuses ${JSON.stringify(sign)} inside a value, where some SDKs see a comment begin`, () => {
        const settings = { credential_process: `'/agent${sign}1/node'` };
        assert.throws(() => render([sectionOf('network', { settings })], 'credentials'), {
          name: 'TypeError',
          message: 'the value of credential_process cannot be written',
        });
      });
    }

    for (const role of ['', 'a b', 'arn\n[default]', 'arn\r', ' arn']) {
      it(`refuses the role ${JSON.stringify(role)}`, () => {
        assert.throws(() => render([sectionOf('network', { role })], 'config'), {
          name: 'TypeError',
          message: /use and role/,
        });
      });
    }

    for (const wrong of ['', 'x', use.toUpperCase(), `${use}0`, `${use}\n`, '../../etc/passwd']) {
      it(`refuses the use ${JSON.stringify(wrong)}`, () => {
        assert.throws(() => render([sectionOf('network', { use: wrong })], 'config'), {
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
            const lines = render([sectionOf('n', { settings: { region: value } })], 'config').split(/[\r\n]/);
            assert.deepEqual(lines.slice(2), ['[profile n]', lines[3], `region = ${value}`, '']);
          } catch (thrown) {
            assert.ok(thrown instanceof TypeError, String(thrown));
          }
        }),
        scaleRuns(3),
      );
    });
  });

  describe('a file of ours that does not parse is refused, not repaired', () => {
    for (const kind of kinds) {
      it(`reads every ${kind} file that was written here as what it was`, () => {
        fc.assert(
          fc.property(sections, written => {
            const text = render(written, kind);
            assert.deepEqual(parse(text, kind), written);
            assert.equal(render(parse(text, kind), kind), text);
          }),
          { numRuns: 500 },
        );
      });

      it(`reads no ${kind} file as no profiles`, () => {
        assert.deepEqual(parse('', kind), []);
        assert.deepEqual(parse(render([], kind), kind), []);
      });
    }

    for (const { name, text } of harmful) {
      it(`refuses ${name}, and does not show it`, () => {
        assert.throws(
          () => parseProfiles(text, 'credentials'),
          (error: Error) => {
            assert.match(error.message, /^ProfileFileUnreadable: .*AWS credentials file.*left as it is/);
            assert.match(error.message, /export AWS_SHARED_CREDENTIALS_FILE=.*run the job again/);
            assert.doesNotMatch(error.message, /canary|PLANTED|eu-west-1/);
            return true;
          },
        );
      });
    }

    it('refuses any change of one character, or reads the very same profiles', () => {
      const written = parse(good, 'credentials').map(section => ({ ...section, added: [] }));
      const place = fc.nat({ max: good.length - 1 });
      const put = fc.constantFrom('', '\n', '\r', ' ', '#', '[', ']', '=', ':', 'x', '\u0000', '\u00a0');
      fc.assert(
        fc.property(place, put, (at, text) => {
          try {
            const { sections: read } = parseProfiles(good.slice(0, at) + text + good.slice(at + 1), 'credentials');
            // Without its comment a section is nobody's: it is kept, and no step can write one of that name.
            for (const section of read) {
              assert.deepEqual(
                { ...section, added: [] },
                written.find(({ name }) => name === section.name),
              );
            }
          } catch (thrown) {
            assert.match(String(thrown), /ProfileFileUnreadable/);
          }
        }),
        scaleRuns(3),
      );
    });
  });

  describe('what others add to a file of ours is kept and ignored where it changes none of our profiles', () => {
    const written = parse(good, 'credentials');
    for (const { name, text, foreign = [] } of harmless) {
      it(`takes ${name}`, () => {
        const read = parseProfiles(text, 'credentials');
        assert.deepEqual(
          read.sections.map(section => ({ ...section, added: undefined })),
          written.map(section => ({ ...section, added: undefined })),
        );
        assert.deepEqual(read.foreign, foreign);
        const again = renderProfiles(read, 'credentials');
        assert.deepEqual(parseProfiles(again, 'credentials'), read);
        for (const line of text.split(/\r?\n/).filter(line => /json|mine|9|AKIA/.test(line))) {
          assert.ok(again.split('\n').includes(line), line);
        }
      });
    }

    it('reads a file that others filled, in time that grows with its length', () => {
      const text = good.replace('west-1\n', `west-1\n${'output = json\n  more\n'.repeat(20_000)}`);
      assert.equal(parse(text, 'credentials').length, written.length);
    }).timeout(1000);

    it('keeps what was added to a profile that a later step writes again', () => {
      const text = render([sectionOf('network')], 'config').replace('west-1\n', 'west-1\noutput = json\n');
      const { sections: merged } = mergeProfiles(parse(text, 'config'), [
        sectionOf('network', { settings: { region: 'us-east-1' } }),
      ]);
      assert.match(render(merged, 'config'), /^\[profile network\]\n# use .*\nregion = us-east-1\noutput = json\n$/m);
    });

    const taken = ['network', 'default'];
    it('refuses a name that somebody else has written', () => {
      const file = parseProfiles(`${render([], 'config')}\n[profile network]\nregion = x\n`, 'config');
      refuseTakenNames(file, ['networ', 'Network', 'default'], 'config');
      assert.throws(
        () => {
          refuseTakenNames(file, taken, 'config');
        },
        { code: 'ProfileFileUnreadable', message: /AWS config file \(AWS_CONFIG_FILE\) has another profile "network"/ },
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

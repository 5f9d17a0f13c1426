import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isProfileName } from '../../../src/handoff/profile-text.ts';
import { Faults } from '../../../tasks/AWSAssumeRoleWIF/AWSAssumeRoleWIFV1/inputs/faults.ts';
import {
  checkProfiles,
  maxProfiles,
  type ProfileLine,
} from '../../../tasks/AWSAssumeRoleWIF/AWSAssumeRoleWIFV1/inputs/profiles.ts';
import { scaleRuns } from '../../hardness/fuzz/check.ts';

const hub = 'arn:aws:iam::111111111111:role/hub';
const spoke = 'arn:aws:iam::222222222222:role/teams/net/spoke';
const leaf = 'arn:aws:iam::333333333333:role/leaf';
const china = 'arn:aws-cn:iam::444444444444:role/china';
const government = 'arn:aws-us-gov:iam::555555555555:role/government';
const europe = 'arn:aws-eusc:iam::666666666666:role/europe';

/** A line as "name = arn > arn region". */
function show({ name, hops, region }: ProfileLine): string {
  return `${name} = ${hops.map(({ text }) => text).join(' > ')}${region === undefined ? '' : ` ${region}`}`;
}

function linesOf(text: string): readonly string[] {
  const checked = checkProfiles(text);
  assert.ok(!(checked instanceof Faults), checked instanceof Faults ? JSON.stringify(checked.list) : '');
  return checked.map(show);
}

function faultsOf(text: string): Faults['list'] {
  const checked = checkProfiles(text);
  assert.ok(checked instanceof Faults, 'was not refused');
  return checked.list;
}

const taken: readonly { readonly name: string; readonly text: string; readonly lines: readonly string[] }[] = [
  { name: 'nothing', text: '', lines: [] },
  { name: 'blanks and empty lines', text: ' \n\t\n\r\n', lines: [] },
  { name: 'one role', text: `network = ${hub}`, lines: [`network = ${hub}`] },
  { name: 'no blanks at all', text: `network=${hub}`, lines: [`network = ${hub}`] },
  { name: 'blanks everywhere', text: `  network \t =   ${hub}  `, lines: [`network = ${hub}`] },
  { name: 'a region at the end', text: `network = ${hub} eu-central-1`, lines: [`network = ${hub} eu-central-1`] },
  { name: 'a region after tabs', text: `network = ${hub}\t\teu-central-1`, lines: [`network = ${hub} eu-central-1`] },
  { name: 'a chain', text: `n = ${hub} > ${spoke}`, lines: [`n = ${hub} > ${spoke}`] },
  { name: 'a chain without blanks', text: `n=${hub}>${spoke}>${leaf}`, lines: [`n = ${hub} > ${spoke} > ${leaf}`] },
  {
    name: 'a chain with a region',
    text: `n = ${hub} > ${spoke} > ${leaf} us-east-1`,
    lines: [`n = ${hub} > ${spoke} > ${leaf} us-east-1`],
  },
  { name: 'the name default', text: `default = ${hub}`, lines: [`default = ${hub}`] },
  { name: 'a name of every kind of character', text: `A0_.@+- = ${hub}`, lines: [`A0_.@+- = ${hub}`] },
  { name: 'names that differ in letter case', text: `a = ${hub}\nA = ${hub}`, lines: [`a = ${hub}`, `A = ${hub}`] },
  {
    name: 'a role with an equals sign in its name',
    text: `n = ${hub}=x+,.@-`,
    lines: [`n = ${hub}=x+,.@-`],
  },
  {
    name: 'comments and empty lines between',
    text: `# more roles\n\nnetwork = ${hub}\n  # indented\n\naudit = ${spoke}\n#end`,
    lines: [`network = ${hub}`, `audit = ${spoke}`],
  },
  {
    name: 'lines that end in CR LF',
    text: `network = ${hub} eu-west-1\r\n# comment\r\naudit = ${spoke}\r\n`,
    lines: [`network = ${hub} eu-west-1`, `audit = ${spoke}`],
  },
  {
    name: 'each line in a partition of its own',
    text: `a = ${hub}\nb = ${china} cn-north-1\nc = ${government} us-gov-west-1\nd = ${europe} eusc-de-east-1`,
    lines: [`a = ${hub}`, `b = ${china} cn-north-1`, `c = ${government} us-gov-west-1`, `d = ${europe} eusc-de-east-1`],
  },
];

/** Each with one mistake, in line 3. */
const refused: readonly { readonly name: string; readonly line: string; readonly found: RegExp }[] = [
  { name: 'a name alone', line: 'network', found: /contains "network"/ },
  { name: 'a role alone', line: hub, found: /contains "arn:aws:iam::111111111111:role\/hub"/ },
  { name: 'no role', line: 'network =', found: /contains "network ="/ },
  { name: 'no name', line: `= ${hub}`, found: /no name before the equals sign/ },
  { name: 'a name with a blank', line: `net work = ${hub}`, found: /the profile name "net work"/ },
  { name: 'a name that begins with a dash', line: `-network = ${hub}`, found: /the profile name "-network"/ },
  { name: 'a name that begins with a dot', line: `.network = ${hub}`, found: /the profile name/ },
  { name: 'a section', line: `[network] = ${hub}`, found: /the profile name "\[network\]"/ },
  { name: 'a name with a slash', line: `a/b = ${hub}`, found: /the profile name/ },
  { name: 'a name beyond ASCII', line: `netwörk = ${hub}`, found: /the profile name/ },
  { name: 'a name of 65 characters', line: `${'x'.repeat(65)} = ${hub}`, found: /the profile name/ },
  { name: 'no ARN', line: 'network = deploy', found: /contains "deploy"/ },
  {
    name: 'the ARN of a session',
    line: 'n = arn:aws:sts::111111111111:assumed-role/a/b',
    found: /the ARN of a session/,
  },
  { name: 'the ARN of a user', line: 'n = arn:aws:iam::111111111111:user/a', found: /user\/a/ },
  { name: 'a partition out of reach', line: 'n = arn:aws-iso:iam::111111111111:role/a', found: /partition "aws-iso"/ },
  { name: 'an account id of 11 digits', line: 'n = arn:aws:iam::11111111111:role/a', found: /11111111111/ },
  { name: 'a chain that ends in nothing', line: `n = ${hub} >`, found: /contains > without a role/ },
  { name: 'a chain that begins with nothing', line: `n = > ${hub}`, found: /contains > without a role/ },
  { name: 'a chain with a gap', line: `n = ${hub} > > ${spoke}`, found: /contains > without a role/ },
  { name: 'other arrows', line: `n = ${hub} -> ${spoke}`, found: /another arrow than >/ },
  { name: 'double arrows', line: `n = ${hub} >> ${spoke}`, found: /another arrow than >/ },
  { name: 'an arrow instead of the equals sign', line: `n => ${hub}`, found: /another sign than =/ },
  { name: 'two equals signs', line: `n == ${hub}`, found: /another sign than =/ },
  { name: 'an arrow without an equals sign', line: `n > ${hub}`, found: /an arrow instead of the equals sign/ },
  { name: 'a whole line in quotes', line: `"n = ${hub}"`, found: /with quotes around it/ },
  { name: 'a comment of another kind', line: '; n', found: /a comment/ },
  { name: 'a section of its own', line: '[profile n]', found: /a section of a profile file/ },
  { name: 'a Region after a comma', line: `n = ${hub},eu-west-1`, found: /with a Region after a comma/ },
  { name: 'a Region with a name', line: `n = ${hub} region=eu-west-1`, found: /a name before the Region/ },
  {
    name: 'the name of a Region',
    line: `n = ${hub} Europe (Ireland)`,
    found: /"Europe \(Ireland\)", the name of a Region/,
  },
  { name: 'a spaced account ID', line: 'n = arn:aws:iam::1111 1111 1111:role/a', found: /separators/ },
  { name: 'two roles without an arrow', line: `n = ${hub} ${spoke}`, found: /contains "arn:aws.*hub arn:aws/ },
  { name: 'two roles with a comma', line: `n = ${hub}, ${spoke}`, found: /contains "arn/ },
  { name: 'something that is no region', line: `n = ${hub} mars`, found: /the region "mars"/ },
  { name: 'a hostile region', line: `n = ${hub} us-east-1@evil.example/`, found: /the region "us-east-1@evil/ },
  { name: 'a region in capitals', line: `n = ${hub} EU-WEST-1`, found: /the region "EU-WEST-1"/ },
  {
    name: 'two regions',
    line: `n = ${hub} eu-west-1 us-east-1`,
    found: /the region "eu-west-1 us-east-1", more than one Region/,
  },
  {
    name: 'a region before the arrow',
    line: `n = ${hub} eu-west-1 > ${spoke}`,
    found: /contains "arn:aws.*eu-west-1"/,
  },
  { name: 'a region of another partition', line: `n = ${hub} cn-north-1`, found: /cn-north-1 of partition aws-cn/ },
  { name: 'a chain that leaves its partition', line: `n = ${hub} > ${china}`, found: /aws-cn after one in aws/ },
  { name: 'a comment at the end', line: `n = ${hub} #mine`, found: /with a comment after it/ },
  { name: 'a quoted role', line: `n = "${hub}"`, found: /contains/ },
];

function many(count: number): string {
  return Array.from({ length: count }, (_, index) => `profile-${index} = ${hub}`).join('\n');
}

describe('tasks/inputs/profiles', () => {
  for (const { name, text, lines } of taken) {
    it(`takes ${name}`, () => {
      assert.deepEqual(linesOf(text), lines);
    });
  }

  describe('every mistake is named with the number of its line', () => {
    for (const { name, line, found } of refused) {
      for (const end of ['\n', '\r\n']) {
        it(`refuses ${name} (${JSON.stringify(end)})`, () => {
          const text = [`first = ${hub}`, '# comment', line, `last = ${spoke}`].join(end);
          const [fault, ...more] = faultsOf(text);
          assert.deepEqual(more, []);
          assert.equal(fault?.code, 'InputInvalid');
          assert.match(fault.found, /^Input profiles, line 3, contains /);
          assert.match(fault.found, found);
          assert.ok(fault.expected.length > 5 && fault.remedy.length > 5);
        });
      }
    }

    it('counts comments and empty lines, as an editor does', () => {
      const faults = faultsOf('\n\n# a\n\nx\n\n# b\ny');
      assert.deepEqual(
        faults.map(({ found }) => /line (\d+)/.exec(found)?.[1]),
        ['5', '8'],
      );
    });

    it('reports all mistakes of all lines at once', () => {
      const faults = faultsOf(`-a = deploy mars\nb = ${hub} cn-north-1\nb = ${spoke}\nc`);
      assert.deepEqual(faults.map(({ found }) => /line (\d+)/.exec(found)?.[1]).sort(), ['1', '1', '1', '2', '4']);
    });
  });

  describe('each name stands there once', () => {
    it('or both lines are named', () => {
      const [fault, ...more] = faultsOf(`network = ${hub}\n\naudit = ${spoke}\nnetwork = ${leaf}`);
      assert.match(fault?.found ?? '', /line 4, contains the profile "network" again, first used in line 1\./);
      assert.deepEqual(more, []);
    });

    it('also where it stands for the same role', () => {
      assert.equal(faultsOf(`network = ${hub}\nnetwork = ${hub}`).length, 1);
    });

    it('and each further time is named', () => {
      assert.equal(faultsOf(`n = ${hub}\nn = ${hub}\nn = ${hub}`).length, 2);
    });
  });

  describe('there are at most 200', () => {
    for (const count of [199, 200]) {
      it(`takes ${count}`, () => {
        assert.equal(linesOf(many(count)).length, count);
      });
    }

    for (const count of [201, 1000]) {
      it(`refuses ${count}`, () => {
        const [fault, ...more] = faultsOf(many(count));
        assert.equal(fault?.found, `Input profiles contains ${count} profiles.`);
        assert.equal(fault.expected, `at most ${maxProfiles}.`);
        assert.deepEqual(more, []);
      });
    }

    it('not counting comments', () => {
      assert.equal(linesOf(`${many(200)}\n${'# comment\n'.repeat(50)}`).length, 200);
    });
  });

  it('takes nothing but names of profiles, whatever the text', () => {
    const name = fc.oneof(
      fc.string(),
      fc.string({ unit: fc.constantFrom('a', '[', ']', '\n', '\r', '=', ' ', '#', '\u0000') }),
    );
    fc.assert(
      fc.property(name, fc.string(), (text, tail) => {
        const checked = checkProfiles(`${text} = ${hub}${tail}`);
        if (checked instanceof Faults) return;
        for (const line of checked) assert.ok(isProfileName(line.name));
      }),
      scaleRuns(3),
    );
  });

  it('never takes long, whatever the text', () => {
    const begun = performance.now();
    for (const unit of ['=', ' ', '>', '= ', ' =', '> ', 'a ', ' \t']) checkProfiles(unit.repeat(20_000));
    assert.ok(performance.now() - begun < 5000);
  });
});

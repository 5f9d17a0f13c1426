import assert from 'node:assert/strict';
import { WifError, type Fault } from '../../../src/errors.ts';
import {
  checkInputs,
  inputNames,
  type InputName,
  type JobFacts,
  type RawInputs,
} from '../../../tasks/AWSAssumeRoleWIF/AWSAssumeRoleWIFV1/inputs.ts';

const hub = 'arn:aws:iam::111111111111:role/hub';
const spoke = 'arn:aws:iam::222222222222:role/spoke';
const policyArn = 'arn:aws:iam::aws:policy/ReadOnlyAccess';
const id = 'f0cda5b5-1aff-46ac-a80b-054d5c4f9b8a';

/** Every input with a value that is accepted, together with the others. */
const good: RawInputs = {
  connectionType: 'azureRM',
  serviceConnection: id,
  azureDevOpsConnection: '',
  roleArn: hub,
  region: 'eu-west-1',
  roleSessionName: 'session',
  durationSeconds: '3600',
  sessionPolicy: '{ "Version": "2012-10-17" }',
  sessionPolicyArns: policyArn,
  roleChain: spoke,
  externalId: 'canary-external',
  sessionTags: 'team=platform\nstage=production',
  transitiveTagKeys: 'team',
  profiles: `net = ${hub}\naudit = ${spoke} us-east-1`,
  setVariables: 'true',
  outputCredentials: 'false',
  variablePrefix: 'NETWORK_',
  writeProfile: 'true',
  profileName: 'deploy',
  refreshCredentials: 'false',
  allowedAccountIds: '111111111111\n222222222222',
  maskAccountId: 'false',
  stsEndpoint: 'https://sts.eu-west-1.amazonaws.com',
  maxAttempts: '5',
  timeoutSeconds: '60',
};

const facts: JobFacts = {
  findConnection: asked =>
    asked === id ? { id, scheme: 'WorkloadIdentityFederation', subject: undefined } : undefined,
  regionVariables: { AWS_REGION: undefined, AWS_DEFAULT_REGION: undefined },
  run: { definition: 'infra', runId: '1', attempt: '1' },
  environment: [],
};

function faultsOf(change: Partial<RawInputs>, job: Partial<JobFacts> = {}): readonly Fault[] {
  try {
    checkInputs({ ...good, ...change }, { ...facts, ...job });
    return [];
  } catch (thrown) {
    assert.ok(thrown instanceof WifError, String(thrown));
    return thrown.faults;
  }
}

function accept(change: Partial<RawInputs>): void {
  assert.deepEqual(faultsOf(change), []);
}

/** One fault, whose text holds all of these. */
function refuse(change: Partial<RawInputs>, ...says: readonly string[]): void {
  const faults = faultsOf(change);
  const text = faults.map(({ found, remedy }) => `${found} -- ${remedy}`).join('\n');
  assert.equal(faults.length, 1, text || 'was accepted');
  for (const part of says) assert.ok(text.includes(part), `"${part}" is not in: ${text}`);
}

/** The good value, also of the input that is empty beside its neighbour. */
function valueOf(name: InputName): string {
  return name === 'azureDevOpsConnection' ? id : good[name];
}

/** The value with its middle letter, digit or ASCII character replaced or followed. */
function spoil(name: InputName, change: (character: string) => string): string {
  const text = valueOf(name);
  const places = [...text.matchAll(/[a-z0-9]/gi)].map(({ index }) => index);
  const place = places[Math.floor(places.length / 2)] ?? 0;
  return text.slice(0, place) + change(text.charAt(place)) + text.slice(place + 1);
}

const unseen = { 'U+200B': '\u200b', 'U+200E': '\u200e', 'U+00AD': '\u00ad', 'U+FEFF': '\ufeff', 'U+00A0': '\u00a0' };

/** A Latin letter of each value and the Cyrillic one in its place; numbers have no letters, so one is added. */
function withCyrillic(name: InputName): string {
  const pairs = [
    ['e', '\u0435'],
    ['a', '\u0430'],
    ['E', '\u0415'],
  ] as const;
  const [from, to] = pairs.find(([letter]) => valueOf(name).includes(letter)) ?? ['', '\u0430'];
  return valueOf(name).replace(from, to);
}

const connections: readonly InputName[] = ['serviceConnection', 'azureDevOpsConnection'];

/** The two inputs that name a connection are never filled in together. */
function changeOne(name: InputName, text: string): Partial<RawInputs> {
  if (name !== 'azureDevOpsConnection') return { [name]: text };
  return { connectionType: 'azureDevOps', serviceConnection: '', [name]: text };
}

describe('tasks/inputs/texts', () => {
  it('accepts the values that the rows spoil', () => {
    accept({});
  });

  describe('characters that nobody sees are named for every input', () => {
    for (const name of inputNames) {
      for (const [code, character] of Object.entries(unseen)) {
        it(`${name} with ${code}`, () => {
          const [fault] = faultsOf(
            changeOne(
              name,
              spoil(name, one => `${one}${character}`),
            ),
          );
          const found = fault?.found ?? 'was accepted';
          assert.ok(found.includes(`invisible character ${code} (`), found);
          if (!connections.includes(name)) assert.ok(found.startsWith(`Input ${name} `), found);
        });
      }

      it(`${name} with a Cyrillic letter in place of a Latin one`, () => {
        const faults = faultsOf(changeOne(name, withCyrillic(name)));
        assert.match(faults[0]?.found ?? '', /U\+04(?:35|30|15) \(a Cyrillic letter, looks like "[aeE]"\)/);
      });
    }

    it('AWS_REGION and AWS_DEFAULT_REGION in place of region', () => {
      for (const name of ['AWS_REGION', 'AWS_DEFAULT_REGION']) {
        for (const [code, character] of Object.entries({ ...unseen, 'U+0435': '\u0435' })) {
          const regionVariables = { [name]: `eu-w${character}est-1` };
          const [fault] = faultsOf({ region: '' }, { regionVariables });
          assert.ok(fault?.found.startsWith(`Variable ${name} is "`) && fault.found.includes(code), fault?.found);
        }
      }
    });
  });

  it('does not repeat what may be a secret', () => {
    const stsEndpoint = 'https://user:canary\u200b@sts.eu-west-1.amazonaws.com';
    for (const change of [{ stsEndpoint }, { externalId: 'canary\u200b' }, { externalId: 'x-$canary' }]) {
      const faults = faultsOf(change);
      assert.ok(faults.length > 0);
      assert.doesNotMatch(JSON.stringify(faults), /canary/);
    }
  });

  it('accepts real letters where STS does', () => {
    accept({ sessionTags: 'team=платформа 会社\u3000größe', transitiveTagKeys: '' });
    accept({ sessionPolicy: '{"Sid":"größe \\u0430\\u200b"}' });
    accept({ profiles: `# überall – “net”, $NAME and $(x)\u200b\nnet = ${hub}` });
  });

  it('finds mistakes in the lines beside one that stands for something unknown, and none that follow from it', () => {
    const unknown = '$(unknown)';
    for (const [change, count] of [
      [{ profiles: `net = ${unknown}\naudit = deploy` }, 2],
      [{ profiles: `net = ${unknown}\naudit = ${spoke}` }, 1],
      [{ roleChain: `${unknown}\nspoke` }, 2],
      [{ sessionPolicyArns: `${unknown}\nReadOnlyAccess` }, 2],
      [{ sessionTags: `${unknown}=a\nteam` }, 2],
      [{ allowedAccountIds: `${unknown}\n123` }, 2],
      [{ allowedAccountIds: `${unknown}\n333333333333` }, 1],
      [{ roleArn: '', profiles: unknown }, 1],
    ] as const) {
      assert.equal(faultsOf({ ...change, transitiveTagKeys: '' }).length, count, JSON.stringify(change));
    }
  });

  it('finds no more in an ARN that holds a blank that is none', () => {
    for (const character of ['\u00a0', '\u2028']) {
      for (const name of ['roleChain', 'sessionPolicyArns', 'profiles', 'transitiveTagKeys'] as const)
        assert.equal(faultsOf({ [name]: spoil(name, one => `${one}${character}`) }).length, 1, name);
    }
  });

  it('finds the other mistakes of an input besides', () => {
    assert.equal(faultsOf({ profiles: `net = ${hub}\u200b\naudit = deploy` }).length, 2);
    assert.equal(faultsOf({ roleArn: `${hub}\u200b`, allowedAccountIds: '222222222222' }).length, 2);
  });

  describe('each slip has a sentence and a remedy of its own', () => {
    const rows: readonly (readonly [change: Partial<RawInputs>, ...says: string[]])[] = [
      ...[',', ';', '/', ', ', ' ', '\\n', '|', ''].flatMap(between => [
        [{ roleArn: `${hub}${between}${spoke}`, allowedAccountIds: '' }, 'more than one ARN', 'one per line'] as const,
      ]),
      ...[';', '/', '\\n'].flatMap(between => [
        [{ roleChain: `${spoke}${between}${spoke}` }, 'more than one ARN', 'comma'] as const,
        [{ sessionPolicyArns: `${policyArn}${between}${policyArn}` }, 'more than one ARN', 'comma'] as const,
        [{ profiles: `net = ${hub}${between}${spoke}` }, 'line 1', 'more than one ARN'] as const,
      ]),
      [{ profiles: `net = ${hub}\\naudit = ${spoke}` }, 'more than one ARN', 'not a line break'],
      [{ roleArn: `${hub},` }, 'ends in a comma', 'Remove the comma'],
      [{ roleArn: `${hub}.` }, 'ends in a period', 'Remove the period'],
      [{ roleArn: `${hub};` }, 'punctuation after it', 'Remove the punctuation'],
      [{ roleChain: `${spoke}.` }, 'ends in a period', 'Remove the period'],
      [{ sessionPolicyArns: `${policyArn}.` }, 'ends in a period', 'Remove the period'],
      [{ profiles: `net = ${hub}, us-east-1` }, 'ends in a comma', 'Remove the comma'],
      [{ region: 'eu-west-1,' }, 'ends in a comma', 'Remove the comma'],
      [{ allowedAccountIds: '111111111111 222222222222.' }, 'ends in a period'],
      [{ stsEndpoint: 'https://sts.eu-west-1.amazonaws.com,' }, 'ends in a comma'],
      [{ maxAttempts: '5,' }, 'ends in a comma'],
      [{ roleChain: `- ${spoke}` }, 'list dashes', 'one per line'],
      [{ roleChain: `["${spoke}"]` }, 'brackets around the list and quotes around its values'],
      [{ sessionPolicyArns: `[\n  '${policyArn}',\n]` }, 'brackets around the list and quotes'],
      [{ allowedAccountIds: "- '111111111111'\n- 222222222222" }, 'list dashes and quotes'],
      [{ roleChain: `${spoke} > ${spoke}` }, 'contains ">"', 'Remove >'],
      [{ roleArn: `- ${hub}` }, 'a list dash', 'Remove the dash'],
      [{ roleArn: `["${hub}"]` }, 'in brackets', 'without brackets'],
      [{ roleArn: `'${hub}'` }, 'with quotes', 'Remove the quotes'],
      [{ profiles: `- net = ${hub}` }, 'line 1', 'a list dash', 'Remove the dash'],
      [{ profiles: `net: ${hub}` }, 'a colon instead', 'Write name = arn'],
      [{ profiles: `"net" = ${hub}` }, 'with quotes', 'Remove the quotes'],
      [{ sessionTags: '- team=platform', transitiveTagKeys: '' }, 'a list dash'],
      [{ sessionTags: '"team"="platform"', transitiveTagKeys: '' }, 'with quotes'],
      [{ transitiveTagKeys: '- team' }, 'a list dash'],
      [{ setVariables: '"true"' }, 'with quotes'],
      [{ profileName: '- deploy' }, 'a list dash'],
      [{ variablePrefix: '"NETWORK_"' }, 'with quotes'],
      [{ region: 'EU-WEST-1' }, 'in upper case', 'Write eu-west-1.'],
      [{ region: 'eu_west_1' }, 'instead of hyphens', 'Write eu-west-1.'],
      [{ region: 'eu-west-1a' }, 'an Availability Zone', 'Write its Region, eu-west-1.'],
      [{ region: 'EU-WEST-1A' }, 'an Availability Zone', 'Write its Region, eu-west-1.'],
      [{ region: 'us-gov-west-1b' }, 'an Availability Zone', 'us-gov-west-1.'],
      [{ region: 'us-west-2-lax-1a' }, 'a Local Zone', 'us-west-2.'],
      [{ region: 'us-east-1-wl1-bos-wlz-1' }, 'Wavelength Zone', 'us-east-1.'],
      [{ region: 'eu-west-1 eu-west-2' }, 'more than one Region'],
      [{ region: 'Europe (Ireland)' }, 'the name of a Region', 'Write eu-west-1.'],
      [{ region: 'aws-global' }, 'not a Region', 'Write the Region that later steps work in'],
      [{ region: 'US East (N. Virginia)' }, 'the name of a Region', 'Write us-east-1.'],
      [{ region: 'EUWest1' }, 'in another spelling', 'Write eu-west-1.'],
      [{ region: 'westeurope' }, 'a region of Azure', 'such as eu-west-1'],
      [{ region: 'sts.eu-west-1.amazonaws.com' }, 'with other text around the Region', 'Write eu-west-1.'],
      [{ region: 'us-east-1-fips' }, 'a FIPS endpoint', 'Write us-east-1', 'https://sts-fips.us-east-1.amazonaws.com'],
      [{ region: 'fips-us-east-1' }, 'a FIPS endpoint'],
      [{ region: 'us-iso-east-1' }, 'cannot reach the token issuers'],
      [{ region: 'region: eu-west-1' }, 'a name before the value'],
      [{ region: 'eu-west-1 # Ireland' }, 'a comment', 'Remove the comment.'],
      [{ region: '<region>' }, 'a placeholder'],
      [{ region: 'null' }, 'an empty value'],
      [{ durationSeconds: '1h' }, 'not written in digits alone', 'Write 3600.'],
      [{ durationSeconds: '60 minutes' }, 'digits alone', 'Write 3600.'],
      [{ durationSeconds: '3600s' }, 'digits alone', 'Write 3600.'],
      [{ durationSeconds: '3,600' }, 'digits alone', 'Write 3600.'],
      [{ durationSeconds: '900.0' }, 'digits alone', 'Write 900.'],
      [{ durationSeconds: '1e3' }, 'digits alone', 'Write 1000.'],
      [{ durationSeconds: '60' }, 'is "60".', 'from 900 to 43200, in seconds'],
      [{ timeoutSeconds: '1m' }, 'digits alone', 'Write 60.'],
      [{ maxAttempts: '5.0' }, 'digits alone', 'Write 5.'],
      [{ maxAttempts: '5s' }, 'is "5s".', 'from 1 to 10.'],
      [{ setVariables: 'yes' }, 'not read as true', 'Write setVariables: true.'],
      [{ setVariables: '$true' }, 'not read as true', 'Write setVariables: true.'],
      [{ setVariables: '0' }, 'not read as false', 'Write setVariables: false.'],
      [{ variablePrefix: 'network' }, 'without an underscore', 'Write NETWORK_.'],
      [{ variablePrefix: 'Network_' }, 'small letters', 'Write NETWORK_.'],
      [{ profileName: 'net work' }, 'contains white space'],
      [{ roleSessionName: 'refs/heads/main' }, 'contains "/"'],
      [{ roleSessionName: 'x'.repeat(65) }, 'has 65 characters'],
      [{ roleChain: `* ${spoke}` }, 'list marks'],
      [{ roleChain: `1. ${spoke}` }, 'list marks'],
      [{ roleChain: `${spoke} # spoke` }, 'contains comments'],
      [{ roleChain: `spoke = ${spoke}` }, 'names before its values'],
      [{ roleChain: `"${spoke},${spoke}"` }, 'quotes around its values'],
      [{ roleArn: `${hub},eu-west-1` }, 'a Region after a comma', 'Remove ,eu-west-1'],
      [{ profiles: `{"net": "${hub}"}` }, 'is JSON', 'one line per profile'],
      [{ profiles: `[profile net]\nrole_arn = ${hub}\nregion = eu-west-1` }, 'line 1', 'a section of a profile file'],
      [{ externalId: 'a b' }, 'character 2 is white space'],
      [{ stsEndpoint: 'sts.eu-west-1.amazonaws.com' }, 'only a host', 'Write https://sts.eu-west-1.amazonaws.com.'],
      [{ roleArn: 'arn:aws:iam::${AWS::AccountId}:role/a' }, 'in the form of another tool', 'Write $(name)'],
      [{ roleArn: '#{role}#' }, 'in the form of another tool', 'Write $(role)'],
      [{ roleArn: '{{ role }}' }, 'in the form of another tool', 'Write $(role)'],
      [{ roleArn: '$(role' }, 'without a variable name and a closing parenthesis'],
      [{ roleArn: '$(cat role.txt)' }, 'still contains', 'runs no commands'],
      [{ roleArn: '$(one)/$(two)' }, 'contains $(one), $(two)', 'Set one, two'],
      [{ region: 'euw1-az1' }, 'the ID of an Availability Zone', 'eu-west-1'],
      [{ profiles: `net = ${hub} eu-west-1a` }, 'line 1', 'an Availability Zone', 'eu-west-1.'],
      [{ sessionPolicy: '{\n"a": 1,\n}' }, 'line 2, column 7 has a comma before "}"'],
      [{ sessionPolicy: "{'a': 1}" }, 'line 1, column 2 has a single quotation mark'],
      [{ sessionPolicy: '{ // c\n}' }, 'line 1, column 3 has a comment'],
      [{ sessionPolicy: '{“a”: 1}' }, 'U+201C (a typographic quotation mark)'],
      [{ roleArn: `${hub}${'x'.repeat(2048)}` }, 'characters', 'Shorten it'],
    ];
    for (const [change, ...says] of rows) {
      it(`${JSON.stringify(change).slice(0, 120)}: ${says[0] ?? ''}`, () => {
        refuse(change, ...says);
      });
    }

    for (const name of inputNames.filter(one => one !== 'sessionPolicy')) {
      it(`${name}: variables and expressions in other forms`, () => {
        refuse({ [name]: '$[variables.name]' }, name, 'was not evaluated', 'only in variables and conditions');
        refuse({ [name]: "${{ format('{0}', parameters.name) }}" }, name, 'was not evaluated', 'only in YAML files');
        const remedies = ['externalId', 'stsEndpoint'].includes(name) ? 'Write $(name)' : 'Write $(NAME)';
        for (const text of ['$NAME', '${NAME}', '%NAME%', '$env:NAME']) {
          refuse({ [name]: text }, name, 'a shell variable', remedies);
        }
      });
    }

    it('sessionPolicy: names that IAM or Lambda mean are accepted, expressions are not', () => {
      accept({ sessionPolicy: '{"Resource":"arn:aws:lambda:::function:x:$LATEST","a":"${aws:userid}","b":"%A%"}' });
      refuse({ sessionPolicy: '{"a":"${{ parameters.a }}"}' }, 'only in YAML files');
      refuse({ sessionPolicy: '{"a":"$[variables.a]"}' }, 'only in variables');
    });
  });

  it('comes to an end for long texts', () => {
    for (const name of ['sessionPolicy', 'roleChain', 'sessionTags', 'profiles'] as const) {
      for (const unit of ['${{', '%a', '- ', '"', 'arn:aws:', 'a=\n', ' >', '\u200b', '\u0430a', '{"a":']) {
        assert.ok(faultsOf({ [name]: unit.repeat(32_768 / unit.length) }).length > 0, `${name} ${unit}`);
      }
    }
  });
});

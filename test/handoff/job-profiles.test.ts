import assert from 'node:assert/strict';
import {
  chooseJobRegion,
  chooseProfileVariables,
  keepDefaultProfile,
  nameJobFolder,
  shareRegion,
  warnOfDefaultName,
  warnOfForeignProfiles,
  warnOfHiddenProfiles,
  warnOfJobRegion,
  warnOfSplitDefault,
  type Environment,
} from '../../src/handoff/job-profiles.ts';
import type { Goal } from '../../src/session/goal.ts';
import { goalOf, roleIn } from './sessions.ts';

const variables = { configFile: '/tmp/aws-job/config', credentialsFile: '/tmp/aws-job/credentials' };
const standing = ['azure-pipelines', 'earlier'].map(name => ({ name, role: `arn:aws:iam::111111111111:role/${name}` }));
const place = { ...variables, standing };
const network = goalOf('network', [roleIn('111111111111', 'network')]);
const audit = goalOf('audit', [roleIn('222222222222', 'audit')], 'us-east-1');
const plain = goalOf(undefined, [roleIn('333333333333', 'plain')]);

/** The environment after an earlier use in the job. */
const used = {
  AWS_CONFIG_FILE: place.configFile,
  AWS_SHARED_CREDENTIALS_FILE: place.credentialsFile,
  AWS_PROFILE: 'azure-pipelines',
};
const usedWithoutDefault = {
  AWS_CONFIG_FILE: used.AWS_CONFIG_FILE,
  AWS_SHARED_CREDENTIALS_FILE: used.AWS_SHARED_CREDENTIALS_FILE,
};

const noJobIds = [undefined, '', '..', '../../etc', '12345', '/tmp/x', '{0ca3ddd9-f0b0-4635-a98c-5866526961b6}'];

const defaults: readonly {
  readonly name: string;
  readonly prefix: string;
  readonly environment: Environment;
  readonly is: string | undefined;
}[] = [
  { name: 'the first use', prefix: '', environment: {}, is: 'network' },
  { name: 'a later use without a prefix', prefix: '', environment: used, is: 'network' },
  { name: 'the first use, with a prefix: there is no default yet', prefix: 'NETWORK_', environment: {}, is: 'network' },
  { name: 'a later use with a prefix', prefix: 'NETWORK_', environment: used, is: undefined },
  {
    name: 'a later use with a prefix where the earlier ones left no default',
    prefix: 'NETWORK_',
    environment: usedWithoutDefault,
    is: 'network',
  },
  {
    name: 'a later use with a prefix where the default is empty',
    prefix: 'NETWORK_',
    environment: { ...used, AWS_PROFILE: '' },
    is: 'network',
  },
  {
    name: 'a use with a prefix where AWS_PROFILE names none of ours',
    prefix: 'NETWORK_',
    environment: { ...used, AWS_PROFILE: 'legacy' },
    is: 'network',
  },
  {
    name: "a use with a prefix where somebody else's files have a default",
    prefix: 'NETWORK_',
    environment: { ...used, AWS_CONFIG_FILE: '/home/me/.aws/config' },
    is: 'network',
  },
  {
    name: 'a use with a prefix where somebody has set AWS_PROFILE alone',
    prefix: 'NETWORK_',
    environment: { AWS_PROFILE: 'legacy' },
    is: 'network',
  },
];

const foreign: readonly {
  readonly name: string;
  readonly environment: Environment;
  readonly warned: readonly string[];
}[] = [
  { name: 'nothing is set', environment: {}, warned: [] },
  { name: 'all is of an earlier use', environment: used, warned: [] },
  { name: 'all is empty', environment: { AWS_CONFIG_FILE: '', AWS_PROFILE: '' }, warned: [] },
  { name: 'the config file is', environment: { AWS_CONFIG_FILE: '/home/me/c' }, warned: ['AWS_CONFIG_FILE'] },
  {
    name: 'the credentials file is',
    environment: { AWS_SHARED_CREDENTIALS_FILE: '/home/me/s' },
    warned: ['AWS_SHARED_CREDENTIALS_FILE'],
  },
  { name: 'the profile is', environment: { AWS_PROFILE: 'legacy' }, warned: ['AWS_PROFILE'] },
  {
    name: 'all three are',
    environment: { AWS_CONFIG_FILE: '/c', AWS_SHARED_CREDENTIALS_FILE: '/s', AWS_PROFILE: 'legacy' },
    warned: ['AWS_CONFIG_FILE', 'AWS_SHARED_CREDENTIALS_FILE', 'AWS_PROFILE'],
  },
  { name: 'the profile is set to what ours is called', environment: { AWS_PROFILE: 'network' }, warned: [] },
  {
    name: 'a step between two uses has changed the credentials file',
    environment: { ...used, AWS_SHARED_CREDENTIALS_FILE: '/home/me/s' },
    warned: ['AWS_SHARED_CREDENTIALS_FILE'],
  },
  {
    name: 'a step between two uses has set a profile of its own',
    environment: { ...used, AWS_PROFILE: 'legacy' },
    warned: ['AWS_PROFILE'],
  },
  {
    name: 'a step between two uses has changed the config file',
    environment: { ...usedWithoutDefault, AWS_CONFIG_FILE: '/home/me/c' },
    warned: ['AWS_CONFIG_FILE'],
  },
];

describe('handoff/job-profiles', () => {
  describe('the folder is named by System.JobId', () => {
    const jobId = '0ca3ddd9-f0b0-4635-a98c-5866526961b6';
    for (const text of [jobId, jobId.toUpperCase()]) {
      it(`as ${text}`, () => {
        assert.equal(nameJobFolder(text), `aws-${jobId}`);
      });
    }

    for (const text of noJobIds) {
      it(`and not as ${text === undefined ? 'nothing' : JSON.stringify(text)}`, () => {
        assert.throws(() => nameJobFolder(text), { code: 'FilesRefused', message: /System\.JobId is/ });
      });
    }
  });

  describe('the last use without variablePrefix is the default; one with it leaves the default alone', () => {
    for (const { name, prefix, environment, is } of defaults) {
      it(`${is === undefined ? 'keeps' : 'sets'} the default of ${name}`, () => {
        assert.deepEqual(chooseProfileVariables(place, network, prefix, environment), {
          ...variables,
          defaultProfile: is,
        });
      });
    }

    for (const prefix of ['', 'NETWORK_']) {
      for (const environment of [{}, used]) {
        it(`sets none where there are profiles alone (prefix "${prefix}", ${Object.keys(environment).length} set)`, () => {
          assert.deepEqual(chooseProfileVariables(place, undefined, prefix, environment), {
            ...variables,
            defaultProfile: undefined,
          });
        });
      }
    }

    it('sets none for a main role without a profile', () => {
      assert.equal(chooseProfileVariables(place, plain, '', {}).defaultProfile, undefined);
    });
  });

  describe('AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE or AWS_PROFILE set to something not ours: a warning that names it', () => {
    for (const { name, environment, warned } of foreign) {
      it(`names ${warned.join(', ') || 'nothing'} where ${name}`, () => {
        const lines = warnOfForeignProfiles({ ...variables, defaultProfile: 'network' }, place, environment);
        assert.deepEqual(
          lines.map(line => line.split(' ')[0]),
          [...warned],
        );
        for (const [index, variable] of warned.entries()) {
          assert.ok(lines[index]?.includes(`"${environment[variable] ?? ''}"`), lines[index]);
        }
      });
    }

    it('knows the files of this job on Windows', () => {
      const [line = ''] = warnOfForeignProfiles(
        { ...variables, configFile: 'C:\\a\\_temp\\aws-job\\config', defaultProfile: undefined },
        place,
        { AWS_CONFIG_FILE: 'C:\\AGENT~1\\_temp\\aws-job\\config' },
      );
      assert.match(line, /written by this task in another target/);
    });

    it('knows the files of this job in another target', () => {
      const [line = ''] = warnOfForeignProfiles({ ...variables, defaultProfile: undefined }, place, {
        AWS_CONFIG_FILE: '/__w/_temp/aws-job/config',
      });
      assert.match(line, /written by this task in another target/);
    });

    it('does not speak of a profile that it leaves as it is', () => {
      const kept = { ...variables, defaultProfile: undefined };
      assert.deepEqual(warnOfForeignProfiles(kept, place, { AWS_PROFILE: 'legacy' }), []);
    });
  });

  describe('a step that leaves the default alone takes its name for no other role', () => {
    const other = goalOf('azure-pipelines', [roleIn('222222222222', 'network')]);
    const same = goalOf('azure-pipelines', [roleIn('111111111111', 'azure-pipelines')]);
    it('refuses the name of the default with another role behind it', () => {
      assert.throws(
        () => {
          keepDefaultProfile([network, other], false, place, used);
        },
        {
          code: 'InputInvalid',
          message: /"azure-pipelines" is this job's default .* would change it to arn:aws:iam::2{12}:role\/network/,
        },
      );
    });

    const accepted: readonly (readonly [string, readonly Goal[], boolean, Environment])[] = [
      ['a step that moves the default', [other], true, used],
      ['the same role under the same name', [same], false, used],
      ['another name', [network], false, used],
      ['a job without a default', [other], false, usedWithoutDefault],
      ["somebody else's default", [other], false, { ...used, AWS_CONFIG_FILE: '/home/me/c' }],
    ];
    for (const [name, goals, moves, environment] of accepted) {
      it(`takes ${name}`, () => {
        keepDefaultProfile(goals, moves, place, environment);
      });
    }
  });

  describe("profiles of the agent's own that the job's files hide", () => {
    const rows: readonly (readonly [
      name: string,
      environment: Environment,
      files: string,
      warned: readonly string[],
    ])[] = [
      ['both files', {}, 'config credentials', ['config', 'credentials']],
      ['the config file', {}, 'config', ['config']],
      [
        'the credentials file, the other being hidden',
        { AWS_CONFIG_FILE: '/c' },
        'config credentials',
        ['credentials'],
      ],
      [
        'both files where the variables are empty',
        { AWS_CONFIG_FILE: '' },
        'config credentials',
        ['config', 'credentials'],
      ],
      ['nothing where there are none', {}, '', []],
      ['nothing at a later use', used, 'config credentials', []],
    ];
    for (const [name, environment, files, warned] of rows) {
      it(`names ${name}`, () => {
        const looked: string[] = [];
        const lines = warnOfHiddenProfiles(environment, file => {
          looked.push(file);
          return files.includes(file) ? `/home/agent/.aws/${file}` : undefined;
        });
        assert.deepEqual(
          lines.map(line => /\/home\/agent\/\.aws\/(\w+):/.exec(line)?.[1]),
          warned,
        );
        const hidden = Object.entries({ config: 'AWS_CONFIG_FILE', credentials: 'AWS_SHARED_CREDENTIALS_FILE' });
        assert.deepEqual(
          looked,
          hidden.flatMap(([file, variable]) => ((environment[variable] ?? '') === '' ? [file] : [])),
        );
      });
    }
  });

  describe('a profile named default beside another default of the job', () => {
    const named = goalOf('default', [roleIn('222222222222', 'audit')]);
    const withDefault = { ...place, standing: [{ name: 'default', role: 'arn:aws:iam::111111111111:role/first' }] };
    const usedDefault = { ...used, AWS_PROFILE: 'default' };
    const rows = [
      ['a line of profiles', [network, named], 'network', place, {}, /role\/audit, but AWS_PROFILE is "network"/],
      [
        "a prefixed step's profile",
        [named],
        undefined,
        place,
        used,
        /role\/audit, but AWS_PROFILE is "azure-pipelines"/,
      ],
      [
        "an earlier step's default",
        [network],
        'network',
        withDefault,
        usedDefault,
        /role\/first, but AWS_PROFILE is "network"/,
      ],
      ['the default itself', [named], 'default', place, {}, undefined],
      ['profiles alone, without a default', [named], undefined, place, {}, undefined],
      ['the default that stays', [network], undefined, withDefault, usedDefault, undefined],
      ['no such profile', [network, audit], 'network', place, used, undefined],
    ] as const;
    for (const [name, goals, defaultProfile, where, environment, says] of rows) {
      it(`${says === undefined ? 'says nothing of' : 'names'} ${name}`, () => {
        const [line, ...more] = warnOfDefaultName(goals, { defaultProfile }, where, environment);
        assert.deepEqual(more, []);
        if (says === undefined) assert.equal(line, undefined);
        else assert.match(line ?? '', says);
      });
    }
  });

  describe('keys and profile of the default move together, or a warning says what stays', () => {
    const secrets = new Set(['AWS_ACCESS_KEY_ID']);
    const rows = [
      { setVariables: true, writeProfile: true, environment: used, said: [] },
      { setVariables: true, writeProfile: false, environment: used, said: [/AWS_PROFILE stays "azure-pipelines"/] },
      { setVariables: true, writeProfile: false, environment: {}, said: [] },
      { setVariables: false, writeProfile: true, environment: used, said: [/AWS_ACCESS_KEY_ID.* remain those/] },
    ];
    for (const { said, environment, ...choice } of rows) {
      it(`${JSON.stringify(choice)} with ${Object.keys(environment).length} variables`, () => {
        const lines = warnOfSplitDefault(choice, environment, secrets);
        assert.equal(lines.length, said.length);
        for (const [index, pattern] of said.entries()) assert.match(lines[index] ?? '', pattern);
      });
    }

    it('says nothing of keys that the job does not have', () => {
      assert.deepEqual(warnOfSplitDefault({ setVariables: false, writeProfile: true }, used, new Set()), []);
    });
  });

  describe('a region that the job already has gets a warning naming the profiles it overrides', () => {
    const rows = [
      {
        name: 'both',
        goals: [network, audit],
        environment: { AWS_REGION: 'ap-south-1' },
        named: ['network (eu-west-1)', 'audit (us-east-1)'],
      },
      {
        name: 'the other one',
        goals: [network, audit],
        environment: { AWS_REGION: 'eu-west-1' },
        named: ['audit (us-east-1)'],
      },
      {
        name: 'those that AWS_DEFAULT_REGION overrides',
        goals: [network, audit],
        environment: { AWS_DEFAULT_REGION: 'us-east-1' },
        named: ['network (eu-west-1)'],
      },
      {
        name: 'those that AWS_REGION overrides, which counts first',
        goals: [network, audit],
        environment: { AWS_REGION: 'eu-west-1', AWS_DEFAULT_REGION: 'us-east-1' },
        named: ['audit (us-east-1)'],
      },
      {
        name: 'those that AWS_DEFAULT_REGION overrides where AWS_REGION is empty',
        goals: [network, audit],
        environment: { AWS_REGION: '', AWS_DEFAULT_REGION: 'eu-west-1' },
        named: ['audit (us-east-1)'],
      },
    ];
    for (const { name, goals, environment, named } of rows) {
      it(`names ${name}`, () => {
        const [line = '', ...more] = warnOfJobRegion(
          goals,
          { prefix: '', sharedRegion: shareRegion(goals) },
          environment,
        );
        assert.deepEqual(more, []);
        assert.match(
          line,
          new RegExp(
            `^${'AWS_REGION' in environment && environment.AWS_REGION !== '' ? 'AWS_REGION' : 'AWS_DEFAULT_REGION'} is "`,
          ),
        );
        assert.deepEqual(line.match(/\w+ \([a-z0-9-]+\)/g), named);
      });
    }

    it('names the profile of a use with a prefix, which sets no region for the job', () => {
      const [line = '', ...more] = warnOfJobRegion(
        [audit],
        { prefix: 'AUDIT_', sharedRegion: 'us-east-1' },
        { AWS_REGION: 'eu-west-1' },
      );
      assert.deepEqual(more, []);
      assert.match(line, /^AWS_REGION is "eu-west-1" .* audit \(us-east-1\)/);
      assert.deepEqual(
        warnOfJobRegion([audit], { prefix: 'AUDIT_', sharedRegion: 'us-east-1' }, { AWS_REGION: 'us-east-1' }),
        [],
      );
    });

    for (const { name, goals, environment } of [
      { name: 'the job has no region', goals: [network, audit], environment: {} },
      { name: 'its regions are empty', goals: [network, audit], environment: { AWS_REGION: '' } },
      {
        name: 'all roles share one, which is set anew',
        goals: [network, network],
        environment: { AWS_REGION: 'us-east-1' },
      },
      {
        name: 'only a role without a profile is in another',
        goals: [plain, audit],
        environment: { AWS_REGION: 'us-east-1' },
      },
    ]) {
      it(`is silent where ${name}`, () => {
        assert.deepEqual(warnOfJobRegion(goals, { prefix: '', sharedRegion: shareRegion(goals) }, environment), []);
      });
    }
  });

  describe('a step with profiles alone leaves the region of the default as it is', () => {
    const rows = [
      { hasMainRole: true, environment: {}, region: 'us-east-1' },
      { hasMainRole: true, environment: { AWS_REGION: 'eu-west-1' }, region: 'us-east-1' },
      { hasMainRole: false, environment: {}, region: 'us-east-1' },
      { hasMainRole: false, environment: { AWS_REGION: '' }, region: 'us-east-1' },
      { hasMainRole: false, environment: { AWS_REGION: 'eu-west-1' }, region: undefined },
      { hasMainRole: false, environment: { AWS_DEFAULT_REGION: 'eu-west-1' }, region: undefined },
    ];
    for (const { hasMainRole, environment, region } of rows) {
      it(`${region ?? 'none'} with ${JSON.stringify(environment)}, main role: ${hasMainRole}`, () => {
        assert.equal(chooseJobRegion({ goals: [audit], hasMainRole }, environment), region);
      });
    }
  });

  describe('the region variables are set only if all roles of the step share one region', () => {
    for (const { goals, region } of [
      { goals: [network], region: 'eu-west-1' },
      { goals: [network, network, plain], region: 'eu-west-1' },
      { goals: [audit], region: 'us-east-1' },
      { goals: [network, audit], region: undefined },
      { goals: [], region: undefined },
    ]) {
      it(`${goals.map(({ region: own }) => own).join(', ') || 'none'}: ${region ?? 'not set'}`, () => {
        assert.equal(shareRegion(goals), region);
      });
    }
  });
});

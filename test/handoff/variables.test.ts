import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import {
  describeMissingOutputs,
  describeVariables,
  listSecrets,
  planVariables,
  type MainSession,
  type ProfileVariables,
  type Variable,
  type VariableChoice,
} from '../../src/handoff/variables.ts';
import { alignBase64 } from '../../src/secret-forms.ts';
import { Secret } from '../../src/secret.ts';
import type { Session } from '../../src/session/credentials.ts';
import { choice } from './variable-choice.ts';
import { scaleRuns } from '../hardness/fuzz/check.ts';

const keys = {
  id: 'ASIACANARY0000000000',
  secret: 'canary/secret+access/key0000000000000000',
  token: 'canary-token'.repeat(60),
};
const session: Session = {
  role: {
    text: 'arn:aws:iam::111111111111:role/deploy',
    partition: 'aws',
    accountId: '111111111111',
    path: '/',
    name: 'deploy',
  },
  assumedRoleArn: 'arn:aws:sts::111111111111:assumed-role/deploy/infra-main-4711-1',
  credentials: {
    accessKeyId: new Secret(keys.id),
    secretAccessKey: new Secret(keys.secret),
    sessionToken: new Secret(keys.token),
    expiration: new Date('2026-10-01T13:00:00.500Z'),
  },
  // By this machine, whose clock is two hours behind.
  life: {
    opened: { hostMs: Date.parse('2026-10-01T10:00:00.500Z'), sinceBootMs: 0 },
    lastsMs: 3_600_000,
  },
  hostAheadMs: -7_200_000,
};
const main: MainSession = { session, region: 'eu-west-1' };

/** A variable as "name=value", secret ones with "!" before them, output ones with "out " before that. */
function show({ name, value, output }: Variable): string {
  const isSecret = value instanceof Secret;
  return `${output ? 'out ' : ''}${isSecret ? '!' : ''}${name}=${isSecret ? value.reveal() : value}`;
}

function plan(change: Partial<VariableChoice>): readonly string[] {
  return planVariables(main, { ...choice, ...change }).map(show);
}

const plainKeys = [
  `!AWS_ACCESS_KEY_ID=${keys.id}`,
  `!AWS_SECRET_ACCESS_KEY=${keys.secret}`,
  `!AWS_SESSION_TOKEN=${keys.token}`,
];
const toolkitKeys = [
  `!AWS.AccessKeyID=${keys.id}`,
  `!AWS.SecretAccessKey=${keys.secret}`,
  `!AWS.SessionToken=${keys.token}`,
];
const region = ['AWS_REGION=eu-west-1', 'AWS_DEFAULT_REGION=eu-west-1'];
const outputKeys = plainKeys.map(key => `out ${key}`);
const outputs = [
  'out AWS_ACCOUNT_ID=111111111111',
  'out AWS_ASSUMED_ROLE_ARN=arn:aws:sts::111111111111:assumed-role/deploy/infra-main-4711-1',
  'out AWS_CREDENTIAL_EXPIRATION=2026-10-01T11:00:00Z',
  'out AWS_REGION=eu-west-1',
];

const profiles: ProfileVariables = {
  configFile: '/tmp/aws-job/config',
  credentialsFile: '/tmp/aws-job/credentials',
  defaultProfile: 'network',
};
const profileLines = [
  'AWS_CONFIG_FILE=/tmp/aws-job/config',
  'AWS_SHARED_CREDENTIALS_FILE=/tmp/aws-job/credentials',
  'AWS_PROFILE=network',
];

function prefixed(lines: readonly string[]): readonly string[] {
  return lines.map(line => line.replace('AWS_', 'NETWORK_AWS_'));
}

const plans: readonly {
  readonly name: string;
  readonly change: Partial<VariableChoice>;
  readonly lines: readonly string[];
}[] = [
  { name: 'everything', change: {}, lines: [...plainKeys, ...toolkitKeys, ...region, ...outputKeys, ...outputs] },
  {
    name: 'no reference name: no output form',
    change: { hasReferenceName: false },
    lines: [...plainKeys, ...toolkitKeys, ...region],
  },
  {
    name: 'no output credentials',
    change: { outputCredentials: false },
    lines: [...plainKeys, ...toolkitKeys, ...region, ...outputs],
  },
  { name: 'no secret variables', change: { setVariables: false }, lines: [...region, ...outputs] },
  {
    name: 'no secret variables and no reference name',
    change: { setVariables: false, hasReferenceName: false },
    lines: region,
  },
  {
    name: 'a prefix: only prefixed names',
    change: { prefix: 'NETWORK_' },
    lines: prefixed([...plainKeys, 'AWS_REGION=eu-west-1', ...outputKeys, ...outputs]),
  },
  {
    name: "no region where the roles are in several: the output form is the main role's own",
    change: { sharedRegion: undefined },
    lines: [...plainKeys, ...toolkitKeys, ...outputKeys, ...outputs],
  },
  {
    name: 'no region with a prefix either',
    change: { sharedRegion: undefined, prefix: 'NETWORK_', hasReferenceName: false },
    lines: prefixed(plainKeys),
  },
  {
    name: 'the variables of the profile files',
    change: { profiles, hasReferenceName: false },
    lines: [...plainKeys, ...toolkitKeys, ...region, ...profileLines],
  },
  {
    name: 'the switches of AWS clients by their plain names, whatever the prefix',
    change: { switches: { AWS_EC2_METADATA_DISABLED: 'true' }, prefix: 'NETWORK_', hasReferenceName: false },
    lines: [...prefixed([...plainKeys, 'AWS_REGION=eu-west-1']), 'AWS_EC2_METADATA_DISABLED=true'],
  },
  {
    name: 'where the files are, and no default profile that is to stay as it is',
    change: { profiles: { ...profiles, defaultProfile: undefined }, hasReferenceName: false },
    lines: [...plainKeys, ...toolkitKeys, ...region, ...profileLines.slice(0, 2)],
  },
  {
    name: 'the variables of the profile files by their plain names, whatever the prefix',
    change: { profiles, prefix: 'NETWORK_', hasReferenceName: false },
    lines: [...prefixed([...plainKeys, 'AWS_REGION=eu-west-1']), ...profileLines],
  },
  {
    name: 'the profile files without secret variables',
    change: { profiles, setVariables: false, hasReferenceName: false },
    lines: [...region, ...profileLines],
  },
  {
    name: 'a prefix without reference name',
    change: { prefix: 'NETWORK_', hasReferenceName: false },
    lines: prefixed([...plainKeys, 'AWS_REGION=eu-west-1']),
  },
];

const switches = [true, false];
const choices = switches.flatMap(setVariables =>
  switches.flatMap(outputCredentials =>
    switches.flatMap(hasReferenceName =>
      ['', 'NETWORK_'].map(prefix => ({ ...choice, setVariables, outputCredentials, hasReferenceName, prefix })),
    ),
  ),
);

describe('handoff/variables', () => {
  describe('planVariables', () => {
    for (const { name, change, lines } of plans) {
      it(`sets ${name}`, () => {
        assert.deepEqual([...plan(change)].sort(), [...lines].sort());
      });
    }

    for (const one of choices) {
      const name = `setVariables ${one.setVariables}, outputCredentials ${one.outputCredentials}, reference name ${one.hasReferenceName}, prefix "${one.prefix}"`;

      it(`sets always all three keys or none with ${name}`, () => {
        const variables = planVariables(main, one);
        for (const output of switches) {
          const values = variables
            .filter(item => item.output === output && item.value instanceof Secret)
            .map(show)
            .join('\n');
          const found = [keys.id, keys.secret, keys.token].filter(key => values.includes(key));
          assert.ok(found.length === 0 || found.length === 3, values);
        }
      });

      it(`sets no key material as a plain text with ${name}`, () => {
        const texts = planVariables(main, one)
          .filter(({ value }) => !(value instanceof Secret))
          .map(show)
          .join('\n');
        assert.doesNotMatch(texts, /canary/i);
      });

      it(`sets each variable once with ${name}`, () => {
        const names = planVariables(main, one).map(({ name, output }) => `${String(output)} ${name}`);
        assert.equal(new Set(names).size, names.length);
      });

      it(`sets only names of its prefix with ${name}`, () => {
        for (const variable of planVariables(main, one))
          assert.ok(variable.name.startsWith(`${one.prefix}AWS`), variable.name);
      });

      it(`logs every name and no value with ${name}`, () => {
        const variables = planVariables(main, one);
        const text = describeVariables(variables).join('\n');
        for (const variable of variables) assert.ok(text.includes(variable.name), variable.name);
        assert.doesNotMatch(text, /canary|111111111111/i);
      });
    }

    describe('with profiles alone no secret variables and no default profile are set', () => {
      for (const one of choices) {
        const name = `prefix "${one.prefix}", reference name ${one.hasReferenceName}, setVariables ${one.setVariables}`;
        it(`sets the files and a shared region with ${name}`, () => {
          const place = { ...profiles, defaultProfile: undefined };
          const lines = planVariables(undefined, { ...one, profiles: place }).map(show);
          const shared = one.prefix === '' ? region : ['NETWORK_AWS_REGION=eu-west-1'];
          assert.deepEqual([...lines].sort(), [...shared, ...profileLines.slice(0, 2)].sort());
        });
      }
    });

    it('sets profile variables in plain form only, so that they reach the environment by themselves', () => {
      const outputs = planVariables(main, { ...choice, profiles }).filter(({ output }) => output);
      assert.ok(outputs.length > 0);
      assert.ok(!outputs.some(({ name }) => /PROFILE|FILE$/.test(name)));
    });

    it('sets what is no secret first: the agent may refuse a variable that is read-only', () => {
      for (const one of choices.filter(({ hasReferenceName }) => !hasReferenceName)) {
        const kinds = planVariables(main, { ...one, profiles }).map(({ value }) => value instanceof Secret);
        assert.deepEqual(kinds, [...kinds].sort());
      }
    });

    it('says that a step without a reference name has no output variables', () => {
      const without = { ...choice, hasReferenceName: false };
      assert.match(describeMissingOutputs(without) ?? '', /no reference name.*no output variables/);
      for (const change of [{ hasReferenceName: true }, { outputCredentials: false }])
        assert.equal(describeMissingOutputs({ ...without, ...change }), undefined);
    });
  });

  describe('setsecret also registers the three Base64 alignments of secret key and session token', () => {
    it('lists the three keys themselves', () => {
      const values = listSecrets(session).map(secret => secret.reveal());
      for (const key of [keys.id, keys.secret, keys.token]) assert.ok(values.includes(key), key);
    });

    for (const key of [keys.secret, keys.token]) {
      for (const before of ['', 'x', 'xy', 'xyz']) {
        it(`lists a form that hides ${key.slice(0, 12)}… in Base64 after ${before.length} bytes`, () => {
          const encoded = Buffer.from(`${before}${key}:after`).toString('base64');
          assert.ok(listSecrets(session).some(secret => encoded.includes(secret.reveal())));
        });
      }
    }

    const escaped: Readonly<Record<string, (value: string) => string>> = {
      'percent-encoding with capitals': value => encodeURIComponent(value),
      'percent-encoding with small letters': value => value.replaceAll('/', '%2f').replaceAll('+', '%2b'),
      'percent-encoding that keeps /': value => value.replaceAll('+', '%2B'),
      'percent-encoding with small letters that keeps /': value => value.replaceAll('+', '%2b'),
      'JSON with \\/': value => JSON.stringify(value).replaceAll('/', '\\/').slice(1, -1),
      'JSON with \\u002B': value => value.replaceAll('+', '\\u002B'),
    };
    for (const [name, escape] of Object.entries(escaped)) {
      it(`lists ${name}, once`, () => {
        const form = escape(keys.secret);
        assert.equal(listSecrets(session).filter(secret => secret.reveal() === form).length, 1, form);
      });
    }

    it('lists nothing more of a value that no tool has to escape', () => {
      assert.equal(listSecrets(session).filter(secret => secret.reveal() === keys.token).length, 1);
      assert.equal(listSecrets(session).length, 3 + 6 + Object.keys(escaped).length);
    });

    it('lists no text so short that it would hide what is no secret', () => {
      for (const secret of listSecrets(session)) assert.ok(secret.reveal().length >= 16);
    });

    it('finds a form in the Base64 of any bytes around any secret, and says all but its edges', () => {
      const bytes = fc.uint8Array({ maxLength: 20 });
      fc.assert(
        fc.property(
          bytes,
          fc.string({ unit: 'grapheme', minLength: 4, maxLength: 80 }),
          bytes,
          (before, secret, after) => {
            const encoded = Buffer.concat([before, Buffer.from(secret), after]).toString('base64');
            const form = alignBase64(secret)[before.length % 3] ?? '';
            assert.ok(form.length >= Math.floor((Buffer.byteLength(secret) * 8) / 6) - 2);
            assert.ok(encoded.includes(form), `${encoded} lacks ${form}`);
          },
        ),
        scaleRuns(3),
      );
    });
  });
});

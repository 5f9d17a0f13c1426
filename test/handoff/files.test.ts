import assert from 'node:assert/strict';
import { renderProfiles, parseProfiles } from '../../src/handoff/profile-text.ts';
import {
  describeProfiles,
  belongsTo,
  nameCache,
  nameLock,
  nameState,
  planFiles,
  type Profile,
  type FileChoice,
  type FilePlan,
  type OpenedGoal,
  type RefreshChoice,
} from '../../src/handoff/files.ts';
import { decodeCache } from '../../src/handoff/session-cache.ts';
import type { Goal } from '../../src/session/goal.ts';
import { roleIn, sessionOf, goalOf } from './sessions.ts';

const ownUse = '0123456789abcdef';
const networkProfile = roleIn('111111111111', 'network');
const auditProfile = roleIn('222222222222', 'audit');
const command = "'/node' '/credential-process.js' '/state' 0123456789abcdef.1";

function profileOf(name: string, role: typeof networkProfile, credentialProcess?: string): Profile {
  return { name, session: sessionOf(role), region: name === 'audit' ? 'us-east-1' : 'eu-west-1', credentialProcess };
}

describe('handoff/files, profiles', () => {
  it('puts the three keys and the account into the credentials file and the region into the config file', () => {
    const { credentials, config } = describeProfiles(
      [profileOf('network', networkProfile), profileOf('audit', auditProfile)],
      ownUse,
    );
    assert.deepEqual(
      credentials.map(({ name, settings }) => ({ name, settings })),
      [
        {
          name: 'network',
          settings: {
            aws_access_key_id: 'ASIA-CANARY-network',
            aws_secret_access_key: 'canary/secret+of=network',
            aws_session_token: 'canary-token-of-network==',
            aws_account_id: '111111111111',
          },
        },
        {
          name: 'audit',
          settings: {
            aws_access_key_id: 'ASIA-CANARY-audit',
            aws_secret_access_key: 'canary/secret+of=audit',
            aws_session_token: 'canary-token-of-audit==',
            aws_account_id: '222222222222',
          },
        },
      ],
    );
    assert.deepEqual(
      config.map(({ name, settings }) => ({ name, settings })),
      [
        { name: 'network', settings: { region: 'eu-west-1' } },
        { name: 'audit', settings: { region: 'us-east-1' } },
      ],
    );
  });

  it('puts the command in the place of keys where the profile refreshes itself: SDKs would let the keys win', () => {
    const { credentials, config } = describeProfiles([profileOf('network', networkProfile, command)], ownUse);
    assert.deepEqual(credentials[0]?.settings, { credential_process: command, aws_account_id: '111111111111' });
    assert.doesNotMatch(JSON.stringify([credentials, config]), /canary/i);
  });

  it('marks every section with the use and the role it is of', () => {
    const { credentials, config } = describeProfiles(
      [profileOf('network', networkProfile), profileOf('audit', auditProfile)],
      ownUse,
    );
    for (const sections of [credentials, config]) {
      assert.deepEqual(
        sections.map(({ use: by, role }) => `${by} ${role}`),
        [`${ownUse} ${networkProfile.text}`, `${ownUse} ${auditProfile.text}`],
      );
    }
  });

  it('describes nothing where there is no profile', () => {
    assert.deepEqual(describeProfiles([], ownUse), { credentials: [], config: [] });
  });

  it('gives sections that can be written', () => {
    const { credentials, config } = describeProfiles(
      [profileOf('default', networkProfile), profileOf('audit', auditProfile)],
      ownUse,
    );
    assert.match(
      renderProfiles({ sections: credentials, foreign: [] }, 'credentials'),
      /^\[default\]\n# use .*\naws_access_key_id = ASIA/m,
    );
    assert.match(
      renderProfiles({ sections: config, foreign: [] }, 'config'),
      /^\[profile audit\]\n# use .*\nregion = us-east-1$/m,
    );
  });
});

const use = '0123456789abcdef';
const other = 'fedcba9876543210';
const [network, audit, spoke] = [
  roleIn('111111111111', 'network'),
  roleIn('222222222222', 'audit'),
  roleIn('333333333333', 'spoke'),
];

const opened: readonly OpenedGoal[] = [
  { goal: goalOf('network', [network]), session: sessionOf(network) },
  { goal: goalOf('audit', [audit], 'us-east-1'), session: sessionOf(audit) },
  { goal: goalOf('spoke', [network, spoke]), session: sessionOf(spoke) },
];

const choice: FileChoice = { use, read: () => undefined, refresh: undefined };
const refresh: RefreshChoice = {
  commandLine: id => `'/node' '/script' '/state' ${id}`,
  encodeState: goals => `state of ${Object.keys(goals).join(' ')}`,
};

function textOf({ files }: FilePlan, name: string): string {
  const text = files.find(file => file.name === name)?.text;
  assert.ok(text !== undefined, `${name} is not written`);
  return text;
}

/** Reads the files of an earlier plan. */
function reading({ files }: FilePlan): FileChoice['read'] {
  return name => files.find(file => file.name === name)?.text;
}

const ours = [
  nameState(use),
  nameCache(`${use}.1`),
  nameCache(`${use}.200`),
  nameLock(`${use}.1`),
  `${nameLock(`${use}.1`)}-00ff`,
];
const notOurs = ['config', 'credentials', '', nameState(other), nameCache(`${other}.1`), `x${nameState(use)}`, use];

describe('handoff/files', () => {
  describe('profiles with keys', () => {
    const plan = planFiles(opened, choice);

    it('are the config file, then the credentials file, and nothing else', () => {
      assert.deepEqual(
        plan.files.map(({ name }) => name),
        ['config', 'credentials'],
      );
      assert.deepEqual(plan.replaced, []);
    });

    it('hold what describes each profile', () => {
      const profiles = opened.map(({ goal, session }) => ({
        name: goal.profile ?? '',
        session,
        region: goal.region,
        credentialProcess: undefined,
      }));
      const texts = describeProfiles(profiles, use);
      assert.deepEqual(parseProfiles(textOf(plan, 'config'), 'config').sections, texts.config);
      assert.deepEqual(parseProfiles(textOf(plan, 'credentials'), 'credentials').sections, texts.credentials);
    });

    it('leave out a session that has no profile', () => {
      const plain = planFiles([{ goal: goalOf(undefined, [network]), session: sessionOf(network) }], choice);
      for (const { text } of plain.files) assert.doesNotMatch(text, /network|canary/i);
    });
  });

  describe('profiles that refresh themselves', () => {
    const plan = planFiles(opened, { ...choice, refresh });

    it('have the state and the caches written before what refers to them', () => {
      assert.deepEqual(
        plan.files.map(({ name }) => name),
        [nameState(use), nameCache(`${use}.1`), nameCache(`${use}.2`), nameCache(`${use}.3`), 'config', 'credentials'],
      );
    });

    it('hold a command with an id of their own, and no keys', () => {
      const sections = parseProfiles(textOf(plan, 'credentials'), 'credentials').sections;
      assert.deepEqual(
        sections.map(({ name, settings }) => ({ name, settings })),
        ['network', 'audit', 'spoke'].map((name, index) => ({
          name,
          settings: {
            credential_process: refresh.commandLine(`${use}.${index + 1}`),
            aws_account_id: String(index + 1).repeat(12),
          },
        })),
      );
      assert.doesNotMatch(textOf(plan, 'credentials') + textOf(plan, 'config'), /canary/i);
    });

    it('have the goal of each id in the state', () => {
      const seen: Readonly<Record<string, Goal>>[] = [];
      const encodeState = (goals: Readonly<Record<string, Goal>>): string => {
        seen.push(goals);
        return 'state';
      };
      planFiles(opened, { ...choice, refresh: { ...refresh, encodeState } });
      assert.deepEqual(seen, [Object.fromEntries(opened.map(({ goal }, index) => [`${use}.${index + 1}`, goal]))]);
    });

    it('find the session of the step in their caches', () => {
      for (const [index, { session }] of opened.entries()) {
        const cached = decodeCache(textOf(plan, nameCache(`${use}.${index + 1}`)));
        assert.deepEqual(cached?.life, session.life);
        assert.equal(cached.keys.sessionToken.reveal(), session.credentials.sessionToken.reveal());
        assert.equal(cached.accountId, session.role.accountId);
      }
    });

    it('have no credentials of the roles on the way in any file', () => {
      const chain = planFiles([{ goal: goalOf('spoke', [network, spoke]), session: sessionOf(spoke) }], {
        ...choice,
        refresh,
      });
      for (const { name, text } of chain.files) assert.doesNotMatch(text, /canary.*network/i, name);
    });
  });

  describe('several uses in a job share the files', () => {
    const first = planFiles(opened.slice(0, 2), choice);

    it('keep the profiles of each other', () => {
      const second = planFiles(opened.slice(2), { ...choice, use: other, read: reading(first) });
      const sections = parseProfiles(textOf(second, 'credentials'), 'credentials').sections;
      assert.deepEqual(
        sections.map(({ name, use: by }) => `${name} of ${by}`),
        [`network of ${use}`, `audit of ${use}`, `spoke of ${other}`],
      );
      assert.deepEqual(second.replaced, []);
    });

    it('replace a profile of the same name in both files, and say so once', () => {
      const goal = goalOf('network', [spoke], 'ap-southeast-2');
      const second = planFiles([{ goal, session: sessionOf(spoke) }], { ...choice, use: other, read: reading(first) });
      assert.deepEqual(second.replaced, [{ name: 'network', before: network.text, after: spoke.text }]);
      const [section, ...more] = parseProfiles(textOf(second, 'config'), 'config').sections.filter(
        ({ name }) => name === 'network',
      );
      assert.deepEqual(section?.settings, { region: 'ap-southeast-2' });
      assert.deepEqual(more, []);
    });

    it('may hold keys and commands next to each other', () => {
      const second = planFiles(opened.slice(2), { use: other, read: reading(first), refresh });
      const text = textOf(second, 'credentials');
      assert.match(text, /aws_access_key_id = ASIA-CANARY-network/);
      assert.match(text, new RegExp(`credential_process = .* ${other}\\.1$`, 'm'));
    });

    for (const name of ['config', 'credentials']) {
      it(`plan nothing where the ${name} file is not theirs`, () => {
        const read = (file: string) => (file === name ? '[default]\nregion = x\n' : undefined);
        assert.throws(() => planFiles(opened, { ...choice, read }), {
          code: 'ProfileFileUnreadable',
          message: new RegExp(`AWS ${name} file`),
        });
      });
    }

    it('begin with the files that an earlier use emptied', () => {
      const read = (name: string) =>
        renderProfiles({ sections: [], foreign: [] }, name === 'config' ? 'config' : 'credentials');
      assert.deepEqual(planFiles(opened, { ...choice, read }).files, planFiles(opened, choice).files);
    });
  });

  describe('a use knows its own files by their names', () => {
    for (const name of ours) {
      it(`takes ${name}`, () => {
        assert.ok(belongsTo(name, use));
        assert.ok(!belongsTo(name, other));
      });
    }

    for (const name of notOurs) {
      it(`leaves "${name}"`, () => {
        assert.ok(!belongsTo(name, use));
      });
    }

    it('takes every file that it wrote but the two that are shared', () => {
      const names = planFiles(opened, { ...choice, refresh }).files.map(({ name }) => name);
      assert.deepEqual(
        names.filter(name => !belongsTo(name, use)),
        ['config', 'credentials'],
      );
    });

    it('uses names that any file system takes', () => {
      for (const name of ours) assert.match(name, /^[a-z0-9.-]{1,64}$/);
    });
  });
});

import assert from 'node:assert/strict';
import { renderProfiles } from '../../src/handoff/profile-text.ts';
import { describeProfiles, type Profile } from '../../src/handoff/profile.ts';
import { roleIn, sessionOf } from './sessions.ts';

const use = '0123456789abcdef';
const network = roleIn('111111111111', 'network');
const audit = roleIn('222222222222', 'audit');
const command = "'/node' '/credential-process.js' '/state' 0123456789abcdef.1";

function profileOf(name: string, role: typeof network, credentialProcess?: string): Profile {
  return { name, session: sessionOf(role), region: name === 'audit' ? 'us-east-1' : 'eu-west-1', credentialProcess };
}

describe('handoff/profile', () => {
  it('puts the three keys and the account into the credentials file and the region into the config file', () => {
    const { credentials, config } = describeProfiles([profileOf('network', network), profileOf('audit', audit)], use);
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
    const { credentials, config } = describeProfiles([profileOf('network', network, command)], use);
    assert.deepEqual(credentials[0]?.settings, { credential_process: command, aws_account_id: '111111111111' });
    assert.doesNotMatch(JSON.stringify([credentials, config]), /canary/i);
  });

  it('marks every section with the use and the role it is of', () => {
    const { credentials, config } = describeProfiles([profileOf('network', network), profileOf('audit', audit)], use);
    for (const sections of [credentials, config]) {
      assert.deepEqual(
        sections.map(({ use: by, role }) => `${by} ${role}`),
        [`${use} ${network.text}`, `${use} ${audit.text}`],
      );
    }
  });

  it('describes nothing where there is no profile', () => {
    assert.deepEqual(describeProfiles([], use), { credentials: [], config: [] });
  });

  it('gives sections that can be written', () => {
    const { credentials, config } = describeProfiles([profileOf('default', network), profileOf('audit', audit)], use);
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

import assert from 'node:assert/strict';
import { clientSwitches, findClaimed, requireUnclaimed } from '../../src/handoff/client-switches.ts';
import { nameDeciding, type VariableChoice } from '../../src/handoff/variables.ts';
import { poses, readJob, type Posed } from '../azure-devops/read-job.ts';
import { choice as keysAlone } from './variable-choice.ts';

const choice: VariableChoice = {
  ...keysAlone,
  profiles: { configFile: '/t/config', credentialsFile: '/t/credentials', defaultProfile: 'azure-pipelines' },
  switches: clientSwitches,
};
const keys = ['AWS_SESSION_TOKEN', 'AWS.SessionToken'];
const plain = Object.keys(nameDeciding({ ...choice, setVariables: false }, true));

function find(posed: Posed, platform: NodeJS.Platform = 'linux', change: Partial<VariableChoice> = {}) {
  const { values, claimants } = readJob(posed, {}, platform);
  return findClaimed(nameDeciding({ ...choice, ...change }, true), values, name => {
    const { open, secret } = claimants(name);
    return [...open, ...secret];
  });
}

/** Poses under another name than the variable's own, in another spelling of the same environment variable. */
function poseOthers(name: string): readonly (readonly [string, Posed[number]])[] {
  return Object.entries(poses)
    .map(([way, pose]) => [way, pose(name)] as const)
    .filter(([, [posed]]) => posed.toLowerCase() !== name.toLowerCase());
}

describe('handoff/claimed-names: who later steps are is not left to the order of a dictionary', () => {
  it('goes by every name that decides it', () => {
    assert.deepEqual(plain, [
      ...Object.keys(clientSwitches),
      'AWS_CONFIG_FILE',
      'AWS_SHARED_CREDENTIALS_FILE',
      'AWS_PROFILE',
    ]);
    assert.deepEqual(Object.keys(nameDeciding(choice, true)), [...plain, ...keys]);
    for (const change of [{ setVariables: false }, { prefix: 'NETWORK_' }])
      assert.deepEqual(Object.keys(nameDeciding({ ...choice, ...change }, true)), plain);
    assert.deepEqual(Object.keys(nameDeciding(choice, false)), plain);
    assert.deepEqual(Object.keys(nameDeciding({ ...choice, profiles: undefined, switches: {} }, true)), keys);
  });

  for (const platform of ['linux', 'win32'] as const) {
    for (const name of [...plain, ...keys]) {
      it(`${platform}: ${name} under each other name that becomes it`, () => {
        const others = poseOthers(name);
        assert.ok(others.length > 1);
        for (const [way, posed] of others) {
          // Nothing and nothing are the same; on Linux this way makes a variable that no client reads.
          if (platform === 'linux' && name.includes('RELATIVE') && way.endsWith('small letters')) continue;
          const [other, value, flags] = posed;
          for (const secret of keys.includes(name) ? [true, false] : [false]) {
            const posing: Posed = [[other, value, { ...flags, secret }]];
            const expected = [{ name, others: [other] }];
            assert.deepEqual(find(posing, platform), expected, way);
            // Beside our own, as a second use finds it, in either order.
            const own: Posed = [[name, 'own', { secret }]];
            assert.deepEqual(find([...own, ...posing], platform), expected, way);
            assert.deepEqual(find([...posing, ...own], platform), expected, way);
          }
        }
      });

      it(`${platform}: ${name} under its own name, in any letter case, is overwritten`, () => {
        for (const own of [name, name.toLowerCase()])
          for (const flags of [{}, { preserveCase: true }]) assert.deepEqual(find([[own, 'x', flags]], platform), []);
      });
    }
  }

  const values = nameDeciding(choice, true);
  for (const name of plain) {
    it(`${name} under one other name with the very same value does no harm; beside a second one nobody can see`, () => {
      const value = values[name] ?? '';
      const other = name.replace('_', '.');
      assert.deepEqual(find([[other, value]]), []);
      assert.equal(find([[other, `${value} `]]).length, 1);
      assert.deepEqual(
        find([
          [other, value],
          [name, value],
        ]),
        [{ name, others: [other] }],
      );
    });
  }

  it('is refused at once, each with its own name', () => {
    requireUnclaimed([]);
    assert.throws(
      () => {
        requireUnclaimed(
          find([
            ['aws.profile', 'x'],
            ['AWS EC2.Metadata_Disabled', 'false'],
          ]),
        );
      },
      {
        code: 'ProfileHidden',
        message:
          /^ProfileHidden: The job has variables that become the same environment variables as those of this step: "AWS EC2\.Metadata_Disabled" \(AWS_EC2_METADATA_DISABLED\), "aws\.profile" \(AWS_PROFILE\)\.\n.*With writeProfile: false and setVariables: false the step sets none of these variables\.$/s,
      },
    );
  });

  it('variables of Regions, and of a prefix, go on as they are', () => {
    assert.deepEqual(
      find([
        ['AWS.Region', 'x'],
        ['AWS.Default.Region', 'x'],
        ['AWS.Access.Key.Id', 'x', { secret: true }],
      ]),
      [],
    );
    assert.deepEqual(find([['NETWORK.AWS_SESSION_TOKEN', 'x', { secret: true }]], 'linux', { prefix: 'NETWORK_' }), []);
  });
});

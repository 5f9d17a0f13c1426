import assert from 'node:assert/strict';
import { isMicrosoftHosted } from '../../src/azure-devops/job-environment.ts';
import { readJobEnvironment } from '../../src/azure-devops/job-environment.ts';

const own = ['agent.isselfhosted'];

const rows: readonly (readonly [name: string, value: string, names: readonly string[], expected: boolean])[] = [
  ["one of Microsoft's own", '0', own, true],
  ['a self-hosted one', '1', own, false],
  ['an agent that does not say', '', [], false],
  ['another word', 'false', own, false],
  ['a variable that becomes the same environment variable', '0', [...own, 'Agent IsSelfHosted'], false],
  ['a variable that stands in its place', '0', ['AGENT_ISSELFHOSTED'], false],
  ["the machine's own environment", '0', [], false],
];

describe('azure-devops/agent-hosting', () => {
  for (const [name, value, names, expected] of rows) {
    it(`${expected ? 'is' : 'is not'} Microsoft-hosted: ${name}`, () => {
      const environment = { AGENT_ISSELFHOSTED: value, VSTS_PUBLIC_VARIABLES: JSON.stringify(names) };
      assert.equal(isMicrosoftHosted(readJobEnvironment(environment, 'linux')), expected);
    });
  }
});

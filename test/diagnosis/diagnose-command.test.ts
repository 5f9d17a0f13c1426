import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { listDiagnoseCommands } from '../../src/diagnosis/diagnose-command.ts';
import type { RefusedCall } from '../../src/diagnosis/refused-call.ts';
import { connection, organizationId, tenantId } from '../trust/company.ts';
import { arn, call, hub, issuers } from './refused-calls.ts';

const { connectionId = '' } = connection;
const entra = ['--organization-id', organizationId, '--tenant-id', tenantId, '--connection-id', connectionId];
const old = ['--organization-id', organizationId, '--organization', 'contoso', '--project', 'Payments', '--connection'];

function named(name: string): Partial<RefusedCall> {
  return { claims: { ...issuers.old, sub: `sc://contoso/Payments/${name}` } };
}

/** What the command asks, as words. */
const rows: readonly (readonly [string, RefusedCall, readonly string[]])[] = [
  ['the Entra issuer', call('StsAccessDenied'), entra],
  ['the Azure DevOps issuer', call('StsAccessDenied', { claims: issuers.old }), [...old, 'aws']],
  ['a name with a slash', call('StsAccessDenied', named('a/b')), [...old, 'a/b']],
  ['a name with spaces', call('StsAccessDenied', named('a  b')), [...old, 'a  b']],
  [
    'a name that a shell would run',
    call('StsAccessDenied', named('$(id); `id` & %PATH% !! \\')),
    [...old, '$(id); `id` & %PATH% !! \\'],
  ],
  ['an apostrophe', call('StsAccessDenied', named("it's")), [...old, "it's"]],
  ['a typographic apostrophe', call('StsAccessDenied', named('it’s')), [...old, 'it’s']],
  ['a name of other letters', call('StsAccessDenied', named('東京')), [...old, '東京']],
  ['a duration', call('StsDurationRefused', { durationSeconds: 7201 }), [...entra, '--duration-seconds', '7201']],
  [
    'a VPC endpoint',
    call('StsAccessDenied', {
      route: { host: 'vpce-0123456789abcdef0-x1.sts.eu-west-1.vpce.amazonaws.com', isMicrosoftHosted: false },
    }),
    [...entra, '--source-vpce', 'vpce-0123456789abcdef0'],
  ],
  // What cannot be pasted is left out: the command then shows who may assume the role.
  ['a chained role', call('StsAccessDenied', { caller: hub }), []],
  ['a double quote', call('StsAccessDenied', named('a"b')), []],
  ['what cannot be seen', call('StsAccessDenied', named('a\u202eb')), []],
  ['a logging command', call('StsAccessDenied', named('##vso[task.x]')), []],
  ['an option', call('StsAccessDenied', named('--help')), []],
  ['a pipeline', call('StsAccessDenied', { claims: { ...issuers.old, sub: 'p://contoso/Payments/infra' } }), []],
  [
    'an issuer that is not known',
    call('StsAccessDenied', { claims: { ...issuers.old, iss: 'https://x.example' } }),
    [],
  ],
];

/** The words that a POSIX shell makes of each line. */
function readWithSh(lines: readonly string[]): readonly (readonly string[])[] {
  const script = lines.map(line => `printf '%s\\0' ${line}; printf '\\n\\0'`).join('\n');
  const { stdout } = spawnSync('sh', ['-c', script], { encoding: 'utf8' });
  return stdout
    .split('\n\0')
    .slice(0, -1)
    .map(words => words.split('\0').slice(0, -1));
}

/** PowerShell reads all single quotes alike, and two of them as one. */
function readWithPowerShell(line: string): readonly string[] {
  const words =
    line.match(/(?:['\u2018-\u201b](?:[^'\u2018-\u201b]|(['\u2018-\u201b])\1)*['\u2018-\u201b]|\S)+/g) ?? [];
  return words.map(word => word.replace(/^'(.*)'$/s, '$1').replace(/(['\u2018-\u201b])\1/g, '$1'));
}

describe('diagnosis/diagnose-command', () => {
  const commands = rows.map(([, refused]) => listDiagnoseCommands(refused));
  const read = readWithSh(commands.map(([sh = '']) => sh));
  for (const [index, [name, , options]] of rows.entries()) {
    it(`has every option for ${name}, for sh and PowerShell`, () => {
      const expected = ['aws-wif', 'diagnose', '--role', arn, ...options];
      assert.deepEqual(read[index], expected);
      const [pwsh = ''] = commands[index]?.slice(-1) ?? [];
      assert.deepEqual(readWithPowerShell(pwsh), expected);
    });
  }

  it('is one line wherever both shells read it alike', () => {
    const twice = rows.filter((_, index) => commands[index]?.length === 2).map(([name]) => name);
    assert.deepEqual(twice, ['an apostrophe', 'a typographic apostrophe']);
  });

  it('names the role without its account where the log hides that', () => {
    const hides = (text: string) => text.includes('111111111111');
    assert.match(listDiagnoseCommands(call('StsAccessDenied'), hides)[0] ?? '', / --role deploy --organization-id /);
    const role = { ...call('StsAccessDenied').role, arn: 'arn:aws:iam::111111111111:role/a/b/deploy' };
    assert.match(listDiagnoseCommands(call('StsAccessDenied', { role }), hides)[0] ?? '', / --role a\/b\/deploy /);
  });
});

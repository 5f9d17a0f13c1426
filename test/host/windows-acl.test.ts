import assert from 'node:assert/strict';
import {
  askDescriptor,
  askUser,
  findStrangers,
  findSystemFolder,
  openWindowsAcl,
  parseUserSid,
  restrictFolder,
  runCommand,
  type Command,
} from '../../src/host/windows-acl.ts';

const user = 'S-1-5-21-1004336348-1177238915-682003330-1001';
const other = 'S-1-5-21-1004336348-1177238915-682003330-1002';
const usual = 'C:\\Windows\\System32';

describe('Windows system folder', () => {
  const rows = [
    { name: 'the usual one', there: [`${usual}\\icacls.exe`], systemRoot: undefined, is: usual },
    {
      name: 'the usual one although SystemRoot says another',
      there: [`${usual}\\icacls.exe`, 'D:\\planted\\System32\\icacls.exe'],
      systemRoot: 'D:\\planted',
      is: usual,
    },
    {
      name: 'by SystemRoot where there is no usual one',
      there: ['D:\\WINNT\\System32\\icacls.exe'],
      systemRoot: 'D:\\WINNT',
      is: 'D:\\WINNT\\System32',
    },
  ];
  for (const { name, there, systemRoot, is } of rows) {
    it(`is ${name}`, () => {
      assert.equal(
        findSystemFolder(path => there.includes(path), systemRoot),
        is,
      );
    });
  }

  const refusedRoots = [undefined, '', 'WINNT', '\\\\server\\share', '.\\planted', 'D:\\empty'];
  for (const systemRoot of refusedRoots) {
    it(`is not looked for under SystemRoot ${JSON.stringify(systemRoot)}`, () => {
      const exists = (path: string): boolean => !path.startsWith('C:') && !path.startsWith('D:\\empty');
      assert.throws(() => findSystemFolder(exists, systemRoot), /icacls\.exe is neither in/);
    });
  }
});

describe('Windows commands', () => {
  it('ask for the user by the full path of whoami', () => {
    assert.deepEqual(askUser(usual), {
      file: 'C:\\Windows\\System32\\whoami.exe',
      args: ['/user', '/fo', 'csv', '/nh'],
      environment: {},
    });
  });

  const paths = [
    'C:\\a\\_work\\_temp\\aws-wif-1',
    'C:\\Build Agent\\_work\\_temp\\aws-wif-1',
    'D:\\Bürgermeister Ångström\\агент\\_temp\\aws-wif-1',
    "C:\\O'Neil & Söhne\\100%\\_temp\\aws-wif-1",
  ];
  for (const path of paths) {
    it(`leave only the user and SYSTEM in ${path}`, () => {
      const file = 'C:\\Windows\\System32\\icacls.exe';
      assert.deepEqual(restrictFolder(usual, path, user), [
        { file, args: [path, '/reset', '/q'], environment: {} },
        {
          file,
          args: [path, '/inheritance:r', '/grant:r', `*${user}:(OI)(CI)F`, '*S-1-5-18:(OI)(CI)F', '/q'],
          environment: {},
        },
      ]);
    });

    it(`ask for the access list without the path in the script for ${path}`, () => {
      assert.deepEqual(askDescriptor(usual, path), {
        file: 'C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe',
        args: [
          '-NoLogo',
          '-NoProfile',
          '-NonInteractive',
          '-Command',
          '(Get-Acl -LiteralPath $env:AWS_WIF_FOLDER).Sddl',
        ],
        environment: { AWS_WIF_FOLDER: path },
      });
    });
  }

  it('name SYSTEM once where the agent runs as SYSTEM', () => {
    assert.deepEqual(restrictFolder(usual, 'C:\\t\\f', 'S-1-5-18')[1]?.args, [
      'C:\\t\\f',
      '/inheritance:r',
      '/grant:r',
      '*S-1-5-18:(OI)(CI)F',
      '/q',
    ]);
  });
});

describe('whoami output', () => {
  const accepted = [
    { name: 'a local user', output: `"agent01\\build","${user}"\r\n`, sid: user },
    { name: 'a name with blanks', output: `"agent 01\\build agent","${user}"\r\n`, sid: user },
    { name: 'a name with a comma', output: `"corp\\build, agent","${user}"\r\n`, sid: user },
    { name: "a name in the console's own encoding", output: `"corp\\J\x81rgen \xff\x8f","${user}"\r\n`, sid: user },
    { name: 'network service, in German', output: '"nt-autorit\x84t\\netzwerkdienst","S-1-5-20"\r\n', sid: 'S-1-5-20' },
    { name: 'a virtual account', output: `"nt service\\vstsagent","S-1-5-80-1-2-3-4-5"`, sid: 'S-1-5-80-1-2-3-4-5' },
    { name: 'an Entra account', output: `"azuread\\x","S-1-12-1-1-2-3-4"\n`, sid: 'S-1-12-1-1-2-3-4' },
  ];
  for (const { name, output, sid } of accepted) {
    it(`gives the SID of ${name}`, () => {
      assert.equal(parseUserSid(output), sid);
    });
  }

  const refused = [
    { name: 'nothing', output: '' },
    { name: 'a name alone', output: '"agent01\\build"\r\n' },
    { name: 'a heading', output: `"User Name","SID"\r\n"agent01\\build","${user}"\r\n` },
    { name: 'two users', output: `"a\\b","${user}"\r\n"a\\c","${other}"\r\n` },
    { name: 'a table', output: `agent01\\build ${user}\r\n` },
    { name: 'a SID with more behind it', output: `"a\\b","${user}:(F) *S-1-1-0"\r\n` },
    { name: 'a SID of letters', output: '"a\\b","S-1-5-everyone"\r\n' },
    { name: 'a SID without accounts', output: '"a\\b","S-1-5"\r\n' },
    { name: 'an error', output: 'ERROR: Unable to get user claims information.\r\n' },
  ];
  for (const { name, output } of refused) {
    it(`is refused: ${name}`, () => {
      assert.throws(() => parseUserSid(output), /whoami\.exe did not print a user name and a SID/);
    });
  }
});

describe('Windows access list', () => {
  const ours = `(A;OICI;FA;;;SY)(A;OICI;FA;;;${user})`;
  const localAdministrator = 'S-1-5-21-1-2-3-500';
  const accepted = [
    { name: 'the user and SYSTEM', sddl: `O:${user}G:${user}D:PAI${ours}\r\n`, as: user },
    { name: 'owned by Administrators', sddl: `O:BAG:${user}-513D:PAI${ours}`, as: user },
    { name: 'owned by SYSTEM', sddl: `O:SYG:SYD:PAI${ours}`, as: user },
    { name: 'without a group', sddl: `O:${user}D:P${ours}`, as: user },
    { name: 'network service by its alias', sddl: 'O:NSG:NSD:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;NS)', as: 'S-1-5-20' },
    { name: 'local service by its alias', sddl: 'O:LSG:LSD:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;LS)', as: 'S-1-5-19' },
    { name: 'SYSTEM alone', sddl: 'O:SYG:SYD:PAI(A;OICI;FA;;;SY)', as: 'S-1-5-18' },
    {
      name: "the machine's administrator by its alias",
      sddl: 'O:LAG:S-1-5-21-1-2-3-513D:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;LA)',
      as: localAdministrator,
    },
  ];
  for (const { name, sddl, as } of accepted) {
    it(`is private: ${name}`, () => {
      assert.equal(findStrangers(sddl, as), undefined);
    });
  }

  const unknown = 'has an access list of unknown form';
  const refused = [
    { name: 'nothing', sddl: '', says: unknown },
    { name: 'an empty list', sddl: `O:${user}G:${user}D:PAI`, says: unknown },
    { name: 'no list at all', sddl: `O:${user}G:${user}D:NO_ACCESS_CONTROL`, says: unknown },
    { name: 'no owner', sddl: `D:PAI${ours}`, says: unknown },
    { name: 'a conditional entry', sddl: `O:${user}D:P(XA;;FA;;;WD;(@User.a==1))${ours}`, says: unknown },
    { name: 'a list behind the list', sddl: `O:${user}D:P${ours}D:(A;;FA;;;WD)`, says: unknown },
    { name: 'another owner', sddl: `O:${other}G:${user}D:PAI${ours}`, says: `belongs to ${other}` },
    { name: 'inheritance on', sddl: `O:${user}G:${user}D:AI${ours}`, says: 'inherits access from the folder above it' },
    { name: 'another user', sddl: `O:${user}D:PAI${ours}(A;OICI;FR;;;${other})`, says: `may be used by ${other}` },
    { name: 'Everyone', sddl: `O:${user}D:PAI(A;;FR;;;WD)${ours}`, says: 'may be used by WD' },
    { name: 'Administrators', sddl: `O:${user}D:PAI(A;OICI;FA;;;BA)${ours}`, says: 'may be used by S-1-5-32-544' },
    { name: "another's alias for administrator", sddl: `O:${user}D:P(A;;FA;;;LA)${ours}`, says: 'may be used by LA' },
    { name: 'an entry without an account', sddl: `O:${user}D:P(A;OICI;FA)${ours}`, says: 'may be used by ' },
  ];
  for (const { name, sddl, says } of refused) {
    it(`is not private: ${name}`, () => {
      assert.equal(findStrangers(sddl, user), says);
    });
  }
});

describe('Windows access list, as it is run', () => {
  const path = 'D:\\Bürgermeister Ångström\\_temp\\aws-wif-1';
  const answering = (answers: Readonly<Record<string, string>>, ran: Command[]) => (command: Command) => {
    ran.push(command);
    const answer = answers[command.file.replace(/^.*\\/, '')];
    if (answer === undefined) throw new Error(`Command failed: ${command.file}`);
    return answer;
  };
  const whoami = `"corp\\build agent","${user}"\r\n`;

  it('restricts a folder to the user that whoami names', () => {
    const ran: Command[] = [];
    openWindowsAcl(answering({ 'whoami.exe': whoami, 'icacls.exe': '' }, ran), () => true).restrict(path);
    assert.deepEqual(ran, [askUser(usual), ...restrictFolder(usual, path, user)]);
  });

  it('finds the stranger that PowerShell prints', () => {
    const powershell = `O:${other}G:${other}D:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;${user})\r\n`;
    const ran: Command[] = [];
    const acl = openWindowsAcl(answering({ 'whoami.exe': whoami, 'powershell.exe': powershell }, ran), () => true);
    assert.equal(acl.findFault(path), `belongs to ${other}`);
    assert.deepEqual(ran, [askUser(usual), askDescriptor(usual, path)]);
  });

  const failures = [
    { name: 'whoami fails', answers: {}, ran: 1, says: /Command failed: .*whoami\.exe/ },
    { name: 'whoami prints something else', answers: { 'whoami.exe': 'ERROR' }, ran: 1, says: /did not print/ },
    { name: 'icacls fails', answers: { 'whoami.exe': whoami }, ran: 2, says: /Command failed: .*icacls\.exe/ },
  ];
  for (const { name, answers, ran, says } of failures) {
    it(`stops where ${name}`, () => {
      const commands: Command[] = [];
      assert.throws(() => {
        openWindowsAcl(answering(answers, commands), () => true).restrict(path);
      }, says);
      assert.equal(commands.length, ran);
    });
  }

  it('runs nothing where the programs are not there', () => {
    const commands: Command[] = [];
    assert.throws(() => {
      openWindowsAcl(answering({}, commands), () => false, undefined).restrict(path);
    }, /icacls\.exe is neither/);
    assert.equal(commands.length, 0);
  });
});

describe('command', () => {
  const node = (script: string, ...args: readonly string[]): Command => ({
    file: process.execPath,
    args: ['-e', script, ...args],
    environment: { ONLY: 'this' },
  });

  const words = ['plain', 'with blanks', '$(id)', '; id', '"quoted"', "it's", '*', 'Bürgermeister'];
  it('takes each argument as it is, without a shell', () => {
    const script = 'process.stdout.write(Buffer.from(JSON.stringify(process.argv.slice(1))).toString("hex"))';
    const printed = runCommand(node(script, ...words));
    assert.deepEqual(JSON.parse(Buffer.from(printed, 'hex').toString('utf8')), words);
  });

  it('gets none of our environment', () => {
    process.env['AWS_WIF_TEST_CANARY'] = 'canary';
    try {
      const printed = runCommand(node('process.stdout.write(JSON.stringify(process.env))'));
      assert.match(printed, /"ONLY":"this"/);
      assert.doesNotMatch(printed, /canary/);
    } finally {
      delete process.env['AWS_WIF_TEST_CANARY'];
    }
  });

  it('throws where it fails, with what the command said', () => {
    assert.throws(() => runCommand(node('console.error("Access is denied."); process.exit(5)')), /Access is denied\./);
  });

  it('throws where there is no such program', () => {
    assert.throws(() => runCommand({ ...node(''), file: '/nowhere/icacls.exe' }), { code: 'ENOENT' });
  });
});

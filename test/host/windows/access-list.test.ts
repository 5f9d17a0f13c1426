import assert from 'node:assert/strict';
import {
  askUser,
  findStrangers,
  parseUserSid,
  restrictFolder,
  saveAccessList,
} from '../../../src/host/windows/access-list.ts';

const user = 'S-1-5-21-1004336348-1177238915-682003330-1001';
const other = 'S-1-5-21-1004336348-1177238915-682003330-1002';
const icacls = 'C:\\Windows\\System32\\icacls.exe';

describe('Windows commands', () => {
  it('ask whoami for the user', () => {
    assert.deepEqual(askUser('C:\\Windows\\System32\\whoami.exe'), {
      file: 'C:\\Windows\\System32\\whoami.exe',
      args: ['/user', '/fo', 'csv', '/nh'],
      environment: {},
    });
  });

  const paths = [
    'C:\\a\\_work\\_temp\\aws-wif-1',
    'D:\\Bürgermeister Ångström\\агент\\_temp\\aws-wif-1',
    "C:\\O'Neil & Söhne\\100%\\_temp\\aws-wif-1",
  ];
  for (const path of paths) {
    it(`restrict and read ${path}`, () => {
      assert.deepEqual(restrictFolder(icacls, path, user), {
        file: icacls,
        args: [path, '/inheritance:r', '/grant:r', `*${user}:(OI)(CI)F`, '*S-1-5-18:(OI)(CI)F', '/q'],
        environment: {},
      });
      assert.deepEqual(saveAccessList(icacls, path, 'saved'), {
        file: icacls,
        args: [path, '/save', 'saved', '/q'],
        environment: {},
      });
    });
  }

  it('name SYSTEM once where the agent runs as SYSTEM', () => {
    const { args } = restrictFolder(icacls, 'C:\\t\\f', 'S-1-5-18');
    assert.deepEqual(args, ['C:\\t\\f', '/inheritance:r', '/grant:r', '*S-1-5-18:(OI)(CI)F', '/q']);
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

/** What icacls saves of a folder: a line with its name, and one with the list. */
function saved(sddl: string): string {
  return `aws-wif-1\r\n${sddl}\r\n`;
}

describe('Windows access list', () => {
  const ours = `(A;OICI;FA;;;SY)(A;OICI;FA;;;${user})`;
  const accepted = [
    { name: 'the user and SYSTEM', text: saved(`D:PAI${ours}`), as: user },
    { name: 'with a byte order mark', text: `\uFEFF${saved(`D:P${ours}`)}`, as: user },
    { name: 'with line feeds alone', text: `aws-wif-1\nD:P${ours}\n`, as: user },
    { name: 'of a folder with another name', text: `Bürgermeister D:P (x)\r\nD:P${ours}\r\n`, as: user },
    { name: 'network service by its alias', text: saved('D:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;NS)'), as: 'S-1-5-20' },
    { name: 'local service by its alias', text: saved('D:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;LS)'), as: 'S-1-5-19' },
    { name: 'SYSTEM alone', text: saved('D:PAI(A;OICI;FA;;;SY)'), as: 'S-1-5-18' },
    {
      name: "the machine's administrator by its alias",
      text: saved('D:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;LA)'),
      as: 'S-1-5-21-1-2-3-500',
    },
    {
      name: 'what a new folder gets from the process, for itself alone',
      text: saved(`D:PAI(A;;FA;;;BA)(A;;0x1200a9;;;S-1-5-5-0-123456)${ours}`),
      as: user,
    },
    { name: 'a list for auditing behind it', text: saved(`D:PAI${ours}S:AI(AU;SAFA;FA;;;WD)`), as: user },
  ];
  for (const { name, text, as } of accepted) {
    it(`is private: ${name}`, () => {
      assert.equal(findStrangers(text, as), undefined);
    });
  }

  const unknown = 'has an access list of unknown form';
  const refused = [
    { name: 'nothing', text: '', says: unknown },
    { name: 'a list without the name', text: `D:P${ours}`, says: unknown },
    { name: 'two folders', text: saved(`D:P${ours}\r\nother\r\nD:(A;;FA;;;WD)`), says: unknown },
    { name: 'the plain listing', text: `C:\\t NT AUTHORITY\\SYSTEM:(OI)(CI)(F)\r\n     vm\\me:(F)\r\n`, says: unknown },
    { name: 'another encoding', text: Buffer.from(saved(`D:P${ours}`)).toString('utf16le'), says: unknown },
    { name: 'an empty list', text: saved('D:PAI'), says: unknown },
    { name: 'no list at all', text: saved('D:NO_ACCESS_CONTROL'), says: unknown },
    { name: 'a conditional entry', text: saved(`D:P(XA;;FA;;;WD;(@User.a==1))${ours}`), says: unknown },
    { name: 'a list behind the list', text: saved(`D:P${ours}D:(A;;FA;;;WD)`), says: unknown },
    { name: 'words behind the list', text: saved(`D:P${ours} and others`), says: unknown },
    { name: 'inheritance on', text: saved(`D:AI${ours}`), says: 'inherits access from the folder above it' },
    { name: 'another user', text: saved(`D:PAI${ours}(A;OICI;FR;;;${other})`), says: `may be used by ${other}` },
    { name: 'Everyone', text: saved(`D:PAI(A;;FR;;;WD)${ours}`), says: 'may be used by WD' },
    { name: 'Users', text: saved(`D:PAI${ours}(A;OICI;0x1200a9;;;BU)`), says: 'may be used by BU' },
    {
      name: 'Administrators, for files too',
      text: saved(`D:P(A;OICI;FA;;;BA)${ours}`),
      says: 'may be used by S-1-5-32-544',
    },
    {
      name: 'a logon, for files too',
      text: saved(`D:P(A;OICI;FA;;;S-1-5-5-0-1)${ours}`),
      says: 'may be used by S-1-5-5-0-1',
    },
    { name: "another's alias for administrator", text: saved(`D:P(A;;FA;;;LA)${ours}`), says: 'may be used by LA' },
    { name: 'an entry without an account', text: saved(`D:P(A;OICI;FA)${ours}`), says: 'may be used by ' },
  ];
  for (const { name, text, says } of refused) {
    it(`is not private: ${name}`, () => {
      assert.equal(findStrangers(text, user), says);
    });
  }
});

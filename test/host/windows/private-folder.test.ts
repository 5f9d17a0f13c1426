import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { WifError, type ErrorCode } from '../../../src/errors.ts';
import { openPrivateFolder, removePrivateFolder } from '../../../src/host/private-folder.ts';
import { createWindowsFolder, proofFile } from '../../../src/host/windows/private-folder.ts';
import type { Command, WindowsPrograms } from '../../../src/host/windows/program.ts';
import { Secret } from '../../../src/secret.ts';

const user = 'S-1-5-21-1004336348-1177238915-682003330-1001';
const other = 'S-1-5-21-1004336348-1177238915-682003330-1002';
const name = 'aws-12f1170f-54f2-53f3-20dd-22fc7dff55f9';
const secret = new Secret('the token of the job');
const restricted = `D:PAI(A;OICI;FA;;;${user})(A;OICI;FA;;;SY)`;

/** Windows with one folder: icacls changes and saves its list as Microsoft documents it. */
interface Machine {
  readonly programs: WindowsPrograms;
  readonly ran: string[];
  list: string;
}

function openMachine(change: (command: Command) => string | undefined = () => undefined): Machine {
  const ran: string[] = [];
  const machine: Machine = {
    ran,
    list: 'D:AI(A;OICIID;FA;;;BA)(A;OICIID;0x1301bf;;;AU)',
    programs: {
      locate: program => `C:\\Windows\\System32\\${program}`,
      run: async command => {
        ran.push([command.file.replace(/^.*\\/, ''), command.args[1]].join(' '));
        await Promise.resolve();
        return Buffer.from(change(command) ?? answer(command, machine));
      },
    },
  };
  return machine;
}

function answer({ file, args: [path = '', verb, target = '', ...grants] }: Command, machine: Machine): string {
  if (file.endsWith('whoami.exe')) return `"corp\\build agent","${user}"\r\n`;
  if (verb === '/save') {
    writeFileSync(target, `\uFEFF${basename(path)}\r\n${machine.list}\r\n`, 'utf16le');
    return '';
  }
  const sids = grants.flatMap(grant => /^\*(S-[\d-]+):\(OI\)\(CI\)F$/.exec(grant)?.[1] ?? []);
  machine.list = `D:PAI${sids.map(sid => `(A;OICI;FA;;;${sid === 'S-1-5-18' ? 'SY' : sid})`).join('')}`;
  return '';
}

describe('host/windows/private-folder', () => {
  let base = '';
  let parent = '';
  let folder = '';

  beforeEach(() => {
    base = realpathSync(mkdtempSync(join(tmpdir(), 'windows-folder-')));
    parent = join(base, '_temp');
    folder = join(parent, name);
    mkdirSync(parent);
  });

  afterEach(() => {
    rmSync(base, { recursive: true, force: true });
  });

  async function refuse(machine: Machine, code: ErrorCode, says: RegExp, token = secret): Promise<void> {
    await assert.rejects(createWindowsFolder(parent, name, { programs: machine.programs, secret: token }), thrown => {
      assert.ok(thrown instanceof WifError, String(thrown));
      assert.equal(thrown.code, code, thrown.message);
      assert.match(thrown.message, says);
      return true;
    });
  }

  it('takes two programs for a new folder and one for each later use, of which none asks PowerShell', async () => {
    const machine = openMachine();
    const first = await createWindowsFolder(parent, name, { programs: machine.programs, secret });
    first.write('credentials', 'keys');
    assert.deepEqual(machine.ran.splice(0), ['whoami.exe /fo', 'icacls.exe /inheritance:r']);
    assert.equal(machine.list, restricted);
    const second = await createWindowsFolder(parent, name, { programs: machine.programs, secret });
    assert.equal(second.read('credentials'), 'keys');
    assert.deepEqual(machine.ran, ['icacls.exe /save']);
    assert.deepEqual(readdirSync(folder).sort(), [proofFile, 'credentials']);
    assert.deepEqual(second.list(), ['credentials']);
    assert.equal(openPrivateFolder(parent, name, 'win32')?.read('credentials'), 'keys');
    assert.deepEqual(removePrivateFolder(parent, name, 'win32'), []);
  });

  it('asks who the user is before there is a folder that others may use', async () => {
    const machine = openMachine(({ file }) => {
      if (file.endsWith('whoami.exe')) assert.ok(!existsSync(folder));
      return undefined;
    });
    await createWindowsFolder(parent, name, { programs: machine.programs, secret });
  });

  it('makes an empty folder anew: a step that was killed left it', async () => {
    mkdirSync(folder);
    const machine = openMachine();
    await createWindowsFolder(parent, name, { programs: machine.programs, secret });
    assert.equal(machine.list, restricted);
  });

  const failures: readonly { name: string; change: (command: Command) => string; says: RegExp }[] = [
    {
      name: 'whoami is blocked',
      change: () => {
        throw new Error('C:\\Windows\\System32\\whoami.exe could not be started: EPERM');
      },
      says: /could not be restricted to this user: .*whoami\.exe could not be started: EPERM\..*AppLocker/s,
    },
    { name: 'whoami prints something else', change: () => 'ERROR', says: /whoami\.exe did not print .*AppLocker/s },
    {
      name: 'icacls fails',
      change: command => {
        if (command.file.endsWith('whoami.exe')) return `"a","${user}"`;
        throw new Error('C:\\Windows\\System32\\icacls.exe failed with exit code 5: Access is denied.');
      },
      says: /could not be restricted to this user: .*icacls\.exe failed with exit code 5: Access is denied\..*AppLocker/s,
    },
  ];
  for (const { name: what, change, says } of failures) {
    it(`is not made where ${what}, which is no full disk`, async () => {
      await refuse(openMachine(change), 'FilesNotWritten', says);
      assert.deepEqual(readdirSync(parent), []);
    });
  }

  const changes: readonly { name: string; during: () => void; says: RegExp }[] = [
    {
      name: 'someone fills it while it is made',
      during: () => {
        writeFileSync(join(folder, 'credentials'), 'planted');
      },
      says: /was filled by someone else/,
    },
    {
      name: 'someone removes it while it is made',
      during: () => {
        renameSync(folder, join(base, 'moved'));
      },
      says: /was removed in the meantime/,
    },
    {
      name: 'a link takes its place while it is made',
      during: () => {
        renameSync(folder, join(base, 'moved'));
        symlinkSync(base, folder, 'junction');
      },
      says: /is a link, not a folder/,
    },
  ];
  for (const { name: what, during, says } of changes) {
    it(`is refused where ${what}`, async () => {
      const machine = openMachine(({ file }) => {
        if (file.endsWith('icacls.exe')) during();
        return undefined;
      });
      await refuse(machine, 'FilesRefused', says);
    });
  }

  /** What became of a folder since its first use, and what a later use says of it. */
  const standing: readonly { name: string; spoil: (machine: Machine) => void; says: RegExp; token?: Secret }[] = [
    {
      name: 'its list names Everyone',
      spoil: machine => {
        machine.list += '(A;OICI;FR;;;WD)';
      },
      says: /may be used by WD\..*an earlier step/s,
    },
    {
      name: 'its list names another user',
      spoil: machine => {
        machine.list += `(A;;FA;;;${other})`;
      },
      says: new RegExp(`may be used by ${other}\\.`),
    },
    {
      name: 'it inherits again',
      spoil: machine => {
        machine.list = machine.list.replace('D:PAI', 'D:AI');
      },
      says: /inherits access/,
    },
    {
      name: 'its list is not understood',
      spoil: machine => {
        machine.list = 'D:NO_ACCESS_CONTROL';
      },
      says: /access list of unknown form/,
    },
    {
      name: 'another job made it',
      spoil: () => undefined,
      says: /was not created by this job/,
      token: new Secret('b'),
    },
    {
      name: 'its proof is gone',
      spoil: () => {
        renameSync(join(folder, proofFile), join(folder, 'config'));
      },
      says: /was not created by this job/,
    },
    {
      name: 'its proof names another user',
      spoil: machine => {
        const proof = readFileSync(join(folder, proofFile), 'utf8');
        writeFileSync(join(folder, proofFile), proof.replace(user, other));
        machine.list = machine.list.replace(user, other);
      },
      says: /was not created by this job/,
    },
    {
      name: 'another folder with its files took its place',
      spoil: () => {
        renameSync(folder, join(base, 'moved'));
        mkdirSync(folder, { mode: 0o700 });
        writeFileSync(join(folder, proofFile), readFileSync(join(base, 'moved', proofFile)));
      },
      says: /was not created by this job/,
    },
  ];
  for (const { name: what, spoil, says, token } of standing) {
    it(`is refused where ${what}`, async () => {
      const machine = openMachine();
      await createWindowsFolder(parent, name, { programs: machine.programs, secret });
      spoil(machine);
      await refuse(machine, 'FilesRefused', says, token);
    });
  }

  const unread: readonly { name: string; change: () => string; says: RegExp }[] = [
    {
      name: 'icacls is blocked',
      change: () => {
        throw new Error('C:\\Windows\\System32\\icacls.exe could not be started: EPERM');
      },
      says: /list that could not be read: .*icacls\.exe could not be started: EPERM\..*AppLocker/s,
    },
    { name: 'icacls saves nothing', change: () => '', says: /access list of unknown form/ },
  ];
  for (const { name: what, change, says } of unread) {
    it(`is refused where ${what}, and nothing stays of the attempt`, async () => {
      await createWindowsFolder(parent, name, { programs: openMachine().programs, secret });
      await refuse(openMachine(change), 'FilesRefused', says);
      assert.deepEqual(readdirSync(folder), [proofFile]);
    });
  }
});

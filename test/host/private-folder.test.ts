import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import fs, {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { WifError, type ErrorCode } from '../../src/errors.ts';
import { isInUse, whileBusy } from '../../src/host/private-file.ts';
import { createPrivateFolder, openPrivateFolder, removePrivateFolder } from '../../src/host/private-folder.ts';
import { writeProgram, type ChildProgram } from '../harness/child-program.ts';

const posix = process.platform !== 'win32';
const notPosix = 'Windows has no modes, pipes and limits of files';
const root = process.geteuid?.() === 0;
const name = 'aws-wif-0c6ad1b6';
const text = '[azure-pipelines]\naws_access_key_id = ASIA\n';

let base = '';
let parent = '';
let folder = '';
let outside = '';
const children: ChildProcess[] = [];

beforeEach(() => {
  base = realpathSync(mkdtempSync(join(tmpdir(), 'private-folder-')));
  parent = join(base, '_temp');
  folder = join(parent, name);
  outside = join(base, 'outside');
  mkdirSync(parent);
  mkdirSync(outside, { mode: 0o700 });
  writeFileSync(join(outside, 'precious'), 'precious', { mode: 0o600 });
});

afterEach(() => {
  for (const running of children.splice(0)) running.kill('SIGKILL');
  rmSync(base, { recursive: true, force: true });
});

describe('private folder', () => {
  it('keeps what was written, for this use and the next', () => {
    const first = createPrivateFolder(parent, name);
    first.write('credentials', text);
    const second = createPrivateFolder(parent, name);
    second.write('config', 'ä€𐍈');
    const third = openPrivateFolder(parent, name);
    assert.equal(third?.path, folder);
    assert.deepEqual(third.list(), ['config', 'credentials']);
    assert.equal(third.read('credentials'), text);
    assert.equal(third.read('config'), 'ä€𐍈');
    third.write('config', '');
    assert.equal(third.read('config'), '');
    third.remove('config');
    assert.equal(third.read('config'), undefined);
    assert.deepEqual(first.list(), ['credentials']);
  });

  it('is not made by opening', () => {
    assert.equal(openPrivateFolder(parent, name), undefined);
    assert.equal(openPrivateFolder(join(base, 'none'), name), undefined);
    assert.deepEqual(readdirSync(parent), []);
  });

  it('has no files and takes none once it is gone', () => {
    const opened = createPrivateFolder(parent, name);
    assert.deepEqual(removePrivateFolder(parent, name), []);
    assert.equal(opened.read('credentials'), undefined);
    assert.deepEqual(opened.list(), []);
    opened.remove('credentials');
    throwsWif(
      () => {
        opened.write('credentials', text);
      },
      'FilesNotWritten',
      /its folder was removed/,
    );
    assert.deepEqual(readdirSync(parent), []);
  });

  it('may lie under a link that the agent chose', () => {
    symlinkSync(parent, join(base, 'link'), 'junction');
    createPrivateFolder(join(base, 'link'), name).write('credentials', text);
    assert.equal(createPrivateFolder(join(base, 'link'), name).path, folder);
    assert.equal(readFileSync(join(folder, 'credentials'), 'utf8'), text);
    assert.deepEqual(removePrivateFolder(join(base, 'link'), name), []);
    assert.deepEqual(readdirSync(base).sort(), ['_temp', 'link', 'outside']);
  });

  it('lists no partial file, folder or link', () => {
    const opened = createPrivateFolder(parent, name);
    opened.write('b', '');
    opened.write('a', '');
    writeFileSync(join(folder, '.0123.partial'), 'half', { mode: 0o600 });
    mkdirSync(join(folder, 'lock'));
    symlinkSync(outside, join(folder, 'link'), 'junction');
    assert.deepEqual(opened.list(), ['a', 'b']);
  });

  for (const umask of [0o000, 0o022, 0o027, 0o077]) {
    it(`is 0700 and its files 0600 with umask ${umask.toString(8)}`, function () {
      if (!posix) skipLoudly(this, notPosix);
      withUmask(umask, () => {
        createPrivateFolder(parent, name).write('credentials', text);
      });
      assert.equal(modeOf(folder), 0o700);
      assert.equal(modeOf(join(folder, 'credentials')), 0o600);
    });
  }

  it('has files of 0600 with a umask that takes all away', function () {
    if (!posix) skipLoudly(this, notPosix);
    const opened = createPrivateFolder(parent, name);
    withUmask(0o777, () => {
      opened.write('credentials', text);
    });
    assert.equal(modeOf(join(folder, 'credentials')), 0o600);
  });

  it('is not made with a umask that takes its own rights away', function () {
    if (!posix) skipLoudly(this, notPosix);
    throwsWif(
      () => withUmask(0o277, () => createPrivateFolder(parent, name)),
      'FilesRefused',
      /has mode 0500 instead of 0700/,
    );
    assert.deepEqual(readdirSync(parent), []);
  });
});

describe('private folder, refused', () => {
  const parents = [
    { name: 'no parent', parent: () => join(base, 'none'), says: /none does not exist/ },
    { name: 'a file as parent', parent: () => join(outside, 'precious'), says: /precious is not a folder/ },
    { name: 'a relative parent', parent: () => 'outside', says: /"outside" is not an absolute path/ },
    { name: 'an empty parent', parent: () => '', says: /"" is not an absolute path/ },
  ];
  for (const row of parents) {
    it(`with ${row.name}`, () => {
      throwsWif(() => createPrivateFolder(row.parent(), name), 'FilesRefused', row.says);
    });
  }

  const names = [
    '',
    '.',
    '..',
    '../up',
    'a/b',
    'a\\b',
    '/a',
    'C:a',
    '.hidden',
    'dot.',
    ' a',
    'a\0b',
    'a\n',
    'a'.repeat(102),
  ];
  for (const wrong of names) {
    it(`with the name ${JSON.stringify(wrong).slice(0, 20)}`, () => {
      throwsWif(() => createPrivateFolder(parent, wrong), 'FilesRefused', /should contain a folder named/);
      throwsWif(() => openPrivateFolder(parent, wrong), 'FilesRefused', /should contain a folder named/);
      assert.deepEqual(removePrivateFolder(parent, wrong), [`${parent}/${wrong}`]);
      assert.equal(readFileSync(join(outside, 'precious'), 'utf8'), 'precious');
    });
  }

  interface Planted {
    readonly name: string;
    readonly plant: () => void;
    readonly says: RegExp;
    readonly needs?: 'posix' | 'root';
  }
  const mode = (bits: number): Planted => ({
    name: `a folder of mode ${bits.toString(8)}`,
    plant: () => {
      mkdirSync(folder);
      chmodSync(folder, bits);
    },
    says: new RegExp(`has mode 0${bits.toString(8).padStart(3, '0')} instead of 0700`),
    needs: 'posix',
  });
  const planted: readonly Planted[] = [
    {
      name: 'a link to a private folder',
      plant: () => {
        symlinkSync(outside, folder, 'junction');
      },
      says: /is a link, not a folder/,
    },
    {
      name: 'a link to nothing',
      plant: () => {
        symlinkSync(join(base, 'none'), folder, 'junction');
      },
      says: /is a link, not a folder/,
    },
    {
      name: 'a file',
      plant: () => {
        writeFileSync(folder, '');
      },
      says: /is a file, not a folder/,
    },
    {
      name: 'a pipe',
      plant: () => {
        makePipe(folder);
      },
      says: /is a pipe, not a folder/,
      needs: 'posix',
    },
    ...[0o755, 0o770, 0o750, 0o710, 0o701, 0o777, 0o500, 0o600].map(mode),
    {
      name: "another user's folder",
      plant: () => {
        mkdirSync(folder, { mode: 0o700 });
        chownSync(folder, 65534, 65534);
      },
      says: /belongs to user 65534, not to user 0/,
      needs: 'root',
    },
  ];
  for (const row of planted) {
    it(`where ${row.name} stands`, function () {
      if (row.needs === 'posix' && !posix) skipLoudly(this, notPosix);
      if (row.needs === 'root' && !root) skipLoudly(this, 'only root can give a folder to another user');
      row.plant();
      throwsWif(() => createPrivateFolder(parent, name), 'FilesRefused', row.says);
      throwsWif(() => openPrivateFolder(parent, name), 'FilesRefused', row.says);
      assert.deepEqual(readdirSync(outside), ['precious']);
    });

    it(`once ${row.name} took its place`, function () {
      if (row.needs === 'posix' && !posix) skipLoudly(this, notPosix);
      if (row.needs === 'root' && !root) skipLoudly(this, 'only root can give a folder to another user');
      const opened = createPrivateFolder(parent, name);
      renameSync(folder, join(base, 'moved'));
      row.plant();
      throwsWif(() => opened.read('precious'), 'FilesRefused', row.says);
      throwsWif(
        () => {
          opened.write('precious', text);
        },
        'FilesRefused',
        row.says,
      );
      throwsWif(
        () => {
          opened.remove('precious');
        },
        'FilesRefused',
        row.says,
      );
      throwsWif(() => opened.list(), 'FilesRefused', row.says);
      assert.equal(readFileSync(join(outside, 'precious'), 'utf8'), 'precious');
    });
  }

  it('once another private folder took its place', () => {
    const opened = createPrivateFolder(parent, name);
    renameSync(folder, join(base, 'moved'));
    renameSync(outside, folder);
    throwsWif(() => opened.read('precious'), 'FilesRefused', /was replaced by another folder/);
    throwsWif(
      () => {
        opened.remove('precious');
      },
      'FilesRefused',
      /was replaced by another folder/,
    );
    assert.deepEqual(readdirSync(folder), ['precious']);
  });

  it('in a parent that takes nothing', function () {
    if (!posix) skipLoudly(this, notPosix);
    chmodSync(base, 0o755);
    chmodSync(parent, 0o555);
    asNobody(() => {
      throwsWif(() => createPrivateFolder(parent, name), 'FilesNotWritten', /could not be created: EACCES/);
    });
    chmodSync(parent, 0o755);
  });
});

describe('private file', () => {
  const names = ['a', '0', 'credentials', 'state-1.json', 'a..b', 'a'.repeat(101)];
  for (const right of names) {
    it(`may be named ${right.slice(0, 20)}`, () => {
      const opened = createPrivateFolder(parent, name);
      opened.write(right, text);
      assert.equal(opened.read(right), text);
      assert.deepEqual(opened.list(), [right]);
    });
  }

  const wrongNames = [
    '',
    '.',
    '..',
    '.a',
    '-a',
    'A',
    'a/b',
    '../a',
    'a\\b',
    'a:b',
    'a b',
    'a\n',
    'a\0',
    'ä',
    'a'.repeat(102),
  ];
  for (const wrong of wrongNames) {
    it(`cannot be named ${JSON.stringify(wrong).slice(0, 20)}: that is a defect of ours`, () => {
      const opened = createPrivateFolder(parent, name);
      const says = { name: 'TypeError', message: `This task has no file named ${JSON.stringify(wrong)}.` };
      assert.throws(() => opened.read(wrong), says);
      assert.throws(() => {
        opened.write(wrong, text);
      }, says);
      assert.throws(() => {
        opened.remove(wrong);
      }, says);
      assert.deepEqual(readdirSync(folder), []);
    });
  }

  interface Planted {
    readonly name: string;
    readonly plant: (path: string) => void;
    readonly read: RegExp;
    /** undefined: a write replaces it, and does no harm to anything else. */
    readonly write: RegExp | undefined;
    readonly needs?: 'posix' | 'root';
  }
  const open = (bits: number): Planted => ({
    name: `a file of mode ${bits.toString(8)}`,
    plant: path => {
      writeFileSync(path, 'planted');
      chmodSync(path, bits);
    },
    read: new RegExp(`has mode 0${bits.toString(8)}, so others may use it`),
    write: undefined,
    needs: 'posix',
  });
  const planted: readonly Planted[] = [
    {
      name: 'a link to a file',
      plant: path => {
        symlinkSync(join(outside, 'precious'), path);
      },
      read: /is a link, not a file/,
      write: /is a link, not a file/,
      needs: 'posix',
    },
    {
      name: 'a link to nothing',
      plant: path => {
        symlinkSync(join(outside, 'none'), path);
      },
      read: /is a link, not a file/,
      write: /is a link, not a file/,
      needs: 'posix',
    },
    {
      name: 'a link to a folder',
      plant: path => {
        symlinkSync(outside, path, 'junction');
      },
      read: /is a link, not a file/,
      write: /is a link, not a file/,
    },
    {
      name: 'a hard link',
      plant: path => {
        linkSync(join(outside, 'precious'), path);
      },
      read: /has 2 hard links/,
      write: /has 2 hard links/,
    },
    {
      name: 'a folder',
      plant: path => {
        mkdirSync(path);
      },
      read: /is a folder, not a file/,
      write: /is a folder, not a file/,
    },
    { name: 'a pipe', plant: makePipe, read: /is a pipe, not a file/, write: /is a pipe, not a file/, needs: 'posix' },
    ...[0o644, 0o640, 0o604, 0o660, 0o601, 0o666].map(open),
    {
      name: "another user's file",
      plant: path => {
        writeFileSync(path, 'planted', { mode: 0o600 });
        chownSync(path, 65534, 65534);
      },
      read: /belongs to user 65534, not to user 0/,
      write: /belongs to user 65534, not to user 0/,
      needs: 'root',
    },
    {
      name: 'a file of more than 10 MB',
      plant: path => {
        writeFileSync(path, '', { mode: 0o600 });
        truncateSync(path, 10_000_001);
      },
      read: /has 10000001 bytes/,
      write: undefined,
    },
  ];
  for (const row of planted) {
    it(`is not read where ${row.name} stands`, function () {
      if (row.needs === 'posix' && !posix) skipLoudly(this, notPosix);
      if (row.needs === 'root' && !root) skipLoudly(this, 'only root can give a file to another user');
      const opened = createPrivateFolder(parent, name);
      row.plant(join(folder, 'credentials'));
      throwsWif(() => opened.read('credentials'), 'FilesRefused', row.read);
    });

    it(`${row.write === undefined ? 'replaces' : 'is not written where there stands'} ${row.name}`, function () {
      if (row.needs === 'posix' && !posix) skipLoudly(this, notPosix);
      if (row.needs === 'root' && !root) skipLoudly(this, 'only root can give a file to another user');
      const opened = createPrivateFolder(parent, name);
      const path = join(folder, 'credentials');
      row.plant(path);
      const before = lstatSync(path);
      const write = (): void => {
        opened.write('credentials', text);
      };
      if (row.write === undefined) {
        write();
        assert.equal(opened.read('credentials'), text);
        if (posix) assert.equal(modeOf(path), 0o600);
      } else {
        throwsWif(write, 'FilesRefused', row.write);
        assert.equal(lstatSync(path).ino, before.ino);
      }
      assert.deepEqual(readdirSync(folder), ['credentials']);
      assert.deepEqual(readdirSync(outside), ['precious']);
      assert.equal(readFileSync(join(outside, 'precious'), 'utf8'), 'precious');
    });
  }

  it('of 10 MB is read', () => {
    const opened = createPrivateFolder(parent, name);
    const longest = 'x'.repeat(10_000_000);
    opened.write('cache', longest);
    assert.ok(opened.read('cache') === longest);
  });

  it('is removed; a link goes, what it points at stays', () => {
    const opened = createPrivateFolder(parent, name);
    opened.remove('missing');
    symlinkSync(outside, join(folder, 'link'), 'junction');
    opened.remove('link');
    assert.deepEqual(readdirSync(folder), []);
    assert.deepEqual(readdirSync(outside), ['precious']);
  });

  it('is not removed where a folder stands', () => {
    const opened = createPrivateFolder(parent, name);
    mkdirSync(join(folder, 'lock'));
    throwsWif(
      () => {
        opened.remove('lock');
      },
      'FilesNotWritten',
      /lock could not be removed: E/,
    );
  });

  it('that we may not read is refused', function () {
    if (!posix) skipLoudly(this, notPosix);
    asNobody(() => {
      const opened = createPrivateFolder(parent, name);
      opened.write('credentials', text);
      chmodSync(join(folder, 'credentials'), 0);
      throwsWif(() => opened.read('credentials'), 'FilesRefused', /could not be read: .*EACCES/);
    });
  });
});

describe('private folder, its stamps', () => {
  it('differ once a file was replaced, and only then', () => {
    const opened = createPrivateFolder(parent, name);
    assert.equal(opened.stamp('cache'), undefined);
    opened.write('cache', text);
    const first = opened.stamp('cache');
    assert.equal(opened.stamp('cache'), first);
    opened.read('cache');
    assert.equal(opened.stamp('cache'), first);
    opened.write('cache', text);
    assert.notEqual(opened.stamp('cache'), first);
  });
});

describe('file in use', () => {
  const causes = [
    { platform: 'win32', code: 'EBUSY', isInUse: true },
    { platform: 'win32', code: 'EPERM', isInUse: true },
    { platform: 'win32', code: 'EACCES', isInUse: true },
    { platform: 'win32', code: 'ENOSPC', isInUse: false },
    { platform: 'linux', code: 'EBUSY', isInUse: true },
    { platform: 'linux', code: 'EACCES', isInUse: false },
    { platform: 'darwin', code: 'EPERM', isInUse: false },
  ] as const;
  for (const { platform, code, isInUse: expected } of causes) {
    it(`is ${expected ? 'what' : 'not what'} ${code} means on ${platform}`, () => {
      assert.equal(isInUse(Object.assign(new Error('in use'), { code }), platform), expected);
    });
  }

  it('is the cause that the error names, not an attacker or a full disk', function () {
    const file = join(folder, 'credentials');
    createPrivateFolder(parent, name).write('credentials', text);
    // A file that something is mounted on cannot be replaced: EBUSY.
    const script = 'mount --bind "$1" "$1" && exec "$2" "$3" write "$4" "$5" 1';
    const { status, stderr } = inOwnMounts(script, file, process.execPath, child().path, parent, name);
    if (status !== 1) skipLoudly(this, `no mounts here: ${stderr}`);
    assert.match(stderr, /FilesNotWritten: .*credentials could not be written: EBUSY/);
    assert.match(stderr, /What to do: Another program has the file or its folder open/);
    assert.equal(readFileSync(file, 'utf8'), text);
  });

  const rows = [
    { platform: 'win32', code: 'EPERM', failures: 3, passes: true },
    { platform: 'win32', code: 'EACCES', failures: 3, passes: true },
    { platform: 'win32', code: 'EBUSY', failures: 3, passes: true },
    { platform: 'win32', code: 'EBUSY', failures: 99, passes: false },
    { platform: 'win32', code: 'ENOSPC', failures: 1, passes: false },
    { platform: 'linux', code: 'EBUSY', failures: 1, passes: true },
    { platform: 'linux', code: 'EACCES', failures: 1, passes: false },
    { platform: 'darwin', code: 'EPERM', failures: 1, passes: false },
  ] as const;
  for (const { platform, code, failures, passes } of rows) {
    it(`${passes ? 'is waited for' : 'fails'}: ${failures} times ${code} on ${platform}`, () => {
      let calls = 0;
      const operation = (): string => {
        if (calls++ < failures) throw Object.assign(new Error('in use'), { code });
        return 'done';
      };
      const started = performance.now();
      if (passes) assert.equal(whileBusy(platform, operation), 'done');
      else assert.throws(() => whileBusy(platform, operation), { code });
      assert.ok(performance.now() - started < 2500);
    });
  }
});

describe('removing a private folder', () => {
  it('takes partial files, folders and links, and nothing that links point at', () => {
    const opened = createPrivateFolder(parent, name);
    opened.write('credentials', text);
    writeFileSync(join(folder, '.0123456789abcdef.partial'), text.slice(0, 9));
    mkdirSync(join(folder, 'lock', 'deeper'), { recursive: true });
    writeFileSync(join(folder, 'lock', 'deeper', 'owner'), '1');
    symlinkSync(outside, join(folder, 'link'), 'junction');
    symlinkSync(outside, join(folder, 'lock', 'link'), 'junction');
    linkSync(join(outside, 'precious'), join(folder, 'hard'));
    if (posix) {
      symlinkSync(join(outside, 'precious'), join(folder, 'file-link'));
      makePipe(join(folder, 'pipe'));
    }
    assert.deepEqual(removePrivateFolder(parent, name), []);
    assert.deepEqual(readdirSync(parent), []);
    assert.equal(readFileSync(join(outside, 'precious'), 'utf8'), 'precious');
  });

  it('is done where there is none', () => {
    assert.deepEqual(removePrivateFolder(parent, name), []);
    assert.deepEqual(removePrivateFolder(join(base, 'none'), name), []);
  });

  const inItsPlace = [
    {
      name: 'a link to a folder',
      plant: () => {
        symlinkSync(outside, folder, 'junction');
      },
    },
    {
      name: 'a link to nothing',
      plant: () => {
        symlinkSync(join(base, 'none'), folder, 'junction');
      },
    },
    {
      name: 'a file',
      plant: () => {
        writeFileSync(folder, text);
      },
    },
  ];
  for (const row of inItsPlace) {
    it(`removes ${row.name} in its place, and nothing else`, () => {
      row.plant();
      assert.deepEqual(removePrivateFolder(parent, name), []);
      assert.deepEqual(readdirSync(parent), []);
      assert.equal(readFileSync(join(outside, 'precious'), 'utf8'), 'precious');
    });
  }

  for (const bits of [0o777, 0o500, 0o755]) {
    it(`takes one that a later step gave mode ${bits.toString(8)}`, function () {
      if (!posix) skipLoudly(this, notPosix);
      asNobody(() => {
        createPrivateFolder(parent, name).write('credentials', text);
        mkdirSync(join(folder, 'lock'));
        chmodSync(join(folder, 'lock'), bits);
        chmodSync(folder, bits);
        assert.deepEqual(removePrivateFolder(parent, name), []);
      });
      assert.deepEqual(readdirSync(parent), []);
    });
  }

  const odd = ['', 'relative', '\0'];
  for (const wrong of odd) {
    it(`never throws: parent ${JSON.stringify(wrong)}`, () => {
      assert.deepEqual(removePrivateFolder(wrong, name), [`${wrong}/${name}`]);
    });
  }

  it("does not look into another user's folder", function () {
    if (!root) skipLoudly(this, 'only root can give a folder to another user');
    mkdirSync(folder, { mode: 0o777 });
    writeFileSync(join(folder, 'theirs'), 'theirs');
    chownSync(folder, 65534, 65534);
    assert.deepEqual(removePrivateFolder(parent, name), [folder]);
    assert.equal(readFileSync(join(folder, 'theirs'), 'utf8'), 'theirs');
  });

  it('says what remains where it may not delete', function () {
    if (!posix) skipLoudly(this, notPosix);
    chmodSync(base, 0o755);
    asNobody(() => {
      createPrivateFolder(parent, name).write('credentials', text);
    });
    if (root) chownSync(parent, 0, 0);
    chmodSync(parent, 0o555);
    asNobody(() => {
      assert.deepEqual(removePrivateFolder(parent, name), [folder]);
    });
    assert.deepEqual(readdirSync(folder), []);
    chmodSync(parent, 0o755);
  });

  it('empties a file that it cannot delete', function () {
    const file = join(folder, 'credentials');
    createPrivateFolder(parent, name).write('credentials', text);
    // A file that something is mounted on cannot be deleted: EBUSY.
    const script = 'mount --bind "$1" "$1" && exec "$2" "$3" remove "$4" "$5"';
    const { status, stdout, stderr } = inOwnMounts(script, file, process.execPath, child().path, parent, name);
    if (status !== 0) skipLoudly(this, `no mounts here: ${stderr}`);
    assert.deepEqual(JSON.parse(stdout), [file]);
    assert.equal(readFileSync(file, 'utf8'), '');
  });

  it('does not empty a file that has another name elsewhere', function () {
    createPrivateFolder(parent, name);
    const file = join(folder, 'hard');
    linkSync(join(outside, 'precious'), file);
    const script = 'mount --bind "$1" "$1" && exec "$2" "$3" remove "$4" "$5"';
    const { status, stdout, stderr } = inOwnMounts(script, file, process.execPath, child().path, parent, name);
    if (status !== 0) skipLoudly(this, `no mounts here: ${stderr}`);
    assert.deepEqual(JSON.parse(stdout), [file]);
    assert.equal(readFileSync(join(outside, 'precious'), 'utf8'), 'precious');
  });
});

describe('private file, whatever happens', () => {
  it('is never seen torn while another process writes', async () => {
    createPrivateFolder(parent, name).write('credentials', 'a'.repeat(200_000));
    const reader = start('read');
    await reader.ready;
    const writer = start('write', '100');
    assert.equal(await writer.ended, 0, writer.errors());
    writeFileSync(join(parent, 'stop'), '');
    assert.equal(await reader.ended, 0, reader.errors());
    const { reads, torn, letters } = JSON.parse(reader.lines().at(-1) ?? '') as Record<string, unknown>;
    assert.equal(torn, 0);
    assert.ok(typeof reads === 'number' && reads > 20, `only ${String(reads)} reads`);
    assert.deepEqual(letters, ['a', 'b']);
  });

  it('is the old or the new one when the writer is killed, and cleanup takes the rest', async () => {
    let partial = 0;
    // A few kills, and more until one of them hit a write.
    for (let kill = 0; kill < 8 || (partial === 0 && kill < 100); kill++) {
      const writer = start('write', '1000000');
      await writer.ready;
      await sleep(Math.random() * 30);
      writer.kill();
      await writer.ended;
      const content = openPrivateFolder(parent, name)?.read('credentials') ?? '';
      assert.match(content, /^(?:a{200000}|b{200000})$/);
      partial += readdirSync(folder).length - 1;
      assert.deepEqual(removePrivateFolder(parent, name), []);
      assert.ok(!existsSync(folder));
    }
    assert.ok(partial > 0, 'no kill hit a write; the test shows nothing');
  });

  it('ends with no folder when cleanup meets a writer', async () => {
    const writer = start('write', '1000000');
    await writer.ready;
    assert.deepEqual(removePrivateFolder(parent, name), []);
    assert.deepEqual(readdirSync(parent), []);
    // One that still found a folder would go on for minutes.
    const alarm = setTimeout(writer.kill, 30_000);
    assert.equal(await writer.ended, 1);
    clearTimeout(alarm);
    assert.match(writer.errors(), /FilesNotWritten/);
  });

  it('ends with no folder when another process adds a file each time before the folder goes', () => {
    createPrivateFolder(parent, name).write('credentials', text);
    const { rmdirSync } = fs;
    let count = 0;
    fs.rmdirSync = path => {
      if (path === folder) writeFileSync(join(folder, `again-${count++}`), text);
      rmdirSync(path);
    };
    syncBuiltinESMExports();
    try {
      assert.deepEqual(removePrivateFolder(parent, name), []);
    } finally {
      fs.rmdirSync = rmdirSync;
      syncBuiltinESMExports();
    }
    assert.ok(count > 0);
    assert.deepEqual(readdirSync(parent), []);
  });

  it('removes what a call that was killed had moved aside', () => {
    createPrivateFolder(parent, name).write('credentials', text);
    renameSync(folder, `${folder}.removed`);
    assert.deepEqual(removePrivateFolder(parent, name), []);
    assert.deepEqual(readdirSync(parent), []);
  });

  it('is read or refused, never followed or waited for, while links and pipes take its place', async function () {
    if (!posix) skipLoudly(this, notPosix);
    createPrivateFolder(parent, name).write('credentials', 'a'.repeat(200_000));
    makePipe(join(outside, 'pipe'));
    const swapper = start('swap', outside);
    await swapper.ready;
    const reader = start('probe');
    // A reader that waits for a pipe would never end.
    const alarm = setTimeout(reader.kill, 120_000);
    assert.equal(await reader.ended, 0, reader.errors());
    clearTimeout(alarm);
    swapper.kill();
    await swapper.ended;
    const seen = JSON.parse(reader.lines().at(-1) ?? '') as readonly string[];
    assert.deepEqual(seen, ['FilesRefused', 'ours']);
    assert.equal(readFileSync(join(outside, 'precious'), 'utf8'), 'precious');
  });

  it('stands as it was where files may not grow any further', function () {
    if (!posix) skipLoudly(this, notPosix);
    createPrivateFolder(parent, name).write('credentials', text);
    const script = 'ulimit -f 8; exec "$@"';
    const { status, stderr } = sh(script, process.execPath, child().path, 'write', parent, name, '1');
    assert.equal(status, 1, stderr);
    assert.match(stderr, /FilesNotWritten: .*credentials could not be written: EFBIG/);
    assert.deepEqual(readdirSync(folder), ['credentials']);
    assert.equal(readFileSync(join(folder, 'credentials'), 'utf8'), text);
  });

  const full = [
    { name: 'the disk is full', options: 'size=64k', code: 'ENOSPC' },
    { name: 'the disk is read-only', options: 'size=1m,ro', code: 'EROFS' },
  ];
  for (const { name: what, options, code } of full) {
    it(`fails where ${what}, and leaves nothing partial`, function () {
      const script = `mount -t tmpfs -o ${options} none "$4" || exit 99
        "$@"; result=$?; find "$4" -type f; exit $result`;
      const { status, stdout, stderr } = inOwnMounts(
        script,
        process.execPath,
        child().path,
        'write',
        parent,
        name,
        '1',
      );
      if (status !== 1) skipLoudly(this, `no mounts here: ${stderr}`);
      assert.match(stderr, new RegExp(`FilesNotWritten: .* could not be (?:written|created): ${code}`));
      assert.equal(stdout.replace('ready\n', ''), '');
    });
  }

  it('cannot be written into a folder that takes nothing', function () {
    if (process.platform !== 'linux') skipLoudly(this, 'no chattr here');
    const opened = createPrivateFolder(parent, name);
    if (spawnSync('chattr', ['+i', folder]).status !== 0) skipLoudly(this, 'chattr is not allowed here');
    try {
      throwsWif(
        () => {
          opened.write('credentials', text);
        },
        'FilesNotWritten',
        /could not be written: E(?:PERM|ACCES)/,
      );
    } finally {
      execFileSync('chattr', ['-i', folder]);
    }
    assert.deepEqual(readdirSync(folder), []);
  });
});

function throwsWif(action: () => unknown, code: ErrorCode, says: RegExp): void {
  assert.throws(action, thrown => {
    assert.ok(thrown instanceof WifError, String(thrown));
    assert.equal(thrown.code, code, thrown.message);
    assert.match(thrown.faults[0]?.found ?? '', says);
    if (code === 'FilesNotWritten') assert.ok(thrown.cause instanceof Error);
    return true;
  });
}

function modeOf(path: string): number {
  return statSync(path).mode & 0o7777;
}

function makePipe(path: string): void {
  execFileSync('mkfifo', ['-m', '600', path]);
}

function withUmask<T>(umask: number, action: () => T): T {
  const before = process.umask(umask);
  try {
    return action();
  } finally {
    process.umask(before);
  }
}

/** Root passes every mode; its tests of modes run as the user nobody, in folders that are given to it. */
function asNobody(action: () => void): void {
  if (!root) {
    action();
    return;
  }
  chmodSync(base, 0o755);
  if ((statSync(parent).mode & 0o200) !== 0) chownSync(parent, 65534, 65534);
  process.seteuid?.(65534);
  try {
    action();
  } finally {
    process.seteuid?.(0);
  }
}

function skipLoudly(context: Mocha.Context, reason: string): never {
  console.warn(`    NOT TESTED HERE: ${context.test?.title ?? ''}: ${reason.trim()}`);
  return context.skip();
}

function sh(script: string, ...args: readonly string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync('sh', ['-c', script, 'sh', ...args], { encoding: 'utf8' });
}

/** Runs a script where it may mount what nobody else sees. */
function inOwnMounts(script: string, ...args: readonly string[]): ReturnType<typeof sh> {
  const command = ['-Urm', 'sh', '-c', script, 'sh', ...args];
  const { status, stdout, stderr, error } = spawnSync('unshare', command, { encoding: 'utf8' });
  return error === undefined ? { status, stdout, stderr } : { status: 99, stdout: '', stderr: error.message };
}

/** Writes and reads as another process would: texts of one letter, so that a torn one shows. */
const childSource = `
  import { existsSync, linkSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
  import { createPrivateFolder, openPrivateFolder, removePrivateFolder } from './src/host/private-folder.ts';
  const [job, parent, name, times] = process.argv.slice(2);
  const texts = ['a', 'b'].map(letter => letter.repeat(200_000));
  // On Windows a file that is open is in everybody's way; no reader or writer of ours goes on without a pause.
  function letOthers() {
    if (process.platform === 'win32') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
  }
  function write() {
    const folder = createPrivateFolder(parent, name);
    for (let count = 0; count < Number(times); count++) {
      folder.write('credentials', texts[count % 2]);
      if (count === 0) console.log('ready');
      letOthers();
    }
  }
  function read() {
    const folder = openPrivateFolder(parent, name);
    const letters = new Set();
    let reads = 0;
    let torn = 0;
    console.log('ready');
    while (!existsSync(parent + '/stop')) {
      const text = folder.read('credentials');
      letOthers();
      reads++;
      if (texts.includes(text)) letters.add(text[0]);
      else torn++;
    }
    console.log(JSON.stringify({ reads, torn, letters: [...letters].sort() }));
  }
  function swap(outside) {
    const next = outside + '/next';
    const ours = () => writeFileSync(next, 'a', { mode: 0o600 });
    // No hard link to the file outside: one that loses its other name during a read cannot be told from a single one.
    const plants = [ours, () => symlinkSync(outside + '/precious', next), ours, () => linkSync(outside + '/pipe', next)];
    console.log('ready');
    for (let count = 0; ; count++) {
      rmSync(next, { force: true });
      plants[count % plants.length]();
      renameSync(next, parent + '/' + name + '/credentials');
    }
  }
  function probe() {
    const folder = openPrivateFolder(parent, name);
    const seen = new Set();
    for (let count = 0; count < 1000 || seen.size < 2; count++) {
      try {
        const text = folder.read('credentials');
        seen.add(/^a+$/.test(text) ? 'ours' : String(text).slice(0, 20));
      } catch (thrown) {
        seen.add(thrown.code ?? String(thrown));
      }
    }
    console.log(JSON.stringify([...seen].sort()));
  }
  try {
    if (job === 'write') write();
    else if (job === 'read') read();
    else if (job === 'swap') swap(times);
    else if (job === 'probe') probe();
    else console.log(JSON.stringify(removePrivateFolder(parent, name)));
  } catch (thrown) {
    console.error(thrown.message);
    process.exitCode = 1;
  }
`;

/** The program of each test, in its own folder. */
const programs = new Map<string, ChildProgram>();

function child(): ChildProgram {
  const program = programs.get(base) ?? writeProgram(base, childSource);
  programs.set(base, program);
  return program;
}

interface Running {
  /** When it has printed its first line. */
  readonly ready: Promise<void>;
  /** Its exit code; null if it was killed. */
  readonly ended: Promise<number | null>;
  readonly kill: () => void;
  readonly lines: () => readonly string[];
  readonly errors: () => string;
}

function start(job: 'write' | 'read' | 'swap' | 'probe', ...args: readonly string[]): Running {
  const { path, execArgv } = child();
  const words = [...execArgv, path, job, parent, name, ...args];
  const running = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'pipe'] });
  children.push(running);
  let printed = '';
  let errors = '';
  running.stderr.setEncoding('utf8').on('data', (chunk: string) => (errors += chunk));
  const ready = new Promise<void>((resolve, reject) => {
    running.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      printed += chunk;
      if (printed.includes('\n')) resolve();
    });
    running.on('close', () => {
      reject(new Error(errors));
    });
  });
  ready.catch(() => undefined);
  return {
    ready,
    ended: once(running, 'close').then(([code]) => code as number | null),
    kill: () => running.kill('SIGKILL'),
    lines: () => printed.trim().split('\n'),
    errors: () => errors,
  };
}

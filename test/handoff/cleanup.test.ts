import assert from 'node:assert/strict';
import { isUse, leftAny, planRemoval, useVariable } from '../../src/handoff/cleanup.ts';
import { nameCache, nameLock, nameState, planFiles, type FileText, type OpenedGoal } from '../../src/handoff/files.ts';
import { parseProfiles } from '../../src/handoff/profile-text.ts';
import { goalOf, roleIn, sessionOf } from './sessions.ts';

const use = '0123456789abcdef';
const other = 'fedcba9876543210';

function openedOf(name: string): OpenedGoal {
  const role = roleIn('111111111111', name);
  return { goal: goalOf(name, [role]), session: sessionOf(role) };
}

const refresh = { commandLine: (id: string) => `node ${id}`, encodeState: () => 'state' };

/** The files of a job's folder after uses of the task, by their names. */
function folderAfter(...uses: readonly { readonly use: string; readonly profiles: readonly string[] }[]) {
  const files = new Map<string, string>();
  const put = ({ name, text }: FileText) => files.set(name, text);
  for (const { use: by, profiles } of uses) {
    planFiles(profiles.map(openedOf), { use: by, read: name => files.get(name), refresh }).files.forEach(put);
  }
  return files;
}

function plan(by: string, files: ReadonlyMap<string, string>) {
  return planRemoval(by, [...files.keys()], name => files.get(name));
}

/** The profiles that are left after a removal. */
function leftAfter(by: string, files: ReadonlyMap<string, string>): readonly string[] {
  const removal = plan(by, files);
  assert.equal(removal.kind, 'files');
  return parseProfiles(removal.write['credentials'] ?? '', 'credentials').sections.map(({ name }) => name);
}

const noUses = [
  undefined,
  '',
  '*',
  '.',
  '..',
  '../../../etc',
  '0123456789abcde',
  '0123456789abcdef0',
  '0123456789ABCDEF',
  '0123456789abcde/',
  '0123456789abcdef\n',
  ' 0123456789abcdef',
  'g123456789abcdef',
];

describe('handoff/cleanup', () => {
  describe('task variables are taken only where they are of our pattern, since any pipeline variable can pose as one', () => {
    for (const text of [use, other, '0000000000000000']) {
      it(`takes ${text}`, () => {
        assert.ok(isUse(text));
      });
    }

    for (const text of noUses) {
      it(`refuses ${text === undefined ? 'nothing' : JSON.stringify(text)}`, () => {
        assert.ok(!isUse(text));
      });
    }

    it('has a name that is its own', () => {
      assert.match(useVariable, /^[A-Z_]+$/);
    });
  });

  describe('the folder goes with its last profile', () => {
    it('of the only use', () => {
      assert.deepEqual(plan(use, folderAfter({ use, profiles: ['network', 'audit'] })), { kind: 'folder' });
    });

    it('of a use that was killed before it wrote a profile', () => {
      const files = new Map([
        [nameState(use), 'state'],
        [nameCache(`${use}.1`), 'cache'],
      ]);
      assert.deepEqual(plan(use, files), { kind: 'folder' });
    });

    it('where there is nothing in it', () => {
      assert.deepEqual(plan(use, new Map()), { kind: 'folder' });
    });

    it('of the last of two uses', () => {
      const files = folderAfter({ use, profiles: ['network'] }, { use: other, profiles: ['audit'] });
      const first = plan(use, files);
      assert.equal(first.kind, 'files');
      for (const [name, text] of Object.entries(first.write)) files.set(name, text);
      for (const name of first.remove) files.delete(name);
      assert.deepEqual(plan(other, files), { kind: 'folder' });
    });

    it('of a use whose profiles another one has replaced all', () => {
      const files = folderAfter({ use: other, profiles: ['network'] }, { use, profiles: ['network'] });
      assert.deepEqual(plan(use, files), { kind: 'folder' });
    });
  });

  describe('a use', () => {
    const read = (files: ReadonlyMap<string, string>) => (name: string) => files.get(name);
    for (const [name, files, left] of [
      ['left profiles', folderAfter({ use, profiles: ['network'] }), true],
      ['left a file of its own', new Map([[nameState(use), 'state']]), true],
      ['left nothing in an empty folder', new Map<string, string>(), false],
      ['left nothing beside those of another one', folderAfter({ use: other, profiles: ['network'] }), false],
    ] as const) {
      it(name, () => {
        assert.equal(leftAny(use, [...files.keys()], read(files)), left);
      });
    }

    it('is told of where a file cannot be read', () => {
      const refuse = (): never => {
        throw new Error('a link');
      };
      assert.equal(leftAny(use, [], refuse), true);
    });
  });

  describe('the cleanup of one use leaves what the others need', () => {
    const files = folderAfter({ use, profiles: ['network', 'audit'] }, { use: other, profiles: ['spoke'] });
    files.set(nameLock(`${use}.1`), 'lock').set(nameLock(`${other}.1`), 'lock');

    it('keeps their profiles in both files', () => {
      const removal = plan(use, files);
      assert.equal(removal.kind, 'files');
      assert.deepEqual(Object.keys(removal.write).sort(), ['config', 'credentials']);
      for (const kind of ['config', 'credentials'] as const) {
        assert.deepEqual(
          parseProfiles(removal.write[kind] ?? '', kind).sections.map(({ name }) => name),
          ['spoke'],
        );
      }
    });

    it('removes its own state, caches and locks, and no others', () => {
      const removal = plan(use, files);
      assert.equal(removal.kind, 'files');
      assert.deepEqual(
        [...removal.remove].sort(),
        [nameCache(`${use}.1`), nameCache(`${use}.2`), nameLock(`${use}.1`), nameState(use)].sort(),
      );
    });

    it('keeps a profile that a later use has taken over', () => {
      const shared = folderAfter({ use, profiles: ['network', 'audit'] }, { use: other, profiles: ['network'] });
      assert.deepEqual(leftAfter(use, shared), ['network']);
      assert.deepEqual(leftAfter(other, shared), ['audit']);
    });

    it('leaves all of them where it wrote none itself', () => {
      const idle = 'ffffffffffffffff';
      assert.deepEqual(leftAfter(idle, files), ['network', 'audit', 'spoke']);
      const removal = plan(idle, files);
      assert.deepEqual(removal.kind === 'files' ? removal.remove : undefined, []);
    });
  });

  describe('the folder goes where a file in it cannot be put in order, rather than leave keys on the disk', () => {
    const files = folderAfter({ use, profiles: ['network'] }, { use: other, profiles: ['spoke'] });

    for (const name of ['config', 'credentials']) {
      for (const text of ['[default]\n', 'x', `${files.get(name) ?? ''}region=x\n`]) {
        it(`where ${name} is ${JSON.stringify(text.slice(-20))}`, () => {
          assert.deepEqual(plan(use, new Map([...files, [name, text]])), { kind: 'folder' });
        });
      }
    }

    it('where a file cannot be read', () => {
      const read = () => assert.fail('a link in its place');
      assert.deepEqual(planRemoval(use, [...files.keys()], read), { kind: 'folder' });
    });

    it('but not where one of the two is missing', () => {
      const { kind } = plan(use, new Map([...files].filter(([name]) => name !== 'config')));
      assert.equal(kind, 'files');
    });
  });
});

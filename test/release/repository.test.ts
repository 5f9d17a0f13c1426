import assert from 'node:assert/strict';
import { formatNextSteps } from '../../scripts/release/next-steps.ts';
import { judgeRepository, openGit, type Git } from '../../scripts/release/repository.ts';
import { makeScratchFolder } from '../harness/scratch-folder.ts';

const head = '1'.repeat(40);

/** A repository that answers so. */
function repository(changes: string, tag: string | undefined): Git {
  return (command, ...rest) => {
    if (command === 'status') return changes;
    return rest.includes('HEAD') ? head : tag;
  };
}

describe('release/repository', () => {
  const rows = [
    { what: 'a clean tree', git: repository('', undefined), says: [] },
    { what: 'a tag on this commit, as a pipeline sees it', git: repository('', head), says: [] },
    { what: 'changes', git: repository(' M README.md', undefined), says: [/has changes; [^]*\n M README\.md$/] },
    {
      what: 'a tag elsewhere',
      git: repository('', '2'.repeat(40)),
      says: [/the tag v1\.2\.3 is on 222222222222, not/],
    },
    { what: 'both', git: repository('?? x', '2'.repeat(40)), says: [/has changes/, /the tag/] },
    { what: 'no repository', git: () => undefined, says: [/no git repository/] },
  ];
  for (const { what, git, says } of rows) {
    it(`judges ${what}`, () => {
      const problems = judgeRepository(git, '1.2.3');
      assert.equal(problems.length, says.length, problems.join('\n'));
      says.forEach((pattern, index) => {
        assert.match(problems[index] ?? '', pattern);
      });
    });
  }

  it('asks the real git', () => {
    assert.match(judgeRepository(openGit(makeScratchFolder('no-repository')), '1.2.3').join(), /no git repository/);
  });
});

describe('release/next-steps', () => {
  const options = { version: '1.2.3', write: false, public: true, publisher: 'contoso' };

  it('says how to write what would change', () => {
    const text = formatNextSteps(options, ['package.json']);
    assert.match(text, /Nothing was changed\. [^]*\n {2}package\.json\n/);
    assert.match(text, /npm run release -- --version 1\.2\.3 --publisher contoso --public --write$/);
    assert.doesNotMatch(text, /git tag/);
  });

  it('says how to commit, tag and push what was written', () => {
    const text = formatNextSteps({ ...options, write: true }, ['package.json', 'vss-extension.json']);
    assert.match(
      text,
      /git add package\.json vss-extension\.json\n.*git commit .*\n.*git tag -a v1\.2\.3 .*\n.*git push/,
    );
    assert.match(text, /docs\/live-checks\.md/);
  });

  it('leaves the commit out where nothing changes', () => {
    assert.doesNotMatch(formatNextSteps(options, []), /git commit|--write/);
  });
});

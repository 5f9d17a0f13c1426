import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { readPage, readPages, root, type Link } from './pages.ts';

function checkOutside({ target }: Link): void {
  assert.ok(URL.canParse(target), 'it is no URL');
  const { protocol, hostname, username } = new URL(target);
  assert.equal(protocol, 'https:');
  assert.match(hostname, /^[a-z0-9-]+(?:\.[a-z0-9-]+)+$/);
  assert.equal(username, '');
  assert.doesNotMatch(target, /[\s<>{}]|localhost|example\.com/);
}

function checkInside(path: string, { target }: Link): void {
  const [file = '', anchor] = target.split('#');
  const found =
    file === '' ? path : posix.normalize(posix.join(dirname(path).replaceAll('\\', '/'), file)).replace(/\/$/, '');
  assert.doesNotMatch(found, /^\.\./, 'it leads out of the repository');
  assert.ok(existsSync(join(root, found)), `there is no ${found}`);
  if (anchor === undefined) return;
  const anchors = readPage(found).headings.map(heading => heading.anchor);
  assert.ok(anchors.includes(anchor), `${found} has no heading #${anchor}`);
}

describe('docs/links', () => {
  const pages = readPages();

  for (const { path, links } of pages) {
    for (const link of links) {
      it(`${link.place}: ${link.target}`, () => {
        if (/^[a-z]+:/i.test(link.target)) checkOutside(link);
        else checkInside(path, link);
      });
    }
  }

  it('lead from the table of contents to every page of docs', () => {
    const listed = readPage('docs/README.md').links.map(({ target }) => `docs/${target}`);
    const all = pages.map(({ path }) => path).filter(path => path.startsWith('docs/') && path !== 'docs/README.md');
    assert.deepEqual(
      all.filter(path => !listed.includes(path)),
      [],
    );
  });

  const wrong: readonly (readonly [string, () => void])[] = [
    [
      'a file that is not there',
      () => {
        checkInside('docs/setup.md', { target: 'set-up.md', place: 'x' });
      },
    ],
    [
      'an anchor that is not there',
      () => {
        checkInside('README.md', { target: '#nowhere', place: 'x' });
      },
    ],
    [
      'a path out of the repository',
      () => {
        checkInside('README.md', { target: '../x.md', place: 'x' });
      },
    ],
    [
      'http',
      () => {
        checkOutside({ target: 'http://learn.microsoft.com/', place: 'x' });
      },
    ],
    [
      'a placeholder',
      () => {
        checkOutside({ target: 'https://learn.microsoft.com/<page>', place: 'x' });
      },
    ],
  ];
  for (const [name, act] of wrong) {
    it(`would see ${name}`, () => {
      assert.throws(act);
    });
  }
});

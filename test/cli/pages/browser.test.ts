import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { renderHtml } from '../../../src/cli/pages/html.ts';
import type { Page } from '../../../src/cli/pages/page.ts';
import { hasChromium, openPage } from '../../harness/chromium.ts';
import { makeScratchFolder } from '../../harness/scratch-folder.ts';
import { fillPage, hostileNames } from './hostile-page.ts';

const folder = makeScratchFolder('pages');

/** Collects who asks a server on this machine for anything. */
async function whileListening(work: (url: string) => Promise<void>): Promise<readonly string[]> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    response.end();
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  await work(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  server.close();
  server.closeAllConnections();
  return asked;
}

function joinPages(names: readonly string[]): Page {
  return { title: 'Names', blocks: names.flatMap(name => fillPage(name).blocks) };
}

describe('pages/html in a browser', () => {
  it('loads nothing, runs nothing, and has no element but its own', async function () {
    if (!hasChromium('pages in a browser')) this.skip();
    let dom = '';
    const asked = await whileListening(async url => {
      const names = [
        ...hostileNames,
        `<img src=${url}/img>`,
        `<script src=${url}/script></script>`,
        `</style><style>@import "${url}/css";</style>`,
        `<meta http-equiv=refresh content="0;url=${url}/refresh">`,
        `<link rel=stylesheet href=${url}/link><link rel=icon href=${url}/icon>`,
      ];
      const path = join(folder, 'names.html');
      writeFileSync(path, renderHtml(joinPages(names)));
      dom = await openPage(path);
    });
    assert.deepEqual(asked, []);
    const elements = new Set([...dom.matchAll(/<([a-z][a-z0-9]*)/g)].map(([, name]) => name));
    const own = 'html head meta title style body main h1 h2 p ul li b span table thead tbody tr th td div pre code';
    assert.deepEqual([...elements].sort(), own.split(' ').sort());
    assert.match(dom, /<title>Names<\/title>/);
  });

  it('would be seen to load something', async function () {
    if (!hasChromium('pages in a browser')) this.skip();
    const asked = await whileListening(async url => {
      const path = join(folder, 'loading.html');
      writeFileSync(path, `<!doctype html><img src="${url}/img">`);
      await openPage(path);
    });
    assert.deepEqual(asked, ['/img']);
  });
});

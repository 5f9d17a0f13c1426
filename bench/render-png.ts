import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { makeScratchFolder } from '../test/harness/scratch-folder.ts';

const browser = process.env['CHROMIUM'] ?? '/usr/bin/chromium';

const switches = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--virtual-time-budget=5000',
  '--dump-dom',
];

/** Renders an SVG with a headless Chromium; without one (CHROMIUM names it) it says so and writes nothing. */
export function renderPng(drawing: { svg: string; width: number; height: number }, target: string): void {
  if (!existsSync(browser)) {
    console.log('*** NO PLOT IS RENDERED: no Chromium; CHROMIUM can name one.');
    return;
  }
  const folder = makeScratchFolder('bench-plot');
  const page = join(folder, 'page.html');
  writeFileSync(page, describePage(drawing));
  const args = [...switches, `--user-data-dir=${join(folder, 'profile')}`, pathToFileURL(page).href];
  const { stdout, stderr } = spawnSync(browser, args, { encoding: 'utf8', timeout: 60_000 });
  const [, png] = /data:image\/png;base64,([\w+/=]+)/.exec(stdout) ?? [];
  if (png === undefined) throw new Error(`Chromium did not render the plot: ${stderr.slice(-1000)}`);
  writeFileSync(target, Buffer.from(png, 'base64'));
}

/** A canvas of the exact size, written as text: a screenshot's size would depend on window decorations. */
function describePage({ svg, width, height }: { svg: string; width: number; height: number }): string {
  const source = `data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}`;
  return `<body><img src="${source}"><script>
    document.images[0].decode().then(() => {
      const canvas = Object.assign(document.createElement('canvas'), { width: ${width}, height: ${height} });
      canvas.getContext('2d').drawImage(document.images[0], 0, 0, ${width}, ${height});
      document.body.textContent = canvas.toDataURL('image/png');
    });
  </script>`;
}

// Renders the PNG files that ship from their SVG sources with a headless Chromium:
//   node scripts/render-images.mjs [path of chromium]
// The PNG files are committed, so a build needs no browser.
import { Buffer } from 'node:buffer';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const root = resolve(import.meta.dirname, '..');

const pictures = [
  { source: 'images/src/extension-icon.svg', target: 'images/extension-icon.png', size: 128 },
  { source: 'images/src/task-icon.svg', target: 'tasks/AWSAssumeRoleWIF/AWSAssumeRoleWIFV1/icon.png', size: 32 },
];

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

/** A page that draws the SVG on a transparent canvas of the exact size and writes the PNG as text: a screenshot's size
 * would depend on the browser's window decorations. */
function drawingPage(svg, size) {
  return `<body><img src="data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}"><script>
    document.images[0].decode().then(() => {
      const canvas = Object.assign(document.createElement('canvas'), { width: ${size}, height: ${size} });
      canvas.getContext('2d').drawImage(document.images[0], 0, 0, ${size}, ${size});
      document.body.textContent = canvas.toDataURL('image/png');
    });
  </script>`;
}

function renderPicture(browser, folder, { source, target, size }) {
  const page = join(folder, 'page.html');
  writeFileSync(page, drawingPage(readFileSync(join(root, source)), size));
  const run = [...switches, `--user-data-dir=${join(folder, 'profile')}`, pathToFileURL(page).href];
  const { error, stdout, stderr } = spawnSync(browser, run, { encoding: 'utf8' });
  const [, png] = /data:image\/png;base64,([\w+/=]+)/.exec(stdout ?? '') ?? [];
  if (!png) throw new Error(`${browser} did not render ${source}: ${error?.message ?? stderr}`);
  writeFileSync(join(root, target), Buffer.from(png, 'base64'));
  console.log(`${source} -> ${target} (${size}x${size})`);
}

const folder = mkdtempSync(join(tmpdir(), 'render-images-'));
try {
  for (const picture of pictures) renderPicture(process.argv[2] ?? 'chromium', folder, picture);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

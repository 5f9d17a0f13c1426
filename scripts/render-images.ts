// Renders the pictures that ship or that the documentation shows, with a headless Chromium:
//   tsx scripts/render-images.ts [path of chromium]
// The PNG files are committed, so a build needs no browser.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { renderClassicInputs } from './images/classic-inputs.ts';
import { renderRefusal, renderSuccess } from './images/run-summary.ts';

const root = resolve(import.meta.dirname, '..');
const task = join(root, 'tasks/AWSAssumeRoleWIF/AWSAssumeRoleWIFV1');
const browser = process.argv[2] ?? 'chromium';
const folder = mkdtempSync(join(tmpdir(), 'render-images-'));

const icons = [
  { source: 'images/src/extension-icon.svg', target: 'images/extension-icon.png', size: 128 },
  { source: 'images/src/task-icon.svg', target: 'tasks/AWSAssumeRoleWIF/AWSAssumeRoleWIFV1/icon.png', size: 32 },
];

const pages = [
  { html: read('images/src/flow.html'), target: 'images/flow.png', height: 424 },
  { html: read('images/src/migration.html'), target: 'images/migration.png', height: 400 },
  { html: renderSuccess(), target: 'images/run-summary.png', height: 524 },
  { html: renderRefusal(), target: 'images/run-summary-refused.png', height: 772 },
  { html: renderClassicInputs(join(task, 'task.json')), target: 'images/classic-inputs.png', height: 900 },
];

/** The Marketplace's column is about this wide; nothing is scaled down there, and each dot has two by two pixels. */
const width = 690;
const scale = 2;

/** A page of the project, its style sheet inside of it. */
function read(path: string): string {
  const css = readFileSync(join(root, 'images/src/diagram.css'), 'utf8');
  return readFileSync(join(root, path), 'utf8').replace(/<link [^>]*diagram\.css[^>]*>/, `<style>${css}</style>`);
}

function run(page: string, options: readonly string[]): string {
  const file = join(folder, 'page.html');
  writeFileSync(file, page);
  const common = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'];
  const quiet = ['--disable-background-networking', '--disable-component-update', '--disable-sync'];
  const profile = `--user-data-dir=${join(folder, 'profile')}`;
  const args = [...common, ...quiet, profile, ...options, pathToFileURL(file).href];
  const { error, status, stdout, stderr } = spawnSync(browser, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${browser} failed: ${error?.message ?? stderr}`);
  return stdout;
}

/** Draws an SVG on a transparent canvas of the exact size, and hands the PNG out as text: a screenshot has a background. */
function renderIcon({ source, target, size }: (typeof icons)[number]): void {
  const svg = readFileSync(join(root, source)).toString('base64');
  const page = `<body><img src="data:image/svg+xml;base64,${svg}"><script>
    document.images[0].decode().then(() => {
      const canvas = Object.assign(document.createElement('canvas'), { width: ${size}, height: ${size} });
      canvas.getContext('2d').drawImage(document.images[0], 0, 0, ${size}, ${size});
      document.body.textContent = canvas.toDataURL('image/png');
    });
  </script>`;
  const dom = run(page, ['--virtual-time-budget=5000', '--dump-dom']);
  const [, png] = /data:image\/png;base64,([\w+/=]+)/.exec(dom) ?? [];
  if (png === undefined) throw new Error(`${browser} did not render ${source}.`);
  writeFileSync(join(root, target), Buffer.from(png, 'base64'));
}

function renderPage({ html, target, height }: (typeof pages)[number]): void {
  const size = `--window-size=${width},${height}`;
  const output = `--screenshot=${join(root, target)}`;
  run(html, ['--hide-scrollbars', `--force-device-scale-factor=${scale}`, size, output]);
}

try {
  icons.forEach(renderIcon);
  pages.forEach(renderPage);
  for (const { target } of [...icons, ...pages]) console.log(target);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

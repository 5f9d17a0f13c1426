import { weighTask } from '../package.ts';
import { formatNumber } from '../table.ts';
import type { Bench, Found } from './suite.ts';

/** Weighs what an agent downloads, and what the Marketplace gets. */
export function measureSize({ packed }: Bench): Promise<Found> {
  const { files, zipped } = weighTask(packed);
  const kilobytes = (bytes: number) => formatNumber(bytes / 1000);
  const rows = files.map(({ name, bytes, zipped: own }) => [name, kilobytes(bytes), kilobytes(own)]);
  const all = files.reduce((sum, { bytes }) => sum + bytes, 0);
  return Promise.resolve({
    tables: [
      {
        title: 'Size',
        notes: ['A kB is 1000 bytes.'],
        columns: ['file of the task', 'kB', 'kB zipped'],
        rows: [
          ...rows,
          [`all ${files.length}`, kilobytes(all), kilobytes(zipped)],
          ['the whole .vsix', '', kilobytes(packed.vsixBytes)],
        ],
      },
    ],
    measured: [
      ['folder', zipped / 1000],
      ['vsix', packed.vsixBytes / 1000],
      ['files', files.length],
    ],
  });
}

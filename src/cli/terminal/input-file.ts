import { createReadStream } from 'node:fs';
import { unfinished, wrongUsage, type CliFailure } from './failure.ts';

/** No token and no policy comes near it. */
const mostBytes = 1_000_000;

/**
 * Returns a file's text, or throws where it cannot be read, has more than 1 MB or is not UTF-8. What is in it is never part
 * of an error.
 */
export async function readInputFile(option: string, path: string): Promise<string> {
  const bytes = await readBytes(option, path);
  if (bytes.length > mostBytes) {
    throw wrongUsage(
      `The file of ${option}, ${path}, has more than ${mostBytes} bytes.`,
      'a file of at most 1 MB.',
      'Check the path.',
    );
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw wrongUsage(
      `The file of ${option}, ${path}, is no UTF-8 text.`,
      'a text file.',
      'Check the path, and save it as UTF-8.',
    );
  }
}

/** One byte more than is taken, so that a pipe without an end ends. */
async function readBytes(option: string, path: string): Promise<Uint8Array> {
  try {
    const chunks: Buffer[] = [];
    for await (const chunk of createReadStream(path, { end: mostBytes }) as AsyncIterable<Buffer>) chunks.push(chunk);
    return Buffer.concat(chunks);
  } catch (thrown) {
    throw unreadable(option, path, thrown);
  }
}

function unreadable(option: string, path: string, thrown: unknown): CliFailure {
  const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : 'no code';
  return unfinished(
    {
      code: 'FileUnreadable',
      found: `The file of ${option}, ${path}, cannot be read (${code}).`,
      expected: 'a file that this user may read.',
      remedy: 'Check the path and its rights.',
    },
    thrown,
  );
}

import { createReadStream } from 'node:fs';
import { hideTokens } from '../../secret-forms.ts';
import { unfinished, wrongUsage, type CliFailure } from './failure.ts';

/** No token and no policy comes near it. */
const maxTextBytes = 1_000_000;

/**
 * What the AWS CLI and Terraform print of a whole account: get-account-authorization-details of 5,000 roles, IAM's quota,
 * with three inline policies each and 1,500 managed ones is 23 MB.
 */
export const maxListBytes = 50_000_000;

/**
 * Returns a file's text, `-` for standard input: UTF-8, or UTF-16 with its byte-order mark, which Windows PowerShell 5.1 writes
 * for `>`. Throws if it cannot be read, is too long or is not text. What is in it is never part of an error.
 */
export async function readInputFile(option: string, path: string, maxBytes = maxTextBytes): Promise<string> {
  if (path === '') throw wrongUsage(`${option} is empty.`, 'the name of a file, or - for standard input.');
  if (hideTokens(path) !== path) {
    throw wrongUsage(
      `${option} is a token.`,
      'the name of a file, or - for standard input.',
      `Write it to a file, or pass it on standard input with ${option} -.`,
    );
  }
  const name = path === '-' ? `Standard input, for ${option},` : `The file given with ${option}, ${path},`;
  const bytes = await readBytes(name, path, maxBytes);
  if (bytes.length > maxBytes) {
    throw wrongUsage(
      `${name} has more than ${maxBytes} bytes.`,
      `at most ${maxBytes / 1_000_000} MB.`,
      'Check the path.',
    );
  }
  return decodeText(name, bytes);
}

/** One byte more than is accepted, so that a pipe without an end ends. */
async function readBytes(name: string, path: string, maxBytes: number): Promise<Uint8Array> {
  try {
    const stream: AsyncIterable<Buffer> = path === '-' ? process.stdin : createReadStream(path, { end: maxBytes });
    const chunks: Buffer[] = [];
    let length = 0;
    for await (const chunk of stream) {
      chunks.push(chunk);
      length += chunk.length;
      if (length > maxBytes) break;
    }
    return Buffer.concat(chunks);
  } catch (thrown) {
    throw unreadable(name, thrown);
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder',
  EACCES: 'this user may not read it',
  EPERM: 'this user may not read it',
};

function unreadable(name: string, thrown: unknown): CliFailure {
  const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : 'no code';
  return unfinished(
    {
      code: 'FileUnreadable',
      found: `${name} cannot be read: ${reasons[code] ?? code}.`,
      expected: 'a file that this user can read, or - for standard input.',
      remedy: "Check the path and the file's permissions.",
    },
    thrown,
  );
}

type Mark = readonly [encoding: string, ...bytes: number[]];
const marks: readonly Mark[] = [
  ['utf-8', 0xef, 0xbb, 0xbf],
  ['utf-16le', 0xff, 0xfe],
  ['utf-16be', 0xfe, 0xff],
];

/** Returns bytes as text, its byte-order mark left out. */
function decodeText(name: string, bytes: Uint8Array): string {
  const [encoding = 'utf-8'] = marks.find(([, ...mark]) => mark.every((byte, index) => bytes[index] === byte)) ?? [];
  try {
    const text = new TextDecoder(encoding, { fatal: true }).decode(bytes);
    if (!text.includes('\0')) return text;
  } catch {
    // Below, with the likely cause.
  }
  const [found, remedy] = findEncoding(bytes);
  throw wrongUsage(
    `${name} is not UTF-8 text: it looks like ${found}.`,
    'UTF-8 text, or UTF-16 text with a byte-order mark.',
    remedy,
  );
}

function findEncoding(bytes: Uint8Array): readonly [found: string, remedy: string] {
  const head = Buffer.from(bytes.subarray(0, 2000));
  if (head.toString('latin1', 0, 2) === 'PK') {
    return ['a zip archive, such as a Terraform plan', 'Print the plan as JSON: terraform show -json PLAN.'];
  }
  const zeros = [0, 1].map(parity => head.filter((byte, index) => index % 2 === parity && byte === 0).length);
  if (Math.max(...zeros) > head.length / 4) {
    return ['UTF-16 without a byte-order mark', 'Save it as UTF-8; in PowerShell: ... | Out-File -Encoding utf8 FILE.'];
  }
  const isBinary = head.some(byte => byte < 9);
  return isBinary
    ? ['a binary file', 'Check the path.']
    : ['text in another encoding, such as Windows-1252', 'Check the path, and save it as UTF-8.'];
}

import { escapeUnit } from '../../secret.ts';
import { trimSlashes } from '../oidc-provider.ts';

/** A way in which two texts can differ although the same was meant, and what takes that difference away. */
interface Kind {
  readonly name: string;
  readonly fold: (text: string) => string;
}

const kinds: readonly Kind[] = [
  { name: 'letter case', fold: text => text.toLowerCase() },
  { name: 'percent-encoding', fold: decodePercent },
  {
    name: 'spaces',
    fold: text => text.replace(/[\s\u00a0\u2000-\u200b\u3000]+/g, ' ').replace(/^ | $|(?<=\/) | (?=\/)/g, ''),
  },
  { name: 'slashes', fold: text => trimSlashes(text.replace(/(?<![:/])\/{2,}/g, '/')) },
  { name: 'how accents are written (Unicode)', fold: text => text.normalize('NFC') },
];

/**
 * Returns how a value differs from the one that a token has, where the same was most likely meant: the kinds of difference,
 * and the parts between slashes that differ. Undefined where the texts are the same, or different names.
 */
export function describeDifference(found: string, wanted: string): string | undefined {
  if (found === wanted || foldAll(found, kinds) !== foldAll(wanted, kinds)) return undefined;
  const needed = kinds.filter(kind => {
    const others = kinds.filter(one => one !== kind);
    return foldAll(found, others) !== foldAll(wanted, others);
  });
  const names = (needed.length === 0 ? kinds.slice(0, 1) : needed).map(({ name }) => name);
  return `they differ in ${names.join(' and ')} only: ${listParts(found, wanted)}`;
}

function foldAll(text: string, chosen: readonly Kind[]): string {
  return chosen.reduce((folded, { fold }) => fold(folded), text);
}

/** White space is shown as JSON does, so that it is seen. */
function listParts(found: string, wanted: string): string {
  const [left, right] = [found.split('/'), wanted.split('/')];
  const pairs = left.length === right.length ? left.map((part, index) => [part, right[index] ?? ''] as const) : [];
  const different = pairs.filter(([one, other]) => one !== other);
  const shown = different.length === 0 ? [[found, wanted] as const] : different;
  return shown.map(([one, other]) => `${show(one)} in the policy, ${show(other)} in the token`).join('; ');
}

function show(text: string): string {
  return JSON.stringify(text).replace(/[^\u0020-\u007e]/g, escapeUnit);
}

/** Returns a text without its percent-encoding; as it is if it has none that is right. */
export function decodePercent(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
